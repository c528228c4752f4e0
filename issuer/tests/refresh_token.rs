//! The refresh token grant: RFC 6749 section 6, OAuth 2.1 section 4.3, `docs/decisions/0002-refresh-rotation.md`.

use crate::support::database::TestDatabase;
use crate::support::{OTHER_RESOURCE, RESOURCE, TestIssuer, error, refresh_form, text};

const DAY: i64 = 86_400;

#[actix_web::test]
async fn a_refresh_token_gives_new_tokens_again_and_again() {
    let issuer = TestIssuer::start().await;
    let (client_id, mut tokens) = issuer.signed_in().await;
    for _ in 0..20 {
        issuer.advance(3600);
        let (status, next) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(status, 200, "{next}");
        assert_ne!(next["refresh_token"], tokens["refresh_token"]);
        assert_ne!(next["access_token"], tokens["access_token"]);
        assert_eq!(
            (&next["expires_in"], &next["scope"]),
            (&tokens["expires_in"], &tokens["scope"])
        );
        tokens = next;
    }
}

#[actix_web::test]
async fn a_client_that_refreshes_is_noted_as_in_use_once_a_day() {
    let issuer = TestIssuer::start().await;
    let (client_id, mut tokens) = issuer.signed_in().await;
    let begin = issuer.clock.now();
    for (wait, noted) in [(DAY - 1, 0), (1, DAY), (3600, DAY), (DAY, 2 * DAY + 3600)] {
        issuer.advance(wait);
        tokens = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.1;
        let client = issuer.app.store.find_client(&client_id).await.unwrap().unwrap();
        assert_eq!(client.last_used_at, begin + noted);
    }
}

#[actix_web::test]
async fn inside_the_window_the_same_successor_is_given_out_again() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let first = text(&tokens, "refresh_token");
    let (_, one) = issuer.refresh(&client_id, first).await;
    issuer.advance(29);
    let (status, two) = issuer.refresh(&client_id, first).await;
    assert_eq!((status, &two["refresh_token"]), (200, &one["refresh_token"]));
    assert_eq!(issuer.refresh(&client_id, text(&two, "refresh_token")).await.0, 200);
}

#[actix_web::test]
async fn a_lost_answer_is_recovered_later_and_the_unused_successor_is_dead() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let code = issuer.code(&client_id).await;
    let (_, tokens) = issuer.exchange(&code).await;
    let first = text(&tokens, "refresh_token");
    let (_, lost) = issuer.refresh(&client_id, first).await;
    issuer.advance(4 * DAY);
    let (status, found) = issuer.refresh(&client_id, first).await;
    assert_eq!(status, 200);
    assert_ne!(found["refresh_token"], lost["refresh_token"]);
    assert_eq!(issuer.audit(code.grant_id).await, ["refresh_recovery"]);
    issuer.advance(1);
    let dead = issuer.refresh(&client_id, text(&lost, "refresh_token")).await;
    assert_eq!(error(&dead), (400, "invalid_grant"));
    let revoked = issuer.refresh(&client_id, text(&found, "refresh_token")).await;
    assert_eq!(error(&revoked), (400, "invalid_grant"));
    assert_eq!(issuer.audit(code.grant_id).await, ["refresh_recovery", "refresh_reuse"]);
}

#[actix_web::test]
async fn an_old_token_revokes_the_family_and_no_window_and_no_restart_brings_it_back() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let first = text(&tokens, "refresh_token");
    let (_, second) = issuer.refresh(&client_id, first).await;
    let (_, third) = issuer.refresh(&client_id, text(&second, "refresh_token")).await;
    assert_eq!(error(&issuer.refresh(&client_id, first).await), (400, "invalid_grant"));
    let issuer = issuer.restart().await;
    for token in [&tokens, &second, &third] {
        let answer = issuer.refresh(&client_id, text(token, "refresh_token")).await;
        assert_eq!(error(&answer), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn another_clients_token_is_refused_and_revokes_nothing() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let thief = issuer.client().await;
    let token = text(&tokens, "refresh_token");
    assert_eq!(error(&issuer.refresh(&thief, token).await), (400, "invalid_grant"));
    assert_eq!(issuer.refresh(&client_id, token).await.0, 200);
    assert_eq!(error(&issuer.refresh(&thief, token).await), (400, "invalid_grant"));
}

#[actix_web::test]
async fn a_cut_or_changed_token_is_refused_and_revokes_nothing() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let token = text(&tokens, "refresh_token");
    for at in [0, 4, 20, 30, 40, token.len() - 1] {
        let mut changed = token.to_owned().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        for bad in [&token[..at.max(1)], std::str::from_utf8(&changed).unwrap()] {
            assert_eq!(
                error(&issuer.refresh(&client_id, bad).await),
                (400, "invalid_grant"),
                "{at}"
            );
        }
    }
    assert_eq!(issuer.refresh(&client_id, token).await.0, 200);
}

#[actix_web::test]
async fn a_family_ends_when_it_is_not_used_for_30_days() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    issuer.advance(30 * DAY - 1);
    let (status, tokens) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(status, 200);
    issuer.advance(30 * DAY);
    let answer = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(error(&answer), (400, "invalid_grant"));
}

#[actix_web::test]
async fn a_family_ends_after_90_days_and_its_access_tokens_with_it() {
    let issuer = TestIssuer::start().await;
    let (client_id, mut tokens) = issuer.signed_in().await;
    for _ in 0..3 {
        issuer.advance(30 * DAY - 20);
        let (status, next) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(status, 200, "{next}");
        tokens = next;
    }
    assert_eq!(tokens["expires_in"], 60);
    issuer.advance(60);
    let answer = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(error(&answer), (400, "invalid_grant"));
}

#[actix_web::test]
async fn scope_narrows_the_access_token_and_never_the_family() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let mut token = text(&tokens, "refresh_token").to_owned();
    for (asked, expected) in [
        ("food:read", "food:read"),
        ("food:read food:write", "food:read food:write"),
        ("food:write email mcp:tools", "food:write"),
        ("mcp:tools", "food:read food:write"),
        ("", "food:read food:write"),
    ] {
        let mut form = refresh_form(&client_id, &token);
        form.push(("scope", asked));
        let (status, next) = issuer.post_token(&form).await;
        assert_eq!((status, text(&next, "scope")), (200, expected), "{asked}");
        token = text(&next, "refresh_token").to_owned();
    }
    let mut form = refresh_form(&client_id, &token);
    form.push(("scope", "food:read\""));
    assert_eq!(error(&issuer.post_token(&form).await), (400, "invalid_scope"));
    assert_eq!(issuer.refresh(&client_id, &token).await.0, 200);
}

#[actix_web::test]
async fn resource_may_be_spelled_tolerantly_and_must_be_the_grants() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let mut token = text(&tokens, "refresh_token").to_owned();
    for asked in [RESOURCE, "http://localhost:8081/mcp/", "http://localhost:8081/"] {
        let mut form = refresh_form(&client_id, &token);
        form.push(("resource", asked));
        let (status, next) = issuer.post_token(&form).await;
        assert_eq!(status, 200, "{asked}: {next}");
        token = text(&next, "refresh_token").to_owned();
    }
    for other in [
        &[OTHER_RESOURCE][..],
        &["http://elsewhere/"],
        &[RESOURCE, OTHER_RESOURCE],
    ] {
        let mut form = refresh_form(&client_id, &token);
        form.extend(other.iter().map(|other| ("resource", *other)));
        assert_eq!(
            error(&issuer.post_token(&form).await),
            (400, "invalid_target"),
            "{other:?}"
        );
    }
    assert_eq!(issuer.refresh(&client_id, &token).await.0, 200);
}

#[actix_web::test]
async fn asking_for_another_resource_does_not_save_a_dead_token() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let first = text(&tokens, "refresh_token");
    let (_, second) = issuer.refresh(&client_id, first).await;
    let (_, third) = issuer.refresh(&client_id, text(&second, "refresh_token")).await;
    let mut form = refresh_form(&client_id, first);
    form.push(("resource", OTHER_RESOURCE));
    assert_eq!(error(&issuer.post_token(&form).await), (400, "invalid_grant"));
    assert_eq!(issuer.refresh(&client_id, text(&third, "refresh_token")).await.0, 400);
}

#[actix_web::test]
async fn a_window_of_zero_gives_nothing_twice() {
    let settings = [("ISSUER_REFRESH_GRACE_SECONDS", "0")];
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &settings).await;
    let (client_id, tokens) = issuer.signed_in().await;
    let first = text(&tokens, "refresh_token");
    let (_, one) = issuer.refresh(&client_id, first).await;
    let (_, two) = issuer.refresh(&client_id, first).await;
    assert_ne!(one["refresh_token"], two["refresh_token"]);
    assert_eq!(issuer.refresh(&client_id, text(&one, "refresh_token")).await.0, 400);
}

#[actix_web::test]
async fn a_clock_that_jumps_signs_nobody_out() {
    let issuer = TestIssuer::start().await;
    let (client_id, mut tokens) = issuer.signed_in().await;
    for jump in [DAY, -DAY, 3600, -3600, -7 * DAY, 7 * DAY] {
        issuer.advance(jump);
        let first = text(&tokens, "refresh_token").to_owned();
        let (status, _) = issuer.refresh(&client_id, &first).await;
        assert_eq!(status, 200, "{jump}");
        let (status, next) = issuer.refresh(&client_id, &first).await;
        assert_eq!(status, 200, "{jump}, again");
        tokens = next;
    }
}
