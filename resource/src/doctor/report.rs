//! What the examination found, for people and for programs.

use std::fmt;

use serde_json::{Value, json};

use super::check::{Check, Finding, Verdict};
use super::clients::{CLIENTS, Client};

/// Every check's finding, in the order of the checks.
#[derive(Clone, Debug)]
pub struct Report {
    /// The MCP URL that was examined.
    pub url: String,
    /// One for each check.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether something keeps a client out, or this server from its issuer's tokens.
    pub fn is_broken(&self) -> bool {
        self.cells().any(|verdict| verdict == Verdict::Broken)
    }

    /// What a check found.
    pub fn finding(&self, check: Check) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.check == check)
    }

    /// As JSON: the findings, and what they mean for each client.
    pub fn to_json(&self) -> Value {
        let clients = CLIENTS.iter().map(|client| {
            let rows = self.findings.iter().filter_map(|finding| {
                let verdict = client.verdict(finding)?;
                Some((finding.check.name().to_owned(), verdict.name().into()))
            });
            json!({"client": client.name, "source": client.source, "checks": rows.collect::<serde_json::Map<_, _>>()})
        });
        json!({
            "url": self.url,
            "broken": self.is_broken(),
            "clients": clients.collect::<Vec<_>>(),
            "findings": self.findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
        })
    }

    fn cells(&self) -> impl Iterator<Item = Verdict> {
        let of_client = |client: &'static Client| self.findings.iter().filter_map(|finding| client.verdict(finding));
        CLIENTS.iter().flat_map(of_client)
    }

    fn width() -> usize {
        Check::ALL
            .iter()
            .map(|check| check.name().len())
            .max()
            .unwrap_or_default()
    }

    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = Self::width();
        write!(f, "{:first$}", "")?;
        for client in CLIENTS {
            write!(f, "  {:width$}", client.name, width = client.width())?;
        }
        writeln!(f)?;
        for finding in &self.findings {
            write!(f, "{:first$}", finding.check.name())?;
            for client in CLIENTS {
                let word = client.verdict(finding).map_or("", Verdict::name);
                write!(f, "  {word:width$}", width = client.width())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.url)?;
        self.table(f)?;
        for verdict in [Verdict::Broken, Verdict::Warning, Verdict::Unknown] {
            for finding in self.findings.iter().filter(|finding| finding.verdict == verdict) {
                write!(f, "\n{}: {}: {}\n", verdict.name(), finding.check.name(), finding.saw)?;
                if !finding.change.is_empty() {
                    writeln!(f, "    change: {}", finding.change)?;
                }
            }
        }
        Ok(())
    }
}
