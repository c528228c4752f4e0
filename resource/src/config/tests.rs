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

#[test]
fn each_variable_has_a_second_name_and_two_values_are_a_mistake() {
    let issuer = "https://id.example.com";
    let config = read(&[
        ("MCP_OAUTH_ISSUER", issuer),
        ("MCP_OAUTH_ENABLED", "true"),
        ("OAUTH_ISSUER", issuer),
    ]);
    assert_eq!(config.unwrap().issuers[0].issuer, issuer);
    let Mistakes(told) = read(&[
        ("MCP_OAUTH_ISSUER", issuer),
        ("OAUTH_ISSUER", "https://other.example.com"),
        ("MCP_OAUTH_ENABLED", "false"),
        ("MCP_OAUTH_ISUER", "x"),
    ])
    .unwrap_err();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.concat().contains("OAUTH_ISSUER and MCP_OAUTH_ISSUER are both set"));
    assert!(told.concat().contains("never open to everybody"));
}

#[test]
fn an_introspection_endpoint_is_asked_about_what_is_no_jwt() {
    use crate::auth::trust::Mode;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "planted\n").unwrap();
    let endpoint = ("OAUTH_INTROSPECTION_ENDPOINT", "https://id.example.com/introspect");
    let config = read(&[
        endpoint,
        ("MCP_OAUTH_INTROSPECTION_CLIENT_ID", "food"),
        ("MCP_OAUTH_INTROSPECTION_CLIENT_SECRET_FILE", secret.to_str().unwrap()),
    ])
    .unwrap();
    let issuer = &config.issuers[0];
    assert_eq!(issuer.mode, Mode::Both);
    assert_eq!(
        issuer.introspection.as_ref().unwrap().client.as_ref().unwrap().0,
        "food"
    );
    assert!(!format!("{config:?}").contains("planted"));
    let half = [endpoint, ("OAUTH_INTROSPECTION_CLIENT_ID", "food")];
    assert!(read(&half).is_err() && read(&half[1..]).is_err());
}

#[test]
fn issuers_of_a_file_take_the_place_of_the_one_in_variables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuers.toml");
    std::fs::write(
        &path,
        "[[issuer]]\nissuer = \"https://a.example.com\"\n[[issuer]]\nissuer = \"https://b.example.com/\"",
    )
    .unwrap();
    let file = ("RESOURCE_ISSUERS_FILE", path.to_str().unwrap());
    let config = read(&[file]).unwrap();
    let issuers: Vec<_> = config.issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
    assert_eq!(issuers, ["https://a.example.com", "https://b.example.com/"]);
    assert_eq!(config.issuers[1].audiences, ["http://localhost:8081/mcp"]);
    let Mistakes(told) = read(&[file, ("OAUTH_ISSUER", "https://c.example.com"), ("OAUTH_AUDIENCE", "x")]).unwrap_err();
    assert_eq!(told.len(), 2, "{told:?}");
    std::fs::write(&path, "[[issuer]]\nissuer = \"a\"\n[[issuer]]\nmode = \"x\"").unwrap();
    let Mistakes(told) = read(&[file, ("RESOURCE_WORKERS", "0")]).unwrap_err();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(read(&[("RESOURCE_ISSUERS_FILE", "no such file")]).is_err());
}
