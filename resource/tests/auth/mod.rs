//! Tokens: which are taken, which are refused and why, and where the keys come from.

mod accepted;
mod hostile;
mod introspection;
mod issuers;
mod keys;
mod remembered;
mod status;

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use resource::auth::refusal::Refusal;
use resource::auth::verified::Verified;
use resource::auth::verifier::Verifier;
use serde_json::json;
use shared::clock::Clock;

use crate::support::{NOW, SigningKey, TestIssuer, Token, eventually, verifier};

const AUDIENCE: &str = "https://food.example.com/mcp";

/// A verifier and an issuer with a key of every kind.
struct Bench {
    issuer: TestIssuer,
    others: Vec<SigningKey>,
    verifier: Verifier,
    clock: Clock,
}

impl Bench {
    async fn start() -> Self {
        let issuer = TestIssuer::start();
        let others = vec![
            SigningKey::new("ed-1", Algorithm::EdDSA),
            SigningKey::new("es384-1", Algorithm::ES384),
            SigningKey::new("rs-1", Algorithm::RS256),
            SigningKey::new("ps-1", Algorithm::PS256),
        ];
        let all: Vec<&SigningKey> = others.iter().chain([&issuer.key]).collect();
        issuer.publish(&all);
        let clock = Clock::fixed(NOW);
        let verifier = verifier(vec![issuer.trusted_for(AUDIENCE)], &clock);
        eventually("the keys are known", async || verifier.is_ready()).await;
        Self {
            issuer,
            others,
            verifier,
            clock,
        }
    }

    fn key(&self, kid: &str) -> &SigningKey {
        self.others
            .iter()
            .find(|key| key.kid == kid)
            .unwrap_or(&self.issuer.key)
    }

    fn good(&self) -> Token {
        self.good_by(&self.issuer.key)
    }

    fn good_by(&self, key: &SigningKey) -> Token {
        Token::good(key, &self.issuer.url, AUDIENCE)
    }

    async fn verify(&self, token: &str) -> Result<Arc<Verified>, Refusal> {
        self.verifier.verify(token).await
    }

    /// Verifies a token signed with the issuer's first key.
    async fn verify_signed(&self, token: &Token) -> Result<Arc<Verified>, Refusal> {
        self.verify(&token.sign(&self.issuer.key)).await
    }
}

#[actix_web::test]
async fn who_sent_a_good_token_is_known() {
    let bench = Bench::start().await;
    let verified = bench.verify_signed(&bench.good()).await.unwrap();
    let principal = &verified.principal;
    assert_eq!(principal.iss, bench.issuer.url);
    assert_eq!(
        (principal.sub.as_str(), principal.client_id.as_deref()),
        ("user-1", Some("client-1"))
    );
    assert_eq!(principal.scope.to_string(), "food:read food:write");
    assert_eq!(verified.exp, NOW + 3600);
    assert_eq!(json!(verified.exp), bench.good().claims["exp"]);
}
