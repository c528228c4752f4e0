//! Identity providers in our issuer's place: the settings that ship in `deploy/providers`, each against tokens of the
//! shape that the provider documents, signed with keys of the test.
//!
//! Accepted is the access token and nothing else: not the ID token, not a refresh token, not what is for another
//! audience or for none, not what another client was given.

mod cloud;
mod opaque;
mod own;

use jsonwebtoken::Algorithm;
use resource::auth::refusal::Refusal;
use resource::auth::trust::{AudMode, Issuer, file};
use resource::auth::verified::Verified;
use serde_json::{Value, json};
use shared::clock::Clock;

use crate::support::{Answer, NOW, SigningKey, TestIssuer, Token, eventually, verifier};

/// The resource identifier of every provider's example.
const RESOURCE: &str = "https://food.example.com/mcp";

/// A provider whose access tokens are signed.
struct Provider {
    /// The file in `deploy/providers`, without its ending.
    file: &'static str,
    algorithm: Algorithm,
    /// The header's.
    typ: Option<&'static str>,
    /// The claim that names the client, where one does.
    client: Option<&'static str>,
    access_token: Value,
    id_token: Value,
}

/// The issuer that a file in `deploy/providers` describes.
fn shipped(name: &str) -> Issuer {
    let path = format!("{}/../deploy/providers/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s3cret").unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("/run/secrets/introspection_client_secret", secret.to_str().unwrap());
    let mut issuers = file::read(&text, RESOURCE).unwrap();
    assert_eq!(issuers.len(), 1);
    issuers.remove(0)
}

/// Claims with the times that every token has.
fn claims(mut own: Value) -> Value {
    own["iat"] = json!(NOW);
    own["exp"] = json!(NOW + 3600);
    own
}

struct Bench {
    issuer: Issuer,
    keys: TestIssuer,
    key: SigningKey,
    typ: Option<&'static str>,
}

impl Bench {
    fn of(provider: &Provider) -> Self {
        let keys = TestIssuer::start();
        let key = SigningKey::new("key-1", provider.algorithm);
        if provider.file == "kanidm" {
            keys.answer(Answer::Json(key.jwk()));
        } else {
            keys.publish(&[&key]);
        }
        let mut issuer = shipped(provider.file);
        issuer.jwks_uri = Some(keys.jwks_uri().parse().unwrap());
        Self {
            issuer,
            keys,
            key,
            typ: provider.typ,
        }
    }

    async fn verify(&self, claims: &Value) -> Result<Verified, Refusal> {
        let verifier = verifier(vec![self.issuer.clone()], &Clock::fixed(NOW));
        eventually("the keys are known", async || verifier.is_ready()).await;
        let mut header = json!({"alg": format!("{:?}", self.key.algorithm), "kid": self.key.kid});
        if let Some(typ) = self.typ {
            header["typ"] = json!(typ);
        }
        let token = Token {
            header,
            claims: claims.clone(),
        };
        verifier.check(&token.sign(&self.key)).await
    }
}

fn changed(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// Everything that must hold for a provider whose access tokens are signed.
async fn check(provider: Provider) {
    let name = provider.file;
    let mut bench = Bench::of(&provider);
    let access = claims(provider.access_token);
    let passed = bench
        .verify(&access)
        .await
        .unwrap_or_else(|why| panic!("{name}: {why}"));
    let principal = passed.principal;
    assert_eq!(Some(principal.iss.as_str()), access["iss"].as_str(), "{name}");
    assert_eq!(
        Some(principal.sub.as_str()),
        access[&bench.issuer.subject].as_str(),
        "{name}"
    );
    assert!(principal.scope.contains("food:read"), "{name}: {}", principal.scope);
    assert_eq!(
        principal.client_id.as_deref(),
        provider.client.map(|claim| access[claim].as_str().unwrap())
    );

    let id_token = bench.verify(&claims(provider.id_token)).await;
    assert!(id_token.is_err(), "{name}: an ID token was accepted");
    // Where refresh tokens are JWTs, their claims are these and another typ; elsewhere they are opaque.
    let refresh_token = bench.verify(&changed(&access, "typ", json!("Refresh"))).await;
    assert!(refresh_token.is_err(), "{name}: a refresh token was accepted");
    let elsewhere = bench
        .verify(&changed(&access, "aud", json!("https://other.example.com")))
        .await;
    assert!(
        matches!(elsewhere, Err(Refusal::Audience { .. })),
        "{name}: {elsewhere:?}"
    );
    let nowhere = bench.verify(&changed(&access, "aud", Value::Null)).await;
    match bench.issuer.aud_mode {
        AudMode::Claim => assert_eq!(nowhere, Err(Refusal::Missing("aud".into())), "{name}"),
        _ => assert!(nowhere.is_ok(), "{name} has no aud, so the client decides"),
    }
    if let Some(claim) = provider.client {
        bench.issuer.clients = vec![access[claim].as_str().unwrap().to_owned()];
        assert!(bench.verify(&access).await.is_ok(), "{name}");
        let other = bench.verify(&changed(&access, claim, json!("another-client"))).await;
        assert!(matches!(other, Err(Refusal::Client(_))), "{name}: {other:?}");
        let none = bench.verify(&changed(&access, claim, Value::Null)).await;
        assert_eq!(none, Err(Refusal::Missing("client_id".into())), "{name}");
    }
    let stranger = SigningKey::new("key-1", bench.key.algorithm);
    let published = std::mem::replace(&mut bench.key, stranger);
    assert_eq!(bench.verify(&access).await, Err(Refusal::Signature), "{name}");
    assert_eq!(bench.keys.asked(), [], "{name}: {} is checked here", published.kid);
}

#[test]
fn every_file_that_ships_is_tested_and_names_its_issuer() {
    let folder = format!("{}/../deploy/providers", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.strip_suffix(".toml").unwrap().to_owned())
        .collect();
    names.sort();
    let mut tested: Vec<&str> = [own::FILES, cloud::FILES, opaque::FILES].concat();
    tested.sort_unstable();
    assert_eq!(names, tested);
    for name in names {
        assert_eq!(shipped(&name).mistakes(), Vec::<String>::new(), "{name}");
    }
}
