//! Keys change while tokens live: no valid token is refused by anybody who keeps the published keys as long as
//! he is told he may (RFC 7517 section 5, RFC 9111 section 5.2.2.1, `docs/decisions/0008-key-rotation.md`).

use std::collections::{BTreeSet, HashSet, VecDeque};

use futures_util::future::join_all;
use issuer::config::SigningAlgorithm;
use issuer::key_rotation::Watch;
use issuer::keys::{self, KEEP_SECONDS, KeyState, LEAD_SECONDS, LOOK_SECONDS};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, client, text};

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;

/// A resource server of the strictest kind: it keeps the keys for `max-age`, and never looks sooner.
struct Verifier {
    url: String,
    keys: JwkSet,
    /// The ends of tokens whose signature held under these keys, as a resource server remembers them.
    held: HashSet<String>,
    tag: String,
    stale_at: i64,
    fetched: usize,
    unchanged: usize,
}

impl Verifier {
    fn new(issuer: &TestIssuer) -> Self {
        Self {
            url: format!("{}/.well-known/jwks.json", issuer.url),
            keys: JwkSet { keys: Vec::new() },
            held: HashSet::new(),
            tag: String::new(),
            stale_at: 0,
            fetched: 0,
            unchanged: 0,
        }
    }

    async fn accepts(&mut self, token: &str, now: i64) -> bool {
        if now >= self.stale_at {
            self.fetch(now).await;
        }
        let end = &token[token.len() - 40..];
        if self.held.contains(end) {
            return true;
        }
        let holds = self.holds(token);
        if holds {
            self.held.insert(end.to_owned());
        }
        holds
    }

    fn holds(&self, token: &str) -> bool {
        let header = jsonwebtoken::decode_header(token).unwrap();
        let Some(jwk) = self.keys.find(&header.kid.unwrap()) else {
            return false;
        };
        let mut validation = Validation::new(jwk.common.key_algorithm.unwrap().to_string().parse().unwrap());
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(jwk).unwrap(), &validation).is_ok()
    }

    async fn fetch(&mut self, now: i64) {
        let request = client().get(&self.url).header("If-None-Match", &self.tag);
        let answer = request.send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let max_age = header("cache-control").replace("public, max-age=", "");
        self.stale_at = now + max_age.parse::<i64>().unwrap();
        self.tag = header("etag");
        self.fetched += 1;
        if answer.status().as_u16() == 304 {
            self.unchanged += 1;
        } else {
            self.keys = answer.json().await.unwrap();
            self.held.clear();
        }
    }
}

/// Somebody who is signed in and gets a new access token again and again.
struct Family {
    client_id: String,
    refresh_token: String,
}

impl Family {
    async fn begin(issuer: &TestIssuer) -> Self {
        let (client_id, tokens) = issuer.signed_in().await;
        let refresh_token = text(&tokens, "refresh_token").to_owned();
        Self {
            client_id,
            refresh_token,
        }
    }

    async fn token(&mut self, issuer: &TestIssuer) -> String {
        let (status, tokens) = issuer.refresh(&self.client_id, &self.refresh_token).await;
        assert_eq!(status, 200, "{tokens}");
        text(&tokens, "refresh_token").clone_into(&mut self.refresh_token);
        text(&tokens, "access_token").to_owned()
    }
}

/// threats.md B20: 20 rotations, an hour apart, two replicas that see new files late, four people, three verifiers.
#[actix_web::test]
async fn no_valid_token_is_refused_during_twenty_rotations_under_load() {
    twenty_rotations(0).await;
}

/// So many requests a second come besides, with any token that lives, to all verifiers together.
#[expect(clippy::indexing_slicing, reason = "a test")]
pub async fn twenty_rotations(requests: i64) {
    let settings = [
        ("ISSUER_KEY_ROTATION_DAYS", "0"),
        ("ISSUER_ACCESS_TOKEN_SECONDS", "86400"),
        ("ISSUER_PUBLIC_URL", "https://id.example.com"),
    ];
    let one = TestIssuer::with(TestDatabase::of_this_run(), &settings).await;
    let other = one.twin().await;
    let replicas = [&one, &other];
    let mut people = join_all((0..4).map(|_| Family::begin(&one))).await;
    let mut verifiers = [Verifier::new(&one), Verifier::new(&other), Verifier::new(&other)];
    let (mut living, mut signed_by) = (VecDeque::new(), BTreeSet::new());
    let step = 2 * LOOK_SECONDS;
    for at in 0..21 * HOUR / step {
        one.advance(step);
        let now = one.clock.now();
        let (algorithm, folder) = (SigningAlgorithm::ES256, one.keys_dir());
        keys::make_next(&folder, algorithm, HOUR, now).unwrap();
        // Each replica looks at every other step only, so that the other one knows new keys before it.
        replicas[usize::try_from(at % 2).unwrap()]
            .app
            .keys
            .signing
            .look()
            .unwrap();

        let half = people.iter_mut().enumerate().skip(usize::try_from(at % 2).unwrap() * 2);
        let tokens = half.take(2).map(|(n, person)| person.token(replicas[n % 2]));
        for token in join_all(tokens).await {
            signed_by.insert(jsonwebtoken::decode_header(&token).unwrap().kid);
            living.push_back((token, now + DAY));
        }
        while living.front().is_some_and(|(_, ends_at)| *ends_at <= now) {
            living.pop_front();
        }
        for request in 0..usize::try_from(requests * step).unwrap() {
            let (token, _) = &living[request * 7919 % living.len()];
            let verifier = &mut verifiers[request % 3];
            assert!(verifier.accepts(token, now).await, "step {at} of {step} seconds");
        }
        let sample = living.iter().take(2).chain(living.iter().rev().take(4));
        for (token, _) in sample.chain(living.iter().step_by(331)) {
            for verifier in &mut verifiers {
                assert!(verifier.accepts(token, now).await, "step {at} of {step} seconds");
            }
        }
    }
    println!(
        "{} keys signed; {} requests besides, none refused",
        signed_by.len(),
        requests * 21 * HOUR
    );
    assert!(signed_by.len() >= 20);
    for verifier in &verifiers {
        assert!(verifier.unchanged > verifier.fetched / 2, "most answers are 304");
    }
    one.advance(KEEP_SECONDS + 2 * HOUR);
    assert_eq!(
        one.app.keys.signing.jwks().keys.len(),
        1,
        "who is retired is gone on time"
    );
}

#[actix_web::test]
async fn the_running_issuer_rotates_by_itself_and_a_restart_changes_nothing() {
    let issuer = TestIssuer::start().await;
    let mut watch = Watch::default();
    let first = issuer.app.keys.signing.kid();
    let published = |issuer: &TestIssuer| issuer.app.keys.signing.jwks().keys.len();
    issuer.advance(90 * DAY - LEAD_SECONDS - 1);
    watch.look(&issuer.app).await;
    assert_eq!(published(&issuer), 1);

    issuer.advance(1);
    watch.look(&issuer.app).await;
    assert_eq!((published(&issuer), issuer.app.keys.signing.kid()), (2, first.clone()));
    let issuer = issuer.restart().await;
    assert_eq!((published(&issuer), issuer.app.keys.signing.kid()), (2, first.clone()));

    issuer.advance(LEAD_SECONDS);
    let second = issuer.app.keys.signing.kid();
    assert_ne!(second, first, "nobody has to look for the key to sign");
    Watch::default().look(&issuer.app).await;
    let issuer = issuer.restart().await;
    assert_eq!((published(&issuer), issuer.app.keys.signing.kid()), (2, second.clone()));

    issuer.advance(KEEP_SECONDS - 1);
    assert_eq!(published(&issuer), 2);
    issuer.advance(1);
    let set = issuer.app.keys.signing.jwks();
    assert!(set.find(&first).is_none() && set.find(&second).is_some());
}

#[actix_web::test]
async fn what_happens_to_keys_is_in_the_audit_log_once_however_many_replicas_see_it() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let twin = issuer.twin().await;
        let (mut one, mut other) = (Watch::default(), Watch::default());
        for advance in [0, 90 * DAY - LEAD_SECONDS, LEAD_SECONDS, KEEP_SECONDS] {
            issuer.advance(advance);
            one.look(&issuer.app).await;
            other.look(&twin.app).await;
        }
        for (kind, times) in [("key_published", 1), ("key_signing", 2), ("key_retired", 1)] {
            let sql = "SELECT CAST(COUNT(*) AS TEXT) FROM audit_events WHERE kind = $1";
            let found = issuer.database.text(sql, &[kind]).await;
            assert_eq!(found, times.to_string(), "{kind}");
        }
    }
}

#[actix_web::test]
async fn a_key_that_others_put_there_signs_after_it_was_seen_and_a_damaged_file_changes_nothing() {
    let issuer = TestIssuer::start().await;
    let mut watch = Watch::default();
    let first = issuer.app.keys.signing.kid();
    let damaged = issuer.keys_dir().join("by-hand.pem");
    std::fs::write(&damaged, "nonsense").unwrap();
    watch.look(&issuer.app).await;
    assert_eq!(issuer.app.keys.signing.kid(), first);

    std::fs::remove_file(damaged).unwrap();
    let now = issuer.clock.now();
    keys::bring_forward(&issuer.keys_dir(), SigningAlgorithm::EdDSA, now + 5, now).unwrap();
    watch.look(&issuer.app).await;
    let states = issuer.app.keys.signing.list().into_iter().map(|key| key.state);
    assert_eq!(states.collect::<Vec<_>>(), [KeyState::Signing, KeyState::Published]);
    issuer.advance(5);
    assert_ne!(issuer.app.keys.signing.kid(), first);
}

#[actix_web::test]
async fn a_rotation_that_is_switched_off_makes_no_key() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[("ISSUER_KEY_ROTATION_DAYS", "0")]).await;
    issuer.advance(4000 * DAY);
    Watch::default().look(&issuer.app).await;
    assert_eq!(issuer.app.keys.signing.list().len(), 1);
}
