//! What shall be started: the settings of both programs, and whether they fit together.
//!
//! Mistakes of both are told at once, before anything runs. Each program alone could not see that the
//! other trusts a different issuer; people would learn it from a refused token, after they signed in.

use shared::http::listen::Listen;

/// The settings of both programs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) issuer: issuer::config::Config,
    pub(crate) resource: resource::config::Config,
}

impl Plan {
    /// Reads both programs' settings. The error has a line for each mistake.
    pub(crate) fn read(variables: impl IntoIterator<Item = (String, String)> + Clone) -> Result<Self, String> {
        use {issuer::config::Config as Issuer, resource::config::Config as Resource};
        let issuer = Issuer::read(Issuer::typed(variables.clone(), []));
        let resource = Resource::read(Resource::typed(variables, []));
        match (issuer, resource) {
            (Ok(issuer), Ok(resource)) => Self { issuer, resource }.fitting(),
            (issuer, resource) => {
                let mistakes = issuer.err().into_iter().chain(resource.err()).flat_map(|told| told.0);
                Err(shared::settings::Mistakes(mistakes.collect()).to_string())
            }
        }
    }

    fn fitting(self) -> Result<Self, String> {
        let here = &self.issuer.issuer;
        let issuers = &self.resource.issuers;
        let Some(ours) = issuers.iter().find(|trusted| trusted.issuer == *here) else {
            let trusted: Vec<_> = issuers.iter().map(|trusted| trusted.issuer.as_str()).collect();
            return Err(format!(
                "OAUTH_ISSUER is {}, but the issuer calls itself {here}; set OAUTH_ISSUER to ISSUER_PUBLIC_URL",
                trusted.join(" and ")
            ));
        };
        let ours_alone = |identifier: &str| ours.audiences.iter().any(|audience| audience == identifier);
        if !self.issuer.resources.identifiers().any(ours_alone) {
            return Err(format!(
                "the issuer gives no tokens for {}; set ISSUER_RESOURCES (or ISSUER_RESOURCES_FILE) to RESOURCE_PUBLIC_URL (or OAUTH_AUDIENCE)",
                ours.audiences.join(" or ")
            ));
        }
        Ok(self)
    }

    /// Whether both can listen: each address is taken and given back. Without this, a program that
    /// already has the port would answer in place of ours and look like a good start.
    pub(crate) fn try_ports(&self) -> Result<(), String> {
        let ports: [(&Listen, _); 2] = [
            (&self.issuer.listen, "ISSUER_LISTEN"),
            (&self.resource.listen, "RESOURCE_LISTEN"),
        ];
        // All are held until the end, so that the same port given twice is found, too.
        let held: Vec<_> = ports.iter().map(|(listen, setting)| listen.bind(setting)).collect();
        let told: Vec<_> = held
            .into_iter()
            .filter_map(|bound| Some(bound.err()?.to_string()))
            .collect();
        if told.is_empty() { Ok(()) } else { Err(told.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Plan, String> {
        let variables: Vec<_> = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Plan::read(variables)
    }

    #[test]
    fn the_defaults_of_both_fit_together() {
        assert!(read(&[]).is_ok());
    }

    #[test]
    fn mistakes_of_both_programs_are_told_together() {
        let told = read(&[("ISSUER_LISTEN", "x"), ("RESOURCE_LISTEN", "y"), ("OAUTH_ISUER", "z")]).unwrap_err();
        assert!(told.starts_with("the settings have 3 mistake(s):"), "{told}");
    }

    #[test]
    fn a_pair_that_could_not_work_together_is_not_started() {
        let told = read(&[("ISSUER_PUBLIC_URL", "https://id.example.com")]).unwrap_err();
        assert!(told.contains("OAUTH_ISSUER is http://localhost:8080"), "{told}");
        let told = read(&[("RESOURCE_PUBLIC_URL", "http://localhost:9/mcp")]).unwrap_err();
        assert!(told.contains("no tokens for http://localhost:9/mcp"), "{told}");
        let both = [
            ("RESOURCE_PUBLIC_URL", "http://localhost:9/mcp"),
            ("ISSUER_RESOURCES", "http://localhost:9/mcp"),
        ];
        assert!(read(&both).is_ok());
    }

    #[test]
    fn one_port_for_both_is_told() {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let plan = read(&[("ISSUER_LISTEN", &free), ("RESOURCE_LISTEN", &free)]).unwrap();
        assert!(plan.try_ports().unwrap_err().contains("RESOURCE_LISTEN"));
    }
}
