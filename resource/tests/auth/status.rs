//! Revoked tokens: draft-ietf-oauth-status-list-18 section 8.3.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use resource::auth::refusal::Refusal;
use resource::auth::status::Policy;
use resource::auth::verifier::{Means, Verifier};
use serde_json::json;
use shared::clock::Clock;

use super::AUDIENCE;
use crate::support::{Answer, NOW, SigningKey, TestIssuer, Token, eventually, means, verifier_with};

const ENTRY: usize = 77;

struct Lists {
    issuer: TestIssuer,
    verifier: Verifier,
    clock: Clock,
}

impl Lists {
    async fn start(policy: Policy) -> Self {
        let issuer = TestIssuer::start();
        let clock = Clock::fixed(NOW);
        let means = Means {
            status_list: policy,
            ..means(&clock)
        };
        let verifier = verifier_with(vec![issuer.trusted_for(AUDIENCE)], &means);
        eventually("the keys are known", async || verifier.is_ready()).await;
        Self {
            issuer,
            verifier,
            clock,
        }
    }

    fn token(&self, jti: &str, idx: usize) -> String {
        let status = json!({"status_list": {"idx": idx, "uri": self.issuer.list_uri()}});
        let token = Token::good(&self.issuer.key, &self.issuer.url, AUDIENCE);
        token
            .claim("status", status)
            .claim("jti", json!(jti))
            .sign(&self.issuer.key)
    }

    /// A good list in which these entries are revoked.
    fn list(&self, revoked: &[usize]) -> Token {
        self.issuer.status_list(self.clock.now(), revoked)
    }

    fn publish(&self, list: &Token) {
        self.issuer.answer_list(Answer::Text(list.sign(&self.issuer.key)));
    }

    /// Two more fetches have ended, so what was answered before was read.
    async fn seen(&self) {
        let enough = self.issuer.lists_fetched() + 2;
        eventually("the list is fetched again", async || {
            self.issuer.lists_fetched() >= enough
        })
        .await;
    }
}

#[actix_web::test]
async fn a_revoked_token_is_refused_within_seconds_and_others_are_not() {
    let lists = Lists::start(Policy::FailOpen).await;
    lists.publish(&lists.list(&[]));
    let (revoked, other) = (lists.token("a", ENTRY), lists.token("b", ENTRY + 1));
    assert!(lists.verifier.verify(&revoked).await.is_ok() && lists.verifier.verify(&other).await.is_ok());
    lists.publish(&lists.list(&[ENTRY]));
    let refused = async || lists.verifier.verify(&revoked).await == Err(Refusal::Revoked);
    eventually("the revoked token is refused", refused).await;
    assert!(lists.verifier.verify(&other).await.is_ok());
    assert_eq!(Refusal::Revoked.description(), "the token was revoked");
}

/// However long the issuer says that its list may be kept.
#[actix_web::test]
async fn a_list_is_no_older_than_ten_seconds() {
    let lists = Lists::start(Policy::FailOpen).await;
    let lasting = |revoked: &[usize]| lists.list(revoked).claim("ttl", json!(3600));
    lists.publish(&lasting(&[]));
    let token = lists.token("a", ENTRY);
    assert!(lists.verifier.verify(&token).await.is_ok());
    lists.publish(&lasting(&[ENTRY]));
    let begun = std::time::Instant::now();
    eventually("the revoked token is refused", async || {
        lists.verifier.verify(&token).await == Err(Refusal::Revoked)
    })
    .await;
    assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
    assert_eq!(lists.issuer.lists_fetched(), 2, "and not asked for at every look");
}

#[actix_web::test]
async fn a_token_that_was_revoked_before_it_was_ever_seen_is_refused_at_once_with_one_fetch() {
    let lists = Lists::start(Policy::FailOpen).await;
    lists.publish(&lists.list(&[ENTRY]));
    for jti in 0..50 {
        let token = lists.token(&jti.to_string(), ENTRY);
        assert_eq!(lists.verifier.verify(&token).await, Err(Refusal::Revoked));
    }
    assert!(lists.issuer.lists_fetched() <= 3, "no request asks");
    let beyond = lists.token("z", 1 << 20);
    assert_eq!(lists.verifier.verify(&beyond).await, Err(Refusal::NoStatus));
}

type Spoil = fn(&Lists, Token) -> String;

fn with_list(lists: &Lists, list: Token, text: &str) -> String {
    let list = list.claim("status_list", json!({"bits": 1, "lst": text}));
    list.sign(&lists.issuer.key)
}

fn bomb(lists: &Lists, list: Token) -> String {
    let mut bits = shared::status_list::Bits::valid(1 << 28);
    bits.set(0, false);
    list.claim("status_list", json!(bits.encode().unwrap()))
        .sign(&lists.issuer.key)
}

const SPOILT: [Spoil; 13] = [
    |lists, list| {
        let other = format!("{}/lists/1", lists.issuer.url);
        list.claim("sub", json!(other)).sign(&lists.issuer.key)
    },
    |lists, list| list.sign(&SigningKey::es256(&lists.issuer.key.kid)),
    |lists, list| list.header("typ", json!("at+jwt")).sign(&lists.issuer.key),
    |lists, list| list.header("typ", json!("JWT")).sign(&lists.issuer.key),
    |lists, list| list.claim("exp", json!(NOW)).sign(&lists.issuer.key),
    |lists, list| list.claim("iat", json!(NOW + 301)).sign(&lists.issuer.key),
    |lists, list| list.without_claim("iat").sign(&lists.issuer.key),
    |lists, list| with_list(lists, list, "eNrbuRg"),
    |lists, list| with_list(lists, list, ""),
    |lists, list| list.without_claim("status_list").sign(&lists.issuer.key),
    bomb,
    |lists, list| {
        let good = list.sign(&lists.issuer.key);
        good[..good.len() / 2].to_owned()
    },
    |_, _| String::new(),
];

#[actix_web::test]
async fn a_list_that_is_not_right_is_none() {
    for (number, spoil) in SPOILT.iter().enumerate() {
        let lists = Lists::start(Policy::FailClosed).await;
        lists.issuer.answer_list(Answer::Text(spoil(&lists, lists.list(&[]))));
        let refused = lists.verifier.verify(&lists.token("a", ENTRY)).await;
        assert_eq!(refused, Err(Refusal::StatusUnavailable), "case {number}");
    }
}

#[actix_web::test]
async fn the_last_good_list_stays_when_an_older_or_a_broken_one_comes() {
    let lists = Lists::start(Policy::FailClosed).await;
    let older = lists.list(&[]);
    lists.clock.advance(1);
    lists.publish(&lists.list(&[ENTRY]));
    let (revoked, other) = (lists.token("a", ENTRY), lists.token("b", ENTRY + 1));
    assert!(lists.verifier.verify(&other).await.is_ok());
    for text in [older.sign(&lists.issuer.key), "broken".to_owned()] {
        lists.issuer.answer_list(Answer::Text(text));
        lists.seen().await;
        assert_eq!(lists.verifier.verify(&revoked).await, Err(Refusal::Revoked));
        assert!(lists.verifier.verify(&other).await.is_ok());
    }
}

#[actix_web::test]
async fn without_a_list_the_policy_decides_and_what_was_revoked_stays_so() {
    for (policy, taken) in [
        (Policy::FailOpen, true),
        (Policy::FailClosed, false),
        (Policy::Off, true),
    ] {
        let lists = Lists::start(policy).await;
        lists.issuer.answer_list(Answer::Status(503));
        let token = lists.token("a", ENTRY);
        assert_eq!(lists.verifier.verify(&token).await.is_ok(), taken, "{policy:?}");
        assert_eq!(lists.issuer.lists_fetched() > 0, policy != Policy::Off);
    }
    let lists = Lists::start(Policy::FailOpen).await;
    lists.publish(&lists.list(&[ENTRY]));
    let token = lists.token("a", ENTRY);
    assert_eq!(lists.verifier.verify(&token).await, Err(Refusal::Revoked));
    lists.issuer.answer_list(Answer::Status(503));
    lists.clock.advance(3000);
    assert_eq!(
        lists.verifier.verify(&token).await,
        Err(Refusal::Revoked),
        "the list has ended"
    );
}

#[actix_web::test]
async fn only_lists_below_the_issuer_are_fetched_and_only_for_tokens_that_it_signed() {
    let lists = Lists::start(Policy::FailClosed).await;
    lists.publish(&lists.list(&[]));
    let other = TestIssuer::start();
    let good = Token::good(&lists.issuer.key, &lists.issuer.url, AUDIENCE);
    for uri in [
        format!("{}/lists/0", other.url),
        format!(
            "{}@{}/lists/0",
            lists.issuer.url,
            other.url.trim_start_matches("http://")
        ),
        format!("{}/a/../lists/0", lists.issuer.url),
        format!("{}/lists/0?x", lists.issuer.url),
    ] {
        let token = good
            .clone()
            .claim("status", json!({"status_list": {"idx": 0, "uri": uri}}));
        let refused = lists.verifier.verify(&token.sign(&lists.issuer.key)).await;
        assert_eq!(refused, Err(Refusal::StatusUnavailable), "{uri}");
    }
    let forged = lists.token("a", 1).rsplit_once('.').unwrap().0.to_owned() + "." + &URL_SAFE_NO_PAD.encode([7; 64]);
    assert_eq!(lists.verifier.verify(&forged).await, Err(Refusal::Signature));
    assert_eq!(lists.issuer.lists_fetched() + other.lists_fetched(), 0);
    let token = good.claim(
        "status",
        json!({"status_list": {"idx": "1", "uri": lists.issuer.list_uri()}}),
    );
    let refused = lists.verifier.verify(&token.sign(&lists.issuer.key)).await;
    assert_eq!(refused, Err(Refusal::WrongType("status".into())));
}
