//! Metadata and keys: RFC 8414, OpenID Connect Discovery, RFC 7517.

use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, refresh_form, text};

async fn body(issuer: &TestIssuer, path: &str) -> String {
    let answer = issuer.request("GET", path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
    answer.text().await.unwrap()
}

fn nulls(value: &Value) -> usize {
    match value {
        Value::Null => 1,
        Value::Array(items) => items.iter().map(nulls).sum(),
        Value::Object(members) => members.values().map(nulls).sum(),
        _ => 0,
    }
}

#[actix_web::test]
async fn both_documents_are_the_same_and_have_what_clients_need() {
    let issuer = TestIssuer::start().await;
    let document = body(&issuer, "/.well-known/oauth-authorization-server").await;
    assert_eq!(document, body(&issuer, "/.well-known/openid-configuration").await);
    assert!(document.len() < 3000, "clients keep it in small stores");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(nulls(&document), 0);
    assert_eq!(document["issuer"], issuer.url.as_str());
    assert_eq!(
        document["code_challenge_methods_supported"],
        serde_json::json!(["S256"])
    );
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    let proofs = document["dpop_signing_alg_values_supported"].to_string();
    assert!(
        proofs.contains("ES256") && !proofs.contains("none") && !proofs.contains("HS"),
        "{proofs}"
    );
    let scopes = document["scopes_supported"].to_string();
    assert!(
        scopes.contains("food:read") && !scopes.contains("offline_access"),
        "{scopes}"
    );
}

#[actix_web::test]
async fn every_endpoint_of_the_document_is_there() {
    let issuer = TestIssuer::start().await;
    let document: Value = serde_json::from_str(&body(&issuer, "/.well-known/openid-configuration").await).unwrap();
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "registration_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
        "introspection_endpoint",
        "end_session_endpoint",
        "pushed_authorization_request_endpoint",
    ] {
        let url = document[member].as_str().unwrap();
        let path = url.strip_prefix(&issuer.url).unwrap();
        let status = issuer.request("GET", path).send().await.unwrap().status().as_u16();
        assert_ne!(status, 404, "{member}: {url}");
    }
}

#[actix_web::test]
async fn an_issuer_with_a_path_is_found_at_every_place_that_clients_try() {
    let database = TestDatabase::of_this_run();
    let issuer = TestIssuer::with(database, &[("ISSUER_PUBLIC_URL", "https://id.example.com/team/a")]).await;
    let paths = [
        "/.well-known/oauth-authorization-server/team/a",
        "/.well-known/openid-configuration/team/a",
        "/team/a/.well-known/openid-configuration",
    ];
    let first = body(&issuer, paths[0]).await;
    for path in paths {
        assert_eq!(body(&issuer, path).await, first);
    }
    let document: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(document["token_endpoint"], "https://id.example.com/team/a/oauth/token");
    body(&issuer, "/team/a/.well-known/jwks.json").await;
}

#[actix_web::test]
async fn the_keys_are_public_named_and_cached_by_their_tag() {
    let issuer = TestIssuer::start().await;
    let jwks = body(&issuer, "/.well-known/jwks.json").await;
    assert_eq!(jwks, body(&issuer, "/oauth/keys").await);
    let jwks: Value = serde_json::from_str(&jwks).unwrap();
    assert_eq!(nulls(&jwks), 0);
    let key = &jwks["keys"][0];
    assert_eq!(
        (key["kty"].as_str(), key["use"].as_str(), key["alg"].as_str()),
        (Some("EC"), Some("sig"), Some("ES256"))
    );
    assert!(key.get("d").is_none());
    let first = issuer.request("GET", "/oauth/keys").send().await.unwrap();
    assert!(first.headers()["cache-control"].to_str().unwrap().contains("max-age="));
    for known in [first.headers()["etag"].to_str().unwrap(), "*"] {
        let request = issuer.request("GET", "/oauth/keys").header("if-none-match", known);
        assert_eq!(request.send().await.unwrap().status(), 304, "{known}");
    }
}

#[actix_web::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let issuer = TestIssuer::start().await;
    for path in ["/.well-known/oauth-authorization-server", "/oauth/keys"] {
        let (get, head) = (issuer.request("GET", path).send(), issuer.request("HEAD", path).send());
        let (get, head) = (get.await.unwrap(), head.await.unwrap());
        assert_eq!(head.status(), 200);
        for name in ["etag", "cache-control", "content-type", "content-length"] {
            assert_eq!(get.headers()[name], head.headers()[name], "{path}: {name}");
        }
        assert_eq!(head.text().await.unwrap(), "");
    }
}

#[actix_web::test]
async fn every_other_path_is_a_json_404_that_browser_clients_can_read() {
    let issuer = TestIssuer::start().await;
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/openid-configuration/",
        "/mcp",
        "/register",
        "/oauth/",
    ] {
        let answer = issuer.request("GET", path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
    }
}

#[actix_web::test]
async fn a_preflight_and_a_wrong_method_are_answered_for_browser_clients() {
    let issuer = TestIssuer::start().await;
    for path in [
        "/.well-known/oauth-authorization-server",
        "/oauth/token",
        "/oauth/register",
        "/oauth/revoke",
        "/oauth/keys",
    ] {
        let preflight = issuer
            .request("OPTIONS", path)
            .header("origin", "http://localhost:6274")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "mcp-protocol-version,content-type");
        let answer = preflight.send().await.unwrap();
        assert_eq!(answer.status(), 204, "{path}");
        let allowed = answer.headers()["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .to_lowercase();
        assert!(allowed.contains("mcp-protocol-version"), "{path}: {allowed}");
        let wrong = issuer.request("DELETE", path).send().await.unwrap();
        assert_eq!(
            (wrong.status().as_u16(), &wrong.headers()["access-control-allow-origin"]),
            (405, &"*".parse().unwrap()),
            "{path}"
        );
        assert_eq!(wrong.headers()["content-type"], "application/json");
    }
}

/// Endpoints that clients in browsers call: what they are told with any status can be read there.
#[actix_web::test]
async fn every_status_is_readable_for_browser_clients() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let bearer = |token: &str| issuer.request("GET", "/oauth/userinfo").bearer_auth(token);
    let form = |path: &str, form: &[(&str, &str)]| issuer.request("POST", path).form(form);
    let refresh_token = text(&tokens, "refresh_token");
    let requests = [
        (200, form("/oauth/token", &refresh_form(&client_id, refresh_token))),
        (400, form("/oauth/token", &refresh_form(&client_id, "x"))),
        (401, form("/oauth/token", &refresh_form("nobody", "x"))),
        (400, issuer.request("POST", "/oauth/token").body("x")),
        (401, issuer.request("GET", "/oauth/userinfo")),
        (401, bearer("x")),
        (403, bearer(text(&tokens, "access_token"))),
        (401, form("/oauth/revoke", &[("token", "x"), ("client_id", "nobody")])),
        (400, issuer.request("POST", "/oauth/register").body("{")),
        (200, issuer.request("GET", "/oauth/keys")),
    ];
    for (status, request) in requests {
        let answer = request.header("origin", "http://localhost:6274").send().await.unwrap();
        let (got, url) = (answer.status().as_u16(), answer.url().clone());
        assert_eq!(got, status, "{url}");
        let headers = answer.headers();
        assert_eq!(headers["access-control-allow-origin"], "*", "{url} {status}");
        let exposed = headers["access-control-expose-headers"].to_str().unwrap();
        assert!(exposed.contains("WWW-Authenticate"), "{url} {status}");
        assert!(
            !headers.contains_key("access-control-allow-credentials"),
            "{url} {status}"
        );
    }
}
