//! What the settings mean, and what is said about mistakes.

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Config::read(Config::typed(variables, []))
}

#[test]
fn every_default_is_valid_and_the_audience_is_the_public_url() {
    let config = read(&[]).unwrap();
    assert_eq!(config.issuers[0].audiences, ["http://localhost:8081/mcp"]);
    assert_eq!(config.issuers[0].issuer, "http://localhost:8080");
    assert!(config.issuers[0].jwks_uri.is_none() && config.required_scopes.is_empty() && config.workers.is_none());
    assert_eq!(config.warnings(), Vec::<String>::new());
}

#[test]
fn the_audience_is_independent_of_the_public_url() {
    let guid = "8f14e45f-ceea-467a-9575-6ad4e3f3a1b2";
    assert_eq!(read(&[("OAUTH_AUDIENCE", guid)]).unwrap().issuers[0].audiences, [guid]);
}

#[test]
fn an_issuer_keeps_its_trailing_slash() {
    let issuer = "https://tenant.example.com/";
    assert_eq!(read(&[("OAUTH_ISSUER", issuer)]).unwrap().issuers[0].issuer, issuer);
}

#[test]
fn every_mistake_is_told_at_once() {
    let mistakes = [
        ("RESOURCE_LISTEN", "8081"),
        ("RESOURCE_PUBLIC_URL", "http://localhost:8081/mcp/"),
        ("RESOURCE_DATABASE_URL", "mysql://planted@h/d"),
        ("OAUTH_ISSUER", "localhost:8080"),
        ("OAUTH_AUDIENCE", "a b"),
        ("OAUTH_JWKS_URI", "file:///etc/passwd"),
        ("OAUTH_REQUIRED_SCOPES", "a\"b"),
        ("RESOURCE_ALLOWED_HOSTS", "food.example.com:443"),
        ("RESOURCE_ALLOWED_ORIGINS", "https://app.example.com/"),
        ("RESOURCE_BODY_BYTES", "12"),
        ("RESOURCE_WORKERS", "0"),
        ("OAUTH_ISUER", "x"),
    ];
    let Mistakes(told) = read(&mistakes).unwrap_err();
    assert_eq!(told.len(), mistakes.len(), "{told:?}");
    assert!(told.concat().contains("did you mean OAUTH_ISSUER?"));
    assert!(!told.concat().contains("planted"));
}

#[test]
fn plain_http_beyond_this_computer_is_warned_of() {
    let config = read(&[
        ("RESOURCE_PUBLIC_URL", "http://10.0.0.2:8081/mcp"),
        ("OAUTH_ISSUER", "http://10.0.0.2"),
    ]);
    assert_eq!(config.unwrap().warnings().len(), 2);
}

#[test]
fn hosts_and_origins_are_lists() {
    let config = read(&[
        ("RESOURCE_ALLOWED_HOSTS", "Food.Example.com, [::1],10.0.0.2"),
        (
            "RESOURCE_ALLOWED_ORIGINS",
            "https://app.example.com,http://localhost:6274",
        ),
    ])
    .unwrap();
    assert_eq!(config.allowed_hosts, ["food.example.com", "[::1]", "10.0.0.2"]);
    assert_eq!(config.allowed_origins.len(), 2);
}
