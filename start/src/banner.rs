//! What a person reads once both programs are ready.

use std::io::Write;

use crate::plan::Plan;

/// The issuer prints this before the link, as a line of its own, when there is no account yet.
const SETUP_LINK: &str = "setup-link: ";

/// The one-time link of a line that the issuer printed.
pub(crate) fn setup_link(line: &str) -> Option<&str> {
    line.strip_prefix(SETUP_LINK)
}

/// What to do next.
pub(crate) fn next_steps(plan: &Plan, setup_link: Option<&str>) -> String {
    let issuer = &plan.issuer.issuer;
    let resource = plan.resource.public_url.as_str();
    let account = match setup_link {
        Some(link) => format!("Create your account in the browser (the link works once):\n       {link}"),
        None => "Your account is there; the browser asks for it when a client connects.".to_owned(),
    };
    format!(
        "
Ready: the issuer on {issuer}, the resource server on {resource}

  1. {account}
  2. Add the server to Claude Code:
       claude mcp add --transport http food {resource}
  3. In Claude Code, type /mcp, choose food, then Authenticate.

Ctrl-C ends both. The next start finds everything again.
"
    )
}

/// Writes to standard output. That nobody reads it any more must not end the programs.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_have_the_link_only_where_there_is_one() {
        let plan = Plan::read(Vec::new()).unwrap();
        let first = next_steps(&plan, setup_link("setup-link: http://localhost:8080/setup?x"));
        assert!(first.contains("\n       http://localhost:8080/setup?x\n"), "{first}");
        assert!(
            first.contains("\n       claude mcp add --transport http food http://localhost:8081/mcp\n"),
            "{first}"
        );
        let later = next_steps(&plan, None);
        assert!(!later.contains("setup") && later.contains("claude mcp add"), "{later}");
    }

    #[test]
    fn only_a_line_of_its_own_is_a_link() {
        assert_eq!(setup_link("setup-link: http://h/x"), Some("http://h/x"));
        assert_eq!(setup_link("the setup-link: http://h/x"), None);
    }
}
