//! What may be used once is used once among all of them: RFC 9449 section 11.1, RFC 7523 section 3.

use futures_util::future::join_all;
use serde_json::json;

use super::{Replicas, postgres};
use crate::confidential::assertion::registered;
use crate::dpop::ProofKey;
use crate::support::signer::TYPE;
use crate::support::{Answer, TestIssuer, error, refresh_form, text};

const AT_ONCE: usize = 12;

#[actix_web::test]
async fn a_proof_and_an_assertion_count_once_among_all_replicas() {
    let Some(database) = postgres() else { return };
    let issuer = TestIssuer::now(database).await;
    let (client_id, tokens) = issuer.signed_in().await;
    let signer = registered(&issuer).await;
    let issuer = issuer.stop().await;
    let replicas = Replicas::start(&issuer).await;
    let (url, now) = (&replicas.proxy.url, issuer.clock.now());

    let proof = json!({"jti": "once", "htm": "POST", "htu": format!("{url}/oauth/token"), "iat": now});
    let proof = ProofKey::new().proof(&proof);
    let form = refresh_form(&client_id, text(&tokens, "refresh_token"));
    let answers = at_all(&replicas, &form, &[("dpop", &proof)]).await;
    let good = |answer: &&Answer| answer.0 == 200;
    assert_eq!(answers.iter().filter(good).count(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| !good(answer)) {
        assert_eq!(error(answer), (400, "invalid_dpop_proof"));
    }

    let claims = json!({"iss": signer.client_id, "sub": signer.client_id, "aud": url, "exp": now + 300, "jti": "once"});
    let assertion = signer.sign(&json!({"alg": "ES256", "kid": "k1"}), &claims);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    let answers = at_all(&replicas, &form, &[]).await;
    // With a token that is none, the client gets past its authentication and not further.
    let passed = |answer: &&Answer| error(answer) == (400, "invalid_grant");
    assert_eq!(answers.iter().filter(passed).count(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| !passed(answer)) {
        assert_eq!(error(answer), (401, "invalid_client"));
    }
}

/// The same request many times at once; each replica had some of them.
async fn at_all(replicas: &Replicas, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Vec<Answer> {
    replicas.proxy.served();
    let answers = join_all((0..AT_ONCE).map(|_| replicas.post_token(form, headers))).await;
    let served = replicas.proxy.served();
    assert!((0..3).all(|issuer| served.contains(&issuer)), "{served:?}");
    answers.into_iter().map(Option::unwrap).collect()
}
