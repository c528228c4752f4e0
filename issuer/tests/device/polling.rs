//! What a program hears while it waits: RFC 8628 section 3.5.

use super::{Device, headless, offering};
use crate::support::database::TestDatabase;
use crate::support::error;

#[actix_web::test]
async fn who_asks_too_often_must_wait_longer_each_time_and_all_replicas_count_together() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let twin = issuer.twin().await;
        let client_id = headless(&issuer, "Tool").await;
        let device = Device::begin(&issuer, &client_id, &[]).await;
        assert_eq!(error(&device.poll(&issuer).await), (400, "authorization_pending"));
        // Five seconds apart may be four by a clock of whole ones.
        for seconds in [5, 4, 7] {
            issuer.advance(seconds);
            assert_eq!(
                error(&device.poll(&twin).await),
                (400, "authorization_pending"),
                "{seconds}"
            );
        }
        issuer.advance(3);
        assert_eq!(error(&device.poll(&issuer).await), (400, "slow_down"));
        let interval = "SELECT interval_seconds FROM device_authorizations";
        assert_eq!(issuer.database.count(interval).await, 10);
        issuer.advance(5);
        assert_eq!(
            error(&device.poll(&twin).await),
            (400, "slow_down"),
            "what was right at first"
        );
        assert_eq!(issuer.database.count(interval).await, 15);
        issuer.advance(15);
        assert_eq!(error(&device.poll(&issuer).await), (400, "authorization_pending"));
        assert_eq!(issuer.database.count(interval).await, 15);
        issuer.signed_in_person("alex").await.allow_device(&device).await;
        assert_eq!(device.poll(&twin).await.0, 200, "who may have tokens is not held up");
        twin.stop().await;
    }
}

#[actix_web::test]
async fn who_was_denied_hears_so_and_who_waited_too_long_too() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let client_id = headless(&issuer, "Tool").await;
        let mut alex = issuer.signed_in_person("alex").await;
        let denied = Device::begin(&issuer, &client_id, &[]).await;
        let page = alex.type_code(&denied.user_code).await;
        let done = alex.decide_device(&page, "deny").await;
        assert!(done.text.contains("You denied"), "{}", done.text);
        assert_eq!(error(&denied.poll(&issuer).await), (400, "access_denied"));
        assert_eq!(
            issuer
                .database
                .count("SELECT COUNT(*) FROM audit_events WHERE kind = 'consent_denied'")
                .await,
            1
        );

        let (late, allowed_late) = (
            Device::begin(&issuer, &client_id, &[]).await,
            Device::begin(&issuer, &client_id, &[]).await,
        );
        let page = alex.type_code(&late.user_code).await;
        alex.allow_device(&allowed_late).await;
        issuer.advance(600);
        let ended = alex.decide_device(&page, "allow").await;
        assert_eq!(ended.status, 410, "{}", ended.text);
        for device in [&late, &allowed_late] {
            assert_eq!(error(&device.poll(&issuer).await), (400, "expired_token"));
        }
        assert_eq!(alex.type_code(&late.user_code).await.status, 422);
        assert_eq!(issuer.database.count("SELECT COUNT(*) FROM grants").await, 0);
    }
}

#[actix_web::test]
async fn ended_requests_are_deleted_after_a_day() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let client_id = headless(&issuer, "Tool").await;
        let device = Device::begin(&issuer, &client_id, &[]).await;
        let rows = "SELECT COUNT(*) FROM device_authorizations";
        for (seconds, left) in [(600 + 86_400, 1), (1, 0)] {
            issuer.advance(seconds);
            let audit_seconds = 400 * 86_400;
            issuer.app.store.purge(issuer.clock.now(), audit_seconds).await.unwrap();
            assert_eq!(issuer.database.count(rows).await, left);
        }
        assert_eq!(error(&device.poll(&issuer).await), (400, "invalid_grant"));
    }
}
