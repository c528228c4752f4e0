//! What may happen once, by requests at the same moment.

use futures_util::future::{join, join_all};

use super::{Device, headless, offering};
use crate::support::database::TestDatabase;
use crate::support::{error, text};

const AT_ONCE: usize = 20;
const ROUNDS: usize = 5;

#[actix_web::test]
async fn of_20_polls_at_once_after_allow_exactly_one_gets_tokens() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let twin = issuer.twin().await;
        let client_id = headless(&issuer, "Tool").await;
        let mut alex = issuer.signed_in_person("alex").await;
        for _ in 0..ROUNDS {
            let device = Device::begin(&issuer, &client_id, &[]).await;
            alex.allow_device(&device).await;
            let both = (0..AT_ONCE).map(|n| device.poll(if n % 2 == 0 { &issuer } else { &twin }));
            let answers = join_all(both).await;
            let won: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
            assert_eq!(won.len(), 1, "{answers:?}");
            let refused = answers.iter().filter(|(_, body)| body["error"] == "invalid_grant");
            assert_eq!(refused.count(), AT_ONCE - 1, "{answers:?}");
            let refreshed = issuer.refresh(&client_id, text(&won[0].1, "refresh_token")).await;
            assert_eq!(error(&refreshed), (400, "invalid_grant"), "the others revoked it");
        }
        twin.stop().await;
    }
}

#[actix_web::test]
async fn of_allow_and_deny_at_once_one_counts_and_the_program_hears_that_one() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let client_id = headless(&issuer, "Tool").await;
        let mut alex = issuer.signed_in_person("alex").await;
        for _ in 0..ROUNDS {
            let device = Device::begin(&issuer, &client_id, &[]).await;
            let page = alex.type_code(&device.user_code).await;
            let (mut one, mut other) = (alex.clone(), alex.clone());
            let (one, other) = join(one.decide_device(&page, "allow"), other.decide_device(&page, "deny")).await;
            assert_eq!(one.text, other.text, "both pages say what was decided");
            let answer = device.poll(&issuer).await;
            if one.text.contains("You allowed") {
                assert_eq!(answer.0, 200, "{answer:?}");
            } else {
                assert_eq!(error(&answer), (400, "access_denied"));
            }
            let told = "SELECT COUNT(*) FROM audit_events WHERE kind IN ('consent_given', 'consent_denied')";
            let requests = "SELECT COUNT(*) FROM device_authorizations";
            assert_eq!(
                issuer.database.count(told).await,
                issuer.database.count(requests).await,
                "one entry each"
            );
        }
    }
}
