//! Status lists: draft-ietf-oauth-status-list-18 sections 5.1, 6.2, 8 and 9.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use serde_json::Value;
use shared::status_list::{Reference, StatusList, StatusListClaims, TYP};

use crate::confidential::Confidential;
use crate::confidential::command_line::client;
use crate::support::database::TestDatabase;
use crate::support::{BEGIN, TestIssuer, text};

const DAY: i64 = 86_400;
const MOST: usize = 1 << 17;

/// Where the status of an access token stands.
pub fn reference(tokens: &Value) -> Reference {
    let claims = text(tokens, "access_token").split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    serde_json::from_value(claims.pointer("/status/status_list").unwrap().clone()).unwrap()
}

async fn list(issuer: &TestIssuer, uri: &str) -> StatusListClaims {
    let path = uri.strip_prefix(issuer.app.config.issuer.as_str()).unwrap();
    let answer = issuer.request("GET", path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/statuslist+jwt");
    let token = answer.text().await.unwrap();
    issuer.app.keys.signing.verify(TYP, &token).unwrap()
}

/// What a resource server sees a second from now.
pub async fn status(issuer: &TestIssuer, of: &Reference) -> u8 {
    issuer.advance(1);
    let claims = list(issuer, &of.uri).await;
    assert_eq!(claims.sub, of.uri);
    let list = StatusList::decode(&claims.status_list, MOST).unwrap();
    list.status(of.idx).unwrap()
}

#[actix_web::test]
async fn a_token_of_a_revoked_grant_is_seen_in_the_list_and_others_are_not() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        let (_, others) = issuer.signed_in().await;
        let (revoked, other) = (reference(&tokens), reference(&others));
        assert_eq!((status(&issuer, &revoked).await, status(&issuer, &other).await), (0, 0));
        let form = [("token", text(&tokens, "access_token")), ("client_id", &client_id)];
        issuer
            .request("POST", "/oauth/revoke")
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!((status(&issuer, &revoked).await, status(&issuer, &other).await), (1, 0));
        let again = issuer.restart().await;
        again.advance(1);
        let claims = list(&again, &format!("{}/oauth/status-lists/0", again.app.config.issuer)).await;
        let list = StatusList::decode(&claims.status_list, MOST).unwrap();
        assert_eq!((list.status(revoked.idx), list.status(other.idx)), (Some(1), Some(0)));
    }
}

#[actix_web::test]
async fn all_tokens_of_a_grant_refer_to_one_entry_and_stay_small() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        let (_, next) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(reference(&next), reference(&tokens));
        assert!(text(&next, "access_token").len() < 1500);
    }
}

#[actix_web::test]
async fn reuse_of_a_refresh_token_and_the_end_of_an_account_are_seen_too() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, first) = issuer.signed_in().await;
        let mut tokens = first.clone();
        for _ in 0..2 {
            tokens = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.1;
        }
        assert_eq!(status(&issuer, &reference(&first)).await, 0);
        assert_eq!(issuer.refresh(&client_id, text(&first, "refresh_token")).await.0, 400);
        assert_eq!(status(&issuer, &reference(&first)).await, 1);

        let (_, tokens) = issuer.signed_in().await;
        assert_eq!(status(&issuer, &reference(&tokens)).await, 0);
        issuer.database.execute("DELETE FROM users", &[]).await;
        assert_eq!(status(&issuer, &reference(&tokens)).await, 1);
    }
}

#[actix_web::test]
async fn a_service_gives_one_token_back_and_the_list_shows_that_one() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let service = Confidential::of(&client(&issuer, &["add", "Nightly", "--scope", "food:read"]));
        let token = async || {
            let form = [("grant_type", "client_credentials")];
            service.post(&issuer, "/oauth/token", &form).await.1
        };
        let (one, two) = (token().await, token().await);
        let (of_one, of_two) = (reference(&one), reference(&two));
        assert_ne!(of_one, of_two);
        for _ in 0..2 {
            let form = [("token", text(&one, "access_token"))];
            let request = issuer.request("POST", "/oauth/revoke").form(&form);
            let request = request.basic_auth(&service.client_id, Some(&service.secret));
            assert_eq!(request.send().await.unwrap().status(), 200);
        }
        assert_eq!((status(&issuer, &of_one).await, status(&issuer, &of_two).await), (1, 0));
        let free = async || issuer.app.store.free_status_entries(issuer.clock.now()).await.unwrap();
        issuer.advance(4100);
        assert_eq!(
            (free().await, status(&issuer, &of_one).await),
            (0, 1),
            "not while a clock may be late"
        );
        issuer.advance(2 * DAY);
        while free().await > 0 {}
        assert_eq!(status(&issuer, &of_one).await, 0, "shown as valid");
        issuer.advance(2 * DAY);
        while free().await > 0 {}
        assert_eq!(issuer.database.count("SELECT COUNT(*) FROM status_entries").await, 0);
    }
}

#[actix_web::test]
async fn a_list_is_signed_again_only_when_it_changed_or_its_end_is_near() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let get = async || {
            let answer = issuer.request("GET", "/oauth/status-lists/0").send().await.unwrap();
            assert_eq!(answer.headers()["access-control-allow-origin"], "*");
            assert_eq!(answer.headers()["cache-control"], "public, max-age=5");
            answer.headers()["etag"].to_str().unwrap().to_owned()
        };
        let tag = get().await;
        issuer.advance(299);
        issuer.signed_in().await;
        assert_eq!(get().await, tag, "a new grant changes nothing");
        for known in [&tag, "*"] {
            let request = issuer.request("GET", "/oauth/status-lists/0");
            let answer = request.header("if-none-match", known).send().await.unwrap();
            assert_eq!(answer.status(), 304, "{known}");
        }
        issuer.advance(1);
        assert_ne!(get().await, tag, "half of its life is over");
        let claims = list(&issuer, &format!("{}/oauth/status-lists/0", issuer.app.config.issuer)).await;
        assert_eq!(
            (claims.iat, claims.exp, claims.ttl),
            (BEGIN + 300, Some(BEGIN + 900), Some(5))
        );
    }
}

#[actix_web::test]
async fn the_lists_are_named_and_others_are_not_there() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let answer = issuer
            .request("GET", "/.well-known/oauth-authorization-server")
            .send()
            .await
            .unwrap();
        let metadata: Value = answer.json().await.unwrap();
        let endpoint = metadata["status_list_aggregation_endpoint"].as_str().unwrap();
        assert_eq!(endpoint, format!("{}/oauth/status-lists", issuer.url));
        let answer = issuer.request("GET", "/oauth/status-lists").send().await.unwrap();
        let named: Value = answer.json().await.unwrap();
        assert_eq!(named["status_lists"], serde_json::json!([format!("{endpoint}/0")]));
        for path in ["2", "00", "-1", "+1", "a", "0/0", "99999999999999999999"] {
            let answer = issuer
                .request("GET", &format!("/oauth/status-lists/{path}"))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 404, "{path}");
        }
    }
}

#[actix_web::test]
async fn two_issuers_hand_out_no_entry_twice_even_when_a_list_is_nearly_full() {
    for database in TestDatabase::each() {
        let one = TestIssuer::with(database, &[]).await;
        // Every entry whose number is not a multiple of 64 is taken.
        let fill = "INSERT INTO status_entries (list_id, idx, free_at)
             WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1048575)
             SELECT 0, i, 9999999999 FROM n WHERE i % 64 <> 0";
        one.database.execute(fill, &[]).await;
        let two = one.twin().await;
        let client_id = one.client().await;
        two.remember(&client_id).await;
        let mut codes = Vec::new();
        for _ in 0..60 {
            codes.push(one.code(&client_id).await);
        }
        let both = codes.iter().enumerate();
        let answers = join_all(both.map(|(n, code)| {
            if n % 2 == 0 {
                one.exchange(code)
            } else {
                two.exchange(code)
            }
        }))
        .await;
        let taken: HashSet<_> = answers
            .iter()
            .map(|(_, tokens)| reference(tokens))
            .map(|r| (r.uri.chars().last(), r.idx))
            .collect();
        assert_eq!(taken.len(), 60);
        let lists: HashSet<_> = taken.iter().map(|(list, _)| *list).collect();
        assert!(lists.contains(&Some('1')), "{lists:?}");
    }
}

#[actix_web::test]
async fn an_entry_is_free_again_a_day_after_it_was_shown_as_valid() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        let entry = reference(&tokens);
        let form = [("token", text(&tokens, "refresh_token")), ("client_id", &client_id)];
        issuer
            .request("POST", "/oauth/revoke")
            .form(&form)
            .send()
            .await
            .unwrap();
        let entries = "SELECT COUNT(*) FROM status_entries";
        let free = async || issuer.app.store.free_status_entries(issuer.clock.now()).await.unwrap();
        issuer.advance(90 * DAY + 600);
        assert_eq!(
            (free().await, status(&issuer, &entry).await),
            (0, 1),
            "its grant ends now, on a clock that is late"
        );
        issuer.advance(1);
        assert_eq!((free().await, status(&issuer, &entry).await), (1, 0), "shown as valid");
        issuer.advance(DAY - 2);
        assert_eq!(
            (free().await, issuer.database.count(entries).await),
            (0, 1),
            "and rests"
        );
        issuer.advance(2);
        assert_eq!((free().await, issuer.database.count(entries).await), (1, 0));
    }
}

/// The program of a release is meant by the bound; one for tests is slower.
#[actix_web::test]
async fn a_million_entries_of_which_ten_thousand_are_revoked() {
    assert!(a_million_entries().await < 10 * MEMORY);
}

/// How long the list of so many takes from memory, when all it says was seen to be right.
pub async fn a_million_entries() -> Duration {
    let issuer = TestIssuer::with(TestDatabase::sqlite(), &[]).await;
    let fill = "INSERT INTO status_entries (list_id, idx, free_at, revoked, revision)
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1048575)
         SELECT 0, i, 9999999999, i * i % 1048583 % 100 = 0, i * i % 1048583 % 100 = 0 FROM n";
    issuer.database.execute(fill, &[]).await;
    issuer
        .database
        .execute("UPDATE status_revision SET revision = 1", &[])
        .await;
    issuer.advance(1);
    let begun = Instant::now();
    let answer = issuer.request("GET", "/oauth/status-lists/0").send().await.unwrap();
    let bytes = answer.text().await.unwrap().len();
    println!("read, compressed and signed: {bytes} bytes in {:?}", begun.elapsed());
    let from_memory = from_memory(&issuer).await;
    println!("from memory, without the sockets: {from_memory:?}");
    let claims = list(&issuer, &format!("{}/oauth/status-lists/0", issuer.app.config.issuer)).await;
    let list = StatusList::decode(&claims.status_list, MOST).unwrap();
    let revoked = (0..1 << 20).filter(|idx| list.status(*idx) == Some(1)).count();
    assert_eq!(
        revoked,
        (0..1_u64 << 20).filter(|i| i * i % 1_048_583 % 100 == 0).count()
    );

    // One more is revoked: that is all that is read.
    let one = "UPDATE status_entries SET revoked = 1, revision = 2 WHERE list_id = 0 AND idx = 3";
    issuer.database.execute(one, &[]).await;
    let uri = format!("{}/oauth/status-lists/0", issuer.app.config.issuer);
    assert_eq!(list.status(3), Some(0));
    assert_eq!(status(&issuer, &Reference { idx: 3, uri }).await, 1);
    assert_eq!(issuer.app.store.status_changes(1).await.unwrap().len(), 1);
    from_memory
}

/// What an answer may take that is in memory.
pub const MEMORY: Duration = Duration::from_millis(1);

/// How long the list takes that is ready, in the middle of a few hundred times.
async fn from_memory(issuer: &TestIssuer) -> Duration {
    let routes = App::new()
        .app_data(issuer.app.clone())
        .app_data(issuer.app.config.protection.trusted_proxies.clone())
        .configure(|services| issuer::routes::configure(services, ""));
    let service = init_service(routes).await;
    let mut times = Vec::new();
    for _ in 0..301 {
        let request = TestRequest::get().uri("/oauth/status-lists/0").to_request();
        let begun = Instant::now();
        let answer = call_service(&service, request).await;
        assert_eq!(answer.status(), 200);
        times.push(begun.elapsed());
    }
    times.sort();
    *times.get(times.len() / 2).unwrap()
}
