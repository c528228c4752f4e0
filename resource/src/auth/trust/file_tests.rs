//! What a file of issuers means, and what is said about its mistakes.

use super::*;
use crate::auth::trust::{Discovery, LEEWAY, Mode, Typ};
use secrecy::ExposeSecret;

const RESOURCE: &str = "https://food.example.com/mcp";

fn mistakes(text: &str) -> String {
    read(text, RESOURCE).unwrap_err().join("\n")
}

#[test]
fn an_issuer_by_name_alone_is_as_rfc_9068_has_it() {
    let issuers = read("[[issuer]]\nissuer = \"https://id.example.com/\"", RESOURCE).unwrap();
    let issuer = &issuers[0];
    assert_eq!(
        (issuer.issuer.as_str(), &issuer.audiences[..]),
        ("https://id.example.com/", &[RESOURCE.to_owned()][..])
    );
    assert_eq!(
        (issuer.aud_mode, issuer.discovery, issuer.typ),
        (AudMode::Claim, Discovery::Auto, Typ::Strict)
    );
    assert_eq!(
        (issuer.mode, issuer.leeway_s, issuer.subject.as_str()),
        (Mode::Jwt, LEEWAY, "sub")
    );
    assert_eq!(issuer.scope_from, ["scope", "scp"]);
    assert!(issuer.advertise && issuer.jwks_uri.is_none() && issuer.clients.is_empty());
}

#[test]
fn every_knob_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s3cret\n").unwrap();
    let text = format!(
        r#"
        resource = "{RESOURCE}"
        [[issuer]]
        issuer = "https://idp.example.com/realms/food"
        audiences = ["account"]
        aud_mode = "none"
        clients = ["c1"]
        discovery = "oidc"
        jwks_uri = "http://idp:8080/keys"
        algorithms = ["RS256", "PS256"]
        typ = "jwt"
        require = {{ typ = "Bearer", level = 2, verified = true }}
        subject = "oid"
        scope_from = ["scp", "roles"]
        scope_strip = "api://food/"
        scope_map = {{ "Food.Write" = ["food:read", "food:write"], "Food.Read" = "food:read" }}
        leeway_s = 5
        mode = "both"
        introspection = {{ url = "https://idp.example.com/i", client_id = "me", client_secret_file = "{}", cache_s = 60, negative_cache_s = 1 }}
        advertise = false
        [[issuer]]
        issuer = "https://other.example.com"
        "#,
        secret.display()
    );
    let issuers = read(&text, RESOURCE).unwrap();
    let issuer = &issuers[0];
    assert_eq!(
        (issuer.aud_mode, issuer.discovery, issuer.typ),
        (AudMode::None, Discovery::Oidc, Typ::Jwt)
    );
    assert_eq!(
        (&issuer.audiences[..], &issuer.clients[..]),
        (&["account".to_owned()][..], &["c1".to_owned()][..])
    );
    assert_eq!(issuer.jwks_uri.as_ref().unwrap().as_str(), "http://idp:8080/keys");
    assert_eq!(issuer.algorithms.to_string(), "RS256, PS256");
    assert_eq!(
        serde_json::json!(issuer.require),
        serde_json::json!({"typ": "Bearer", "level": 2, "verified": true})
    );
    assert_eq!(
        (issuer.subject.as_str(), issuer.scope_strip.as_str()),
        ("oid", "api://food/")
    );
    assert_eq!(issuer.scope_map["Food.Write"], ["food:read", "food:write"]);
    assert_eq!(issuer.scope_map["Food.Read"], ["food:read"]);
    assert_eq!((issuer.leeway_s, issuer.mode, issuer.advertise), (5, Mode::Both, false));
    let asked = issuer.introspection.as_ref().unwrap();
    let (id, secret) = asked.client.as_ref().unwrap();
    assert_eq!((id.as_str(), secret.expose_secret()), ("me", "s3cret"));
    assert_eq!((asked.cache_s, asked.negative_cache_s), (60, 1));
    assert!(!format!("{issuer:?}").contains("s3cret"));
    assert_eq!(issuers.len(), 2);
}

#[test]
fn every_mistake_is_told_at_once_with_its_issuer() {
    let told = mistakes(
        r#"
        color = "red"
        [[issuer]]
        issuer = "https://a.example.com"
        audience = "x"
        aud_mode = "azp"
        algorithms = ["RS256", "HS256"]
        leeway_s = 3600
        require = { amr = ["mfa"] }
        scope_map = { "a" = "b c" }
        jwks_uri = "file:///etc/passwd"
        clients = [""]
        introspection = { client_id = "me", cache_s = 0, secret = "x" }
        [[issuer]]
        issuer = "https://b.example.com?x"
        typ = 1
        [[issuer]]
        mode = "jwt"
        "#,
    );
    for expected in [
        "color: there is no such knob",
        "issuer https://a.example.com: audience: there is no such knob",
        "issuer https://a.example.com: aud_mode: unknown variant `azp`, expected one of `claim`, `client_id`, `none`",
        "issuer https://a.example.com: algorithms: \"HS256\"",
        "issuer https://a.example.com: leeway_s: must be between 0 and 600",
        "issuer https://a.example.com: require: amr must be",
        "issuer https://a.example.com: scope_map: a must mean",
        "issuer https://a.example.com: jwks_uri: must begin with https://",
        "issuer https://a.example.com: clients: an empty text",
        "issuer https://a.example.com: introspection.url: is missing",
        "issuer https://a.example.com: introspection.client_id: goes with",
        "issuer https://a.example.com: introspection.cache_s: must be between",
        "issuer https://a.example.com: introspection.secret: there is no such knob",
        "issuer https://b.example.com?x: issuer: must have no query",
        "issuer https://b.example.com?x: typ: invalid type",
        "issuer 3: issuer: is missing",
    ] {
        assert!(told.contains(expected), "{expected} is not in\n{told}");
    }
}

#[test]
fn what_does_not_go_together_is_told_with_the_remedy() {
    let issuer = |knobs: &str| mistakes(&format!("[[issuer]]\nissuer = \"https://a.example.com\"\n{knobs}"));
    for (knobs, remedy) in [
        ("audiences = []", "set aud_mode and clients"),
        ("aud_mode = \"none\"\ntyp = \"jwt\"", "clients: list the client ids"),
        ("aud_mode = \"client_id\"\nclients = [\"c\"]", "set typ = \"jwt\""),
        ("discovery = \"none\"", "jwks_uri: say where the keys are"),
        ("mode = \"introspection\"", "set introspection.url"),
        ("introspection = { url = \"https://a.example.com/i\" }", "set mode ="),
        ("algorithms = []", "algorithms: name at least one"),
        ("scope_from = []", "scope_from: name at least one"),
        ("subject = \"\"", "subject: name a claim"),
        ("advertise = false", "clients must find at least one issuer"),
        ("[[issuer]]\nissuer = \"https://a.example.com\"", "it is there twice"),
    ] {
        let told = issuer(knobs);
        assert!(told.contains(remedy), "{knobs}: {told}");
    }
    let asks = "mode = \"introspection\"\nintrospection = { url = \"https://a.example.com/i\" }\n";
    let told = issuer(&format!("{asks}[[issuer]]\nissuer = \"https://b.example.com\"\n{asks}"));
    assert!(told.contains("an opaque token does not say whose it is"), "{told}");
    assert!(mistakes("resource = \"https://x\"").contains("there is no [[issuer]]"));
    assert!(mistakes("resource = \"https://x\"").contains("is not RESOURCE_PUBLIC_URL"));
    assert!(mistakes("[[issuer]").contains("line 1"), "{}", mistakes("[[issuer]"));
}
