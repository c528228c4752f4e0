//! Servers that differ from a healthy one in one thing: exactly the right checks complain.

use resource::doctor::check::Check;
use resource::doctor::check::Verdict::{self, Broken, Unknown, Warning};
use serde_json::{Value, json};

use super::pair::{Pair, complaints};

/// What differs, how, and what is found.
type Case = (&'static str, fn(&mut Pair), &'static [(Check, Verdict)]);

const RESOURCE: &str = "oauth-protected-resource";
const SERVER: &str = "/as";

fn server(pair: &mut Pair, member: &str, value: Option<Value>) {
    pair.set("oauth-authorization-server", member, value.clone());
    pair.set("openid-configuration", member, value);
}

const OF_THE_RESOURCE: &[Case] = &[
    ("nothing", |_| (), &[]),
    (
        "open to everybody",
        |pair| pair.challenge_status = 200,
        &[(Check::Challenge, Broken)],
    ),
    (
        "405 first",
        |pair| pair.challenge_status = 405,
        &[(Check::Challenge, Broken)],
    ),
    (
        "redirects",
        |pair| pair.challenge_status = 307,
        &[(Check::Challenge, Broken)],
    ),
    (
        "no challenge",
        |pair| pair.challenge = None,
        &[(Check::Challenge, Broken), (Check::Scopes, Warning)],
    ),
    (
        "DPoP first",
        |pair| pair.challenge = Some(format!("DPoP algs=\"ES256\", {}", pair.challenge.clone().unwrap())),
        &[(Check::Challenge, Broken)],
    ),
    (
        "no resource_metadata",
        |pair| pair.challenge = Some("Bearer scope=\"food:read food:write\"".to_owned()),
        &[(Check::Challenge, Warning)],
    ),
    (
        "an error without a token",
        |pair| {
            pair.challenge = pair.challenge.as_ref().map(|text| {
                format!("{text}, Bearer error=\"x\"").replacen("Bearer ", "Bearer error=\"invalid_token\", ", 1)
            });
        },
        &[(Check::Challenge, Warning)],
    ),
    (
        "the challenge leads nowhere",
        |pair| {
            pair.challenge = pair
                .challenge
                .as_ref()
                .map(|text| text.replace("resource/mcp", "resource/other"));
        },
        &[(Check::ResourceMetadata, Broken)],
    ),
    (
        "nothing at the root",
        |pair| pair.documents.retain(|(path, ..)| !path.ends_with(RESOURCE)),
        &[(Check::ResourceMetadata, Warning)],
    ),
    (
        "another resource at the root",
        |pair| {
            let other =
                json!({"resource": pair.origin.clone(), "authorization_servers": [format!("{}/as", pair.origin)]});
            pair.documents.retain(|(path, ..)| !path.ends_with(RESOURCE));
            pair.documents
                .push((format!("/.well-known/{RESOURCE}"), 200, other.to_string()));
        },
        &[(Check::ResourceMetadata, Broken)],
    ),
    (
        "resource is the origin",
        |pair| pair.set(RESOURCE, "resource", Some(pair.origin.clone().into())),
        &[(Check::ResourceExact, Broken)],
    ),
    (
        "resource ends with a slash",
        |pair| pair.set(RESOURCE, "resource", Some(format!("{}/", pair.url).into())),
        &[(Check::ResourceExact, Broken)],
    ),
    (
        "resource is https behind a proxy",
        |pair| pair.set(RESOURCE, "resource", Some(pair.url.replace("http:", "https:").into())),
        &[(Check::Resource, Broken), (Check::ResourceExact, Broken)],
    ),
    (
        "resource has another path that begins alike",
        |pair| pair.set(RESOURCE, "resource", Some(pair.url.replace("/mcp", "/mc").into())),
        &[(Check::Resource, Broken), (Check::ResourceExact, Broken)],
    ),
    (
        "no resource",
        |pair| pair.set(RESOURCE, "resource", None),
        &[(Check::Resource, Broken), (Check::ResourceExact, Broken)],
    ),
    (
        "fewer scopes in the challenge",
        |pair| pair.challenge = pair.challenge.as_ref().map(|text| text.replace(" food:write", "")),
        &[(Check::Scopes, Warning)],
    ),
    (
        "offline_access is a scope of the resource",
        |pair| {
            pair.set(
                RESOURCE,
                "scopes_supported",
                Some(json!(["food:read", "food:write", "offline_access"])),
            );
        },
        &[(Check::Scopes, Warning)],
    ),
];

const OF_THE_ISSUER: &[Case] = &[
    (
        "only RFC 8414",
        |pair| pair.answer("openid-configuration", 404, ""),
        &[],
    ),
    (
        "only OpenID Connect",
        |pair| pair.answer("oauth-authorization-server", 404, ""),
        &[],
    ),
    (
        "a page instead of 404",
        |pair| pair.answer("oauth-authorization-server", 200, "<html>"),
        &[(Check::ServerMetadata, Broken)],
    ),
    (
        "a failure instead of 404",
        |pair| pair.answer("openid-configuration/as", 500, ""),
        &[(Check::ServerMetadata, Broken)],
    ),
    (
        "a redirect instead of 404",
        |pair| pair.answer("openid-configuration/as", 302, ""),
        &[(Check::ServerMetadata, Warning)],
    ),
    (
        "two documents disagree",
        |pair| {
            pair.set(
                "openid-configuration/as",
                "token_endpoint",
                Some("https://h/token".into()),
            );
        },
        &[(Check::ServerMetadata, Broken)],
    ),
    (
        "the issuer ends with a slash",
        |pair| server(pair, "issuer", Some(format!("{}/as/", pair.origin).into())),
        &[(Check::Issuer, Broken)],
    ),
    (
        "a null member",
        |pair| server(pair, "op_policy_uri", Some(Value::Null)),
        &[(Check::Members, Broken)],
    ),
    (
        "registration_endpoint is null",
        |pair| server(pair, "registration_endpoint", Some(Value::Null)),
        &[(Check::Members, Broken), (Check::DynamicRegistration, Broken)],
    ),
    (
        "no response types",
        |pair| server(pair, "response_types_supported", None),
        &[(Check::Members, Broken)],
    ),
    (
        "no PKCE",
        |pair| server(pair, "code_challenge_methods_supported", None),
        &[(Check::Pkce, Broken)],
    ),
    (
        "plain PKCE",
        |pair| server(pair, "code_challenge_methods_supported", Some(json!(["plain"]))),
        &[(Check::Pkce, Broken)],
    ),
    (
        "no public clients",
        |pair| {
            server(
                pair,
                "token_endpoint_auth_methods_supported",
                Some(json!(["client_secret_basic"])),
            );
        },
        &[(Check::PublicClients, Broken), (Check::ClientDocuments, Warning)],
    ),
    (
        "auth methods are not told",
        |pair| server(pair, "token_endpoint_auth_methods_supported", None),
        &[(Check::PublicClients, Broken), (Check::ClientDocuments, Warning)],
    ),
    (
        "no documents",
        |pair| server(pair, "client_id_metadata_document_supported", None),
        &[(Check::ClientDocuments, Warning)],
    ),
    (
        "neither documents nor registration",
        |pair| {
            server(pair, "client_id_metadata_document_supported", None);
            server(pair, "registration_endpoint", None);
        },
        &[
            (Check::Registration, Broken),
            (Check::DynamicRegistration, Broken),
            (Check::ClientDocuments, Warning),
        ],
    ),
    (
        "no iss",
        |pair| server(pair, "authorization_response_iss_parameter_supported", None),
        &[(Check::Iss, Warning)],
    ),
    (
        "no iss, and another origin",
        |pair| {
            server(pair, "authorization_response_iss_parameter_supported", None);
            server(
                pair,
                "authorization_endpoint",
                Some("https://login.example/authorize".into()),
            );
        },
        &[(Check::Iss, Broken)],
    ),
    (
        "the issuer lists offline_access",
        |pair| {
            server(
                pair,
                "scopes_supported",
                Some(json!(["food:read", "food:write", "offline_access"])),
            );
        },
        &[(Check::Scopes, Warning)],
    ),
    (
        "the issuer does not know the scopes",
        |pair| server(pair, "scopes_supported", Some(json!(["openid"]))),
        &[(Check::Scopes, Warning)],
    ),
];

const OF_THE_EXCHANGE: &[Case] = &[
    (
        "nothing may be read",
        |pair| pair.allow_origin = None,
        &[(Check::Cors, Broken)],
    ),
    (
        "for another page",
        |pair| pair.allow_origin = Some("https://h"),
        &[(Check::Cors, Broken)],
    ),
    (
        "the challenge is hidden",
        |pair| pair.expose_headers = "Retry-After",
        &[(Check::Cors, Broken)],
    ),
    (
        "every header but Authorization",
        |pair| pair.allow_headers = "*",
        &[(Check::Cors, Broken)],
    ),
    (
        "no MCP-Protocol-Version",
        |pair| pair.allow_headers = "Authorization, Content-Type",
        &[(Check::Cors, Broken)],
    ),
    (
        "a token endpoint in clear text",
        |pair| server(pair, "token_endpoint", Some("http://food.localhost:1/token".into())),
        &[(Check::Cors, Broken), (Check::Transport, Broken)],
    ),
    (
        "a name below localhost",
        |pair| {
            server(
                pair,
                "authorization_endpoint",
                Some("http://food.localhost/authorize".into()),
            );
        },
        &[(Check::Transport, Broken)],
    ),
    (
        "no key",
        |pair| pair.answer("/as/jwks", 200, r#"{"keys": []}"#),
        &[(Check::Keys, Broken)],
    ),
    (
        "keys are away",
        |pair| pair.answer("/as/jwks", 503, ""),
        &[(Check::Keys, Broken)],
    ),
    (
        "a shared secret",
        |pair| pair.set("/as/jwks", "keys", Some(json!([{"kty": "oct", "k": "c2VjcmV0"}]))),
        &[(Check::Keys, Broken)],
    ),
    (
        "a private key",
        |pair| pair.edit("/as/jwks", |keys| keys["keys"][0]["d"] = "x".into()),
        &[(Check::Keys, Broken)],
    ),
    (
        "a clock that is off",
        |pair| pair.ahead = 30,
        &[(Check::Clock, Warning)],
    ),
    (
        "a clock that is late",
        |pair| pair.ahead = 300,
        &[(Check::Clock, Broken)],
    ),
    (
        "a clock that is early",
        |pair| pair.ahead = -300,
        &[(Check::Clock, Broken)],
    ),
];

/// What is wrong with what was found, if anything.
async fn examined((name, change, expected): Case) -> Option<String> {
    let mut pair = Pair::healthy();
    change(&mut pair);
    let report = pair.examined().await;
    let in_order = |mut found: Vec<(Check, Verdict)>| {
        found.sort_by_key(|(check, _)| check.name());
        found
    };
    let (found, expected) = (in_order(complaints(&report)), in_order(expected.to_vec()));
    let mut bad = report
        .findings
        .iter()
        .filter(|finding| matches!(finding.verdict, Broken | Warning));
    let told = bad.all(|finding| !finding.saw.is_empty() && !finding.change.is_empty());
    (found != expected || !told).then(|| format!("{name}: {found:?} and not {expected:?}\n{report}"))
}

#[actix_web::test]
async fn exactly_the_right_check_complains_and_says_what_to_change() {
    let cases = [OF_THE_RESOURCE, OF_THE_ISSUER, OF_THE_EXCHANGE].concat();
    let mut wrong = Vec::new();
    for case in cases {
        wrong.extend(examined(case).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[actix_web::test]
async fn without_any_metadata_the_rest_is_unknown() {
    let mut pair = Pair::healthy();
    pair.answer(RESOURCE, 404, "");
    let report = pair.examined().await;
    let of = |check| report.finding(check).unwrap().verdict;
    assert_eq!(of(Check::ResourceMetadata), Broken);
    for check in [
        Check::Resource,
        Check::ServerMetadata,
        Check::Issuer,
        Check::Pkce,
        Check::Keys,
        Check::Scopes,
    ] {
        assert_eq!(of(check), Unknown, "{check:?}");
    }
    let mut pair = Pair::healthy();
    pair.answer(SERVER, 404, "");
    let report = pair.examined().await;
    assert_eq!(report.finding(Check::ServerMetadata).unwrap().verdict, Broken);
    assert_eq!(report.finding(Check::Pkce).unwrap().verdict, Unknown);
}

#[actix_web::test]
async fn the_url_is_compared_as_it_was_typed() {
    let pair = Pair::healthy();
    let typed = format!("{}/", pair.url);
    let report = pair.examined_at(&typed).await;
    assert_eq!(report.finding(Check::ResourceExact).unwrap().verdict, Broken);
    assert_eq!(report.finding(Check::Resource).unwrap().verdict, Verdict::Ok);
}
