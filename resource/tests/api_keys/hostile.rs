//! Keys that are wrong in one thing, each refused for the right reason.

use reqwest::Method;
use resource::auth::api_key::key::NewKey;
use resource::auth::api_key::store::Added;

use super::{key, server, status, table};
use crate::http::tools_list;
use crate::support::{NOW, TestResource, eventually};

/// The status, and what a client reads about the reason.
async fn refused(server: &TestResource, headers: &[(&str, &str)]) -> (u16, String) {
    let mut all = vec![
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    all.extend(headers);
    let body = tools_list().to_string().into_bytes();
    let answer = server.send(Method::POST, &server.url, &all, body).await;
    if answer.status == 200 {
        return (200, String::new());
    }
    (
        answer.status,
        answer.json()["error_description"].as_str().unwrap().to_owned(),
    )
}

const DAMAGED: &str = "the API key is incomplete or mistyped";
const UNKNOWN: &str = "the API key is not valid";

#[actix_web::test]
async fn thirty_wrong_keys_are_refused_in_both_modes() {
    for mode in ["api_key", "both"] {
        let server = server(mode).await;
        let good = key(&server, "good", "food:read").await;
        let (head, tail) = good.split_at(good.len() / 2);
        let (stranger, other) = (NewKey::draw().unwrap().text, key(&server, "other", "food:read").await);
        let swapped = format!("{}{}", &good[..30], &other[30..]);
        let no_key = if mode == "both" {
            "the access token is not valid"
        } else {
            UNKNOWN
        };
        let damaged = [
            good[..good.len() - 1].to_owned(),
            good[..good.len() - 8].to_owned(),
            good[..20].to_owned(),
            "mcpkey_".to_owned(),
            format!("{good}0"),
            format!("{good}="),
            format!("{good}{good}"),
            format!("{good}.{good}"),
            good.to_uppercase(),
            good.replace("mcpkey_", "MCPKEY_"),
            good.replace("mcpkey_", "Mcpkey_"),
            good.replace("mcpkey_", "mcpkey-"),
            format!("{}{}", head, tail.to_uppercase()),
            good.replacen(&good[10..11], if &good[10..11] == "0" { "1" } else { "0" }, 1),
            format!("{tail}{head}"),
            swapped,
            format!("mcpkey_{}", "0".repeat(60)),
            good.chars().rev().collect(),
            good.trim_start_matches("mcpkey_").to_owned(),
            stranger,
        ];
        for (at, wrong) in damaged.iter().enumerate() {
            let (status, why) = refused(&server, &[("authorization", &format!("Bearer {wrong}"))]).await;
            let expected = match wrong {
                _ if at == 19 => UNKNOWN,
                key if key.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("mcpkey_")) => DAMAGED,
                _ => no_key,
            };
            assert_eq!((status, why.as_str()), (401, expected), "{mode}: {at}");
        }
        misplaced(&server, &good).await;
        assert_eq!(status(&server, &good).await, 200, "the right one still works");
    }
}

/// A good key that is not sent as it should be.
async fn misplaced(server: &TestResource, good: &str) {
    let bearer = format!("Bearer {good}");
    let cases: [(u16, Vec<(&str, String)>); 12] = [
        (
            400,
            vec![("authorization", bearer.clone()), ("authorization", bearer.clone())],
        ),
        (
            400,
            vec![
                ("authorization", "Basic YTpi".to_owned()),
                ("authorization", bearer.clone()),
            ],
        ),
        (400, vec![("authorization", format!("Bearer {good} {good}"))]),
        (400, vec![("authorization", format!("Bearer {good},"))]),
        (400, vec![("authorization", format!("Bearer \"{good}\""))]),
        (400, vec![("authorization", format!("Bearer \t{good}"))]),
        (401, vec![("authorization", good.to_owned())]),
        (401, vec![("authorization", format!("Bearer{good}"))]),
        (401, vec![("authorization", format!("Token {good}"))]),
        (401, vec![("authorization", format!("DPoP {good}"))]),
        (401, vec![("x-api-key", good.to_owned())]),
        (
            401,
            vec![
                ("cookie", format!("authorization={good}")),
                ("proxy-authorization", bearer.clone()),
            ],
        ),
    ];
    for (expected, headers) in &cases {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(
            refused(server, &headers).await.0,
            *expected,
            "{}",
            headers[0].1.replace(good, "KEY")
        );
    }
    let in_query = format!("{}?access_token={good}", server.url);
    assert_eq!(server.send(Method::POST, &in_query, &[], Vec::new()).await.status, 401);
}

#[actix_web::test]
async fn a_key_ends_with_its_date_and_with_its_revocation_within_seconds() {
    let server = server("api_key").await;
    let (short, revoked) = (
        key(&server, "short", "food:read").await,
        key(&server, "gone", "food:read").await,
    );
    assert!(table(&server).await.revoke("gone", NOW).await.unwrap());
    eventually("it is refused", async || status(&server, &revoked).await == 401).await;
    let why = refused(&server, &[("authorization", &format!("Bearer {revoked}"))])
        .await
        .1;
    assert_eq!(why, "the API key was revoked");
    assert_eq!(status(&server, &short).await, 200);
    server.clock.advance(3599);
    assert_eq!(status(&server, &short).await, 200);
    server.clock.advance(1);
    let why = refused(&server, &[("authorization", &format!("Bearer {short}"))])
        .await
        .1;
    assert_eq!(why, "the API key has expired");
}

#[actix_web::test]
async fn a_row_that_somebody_else_wrote_opens_nothing() {
    let server = server("api_key").await;
    let table = table(&server).await;
    let mut key = NewKey::draw().unwrap();
    let good = std::mem::take(&mut key.digest);
    let added = Added {
        name: "planted",
        sub: "planted",
        scope: "food:read",
        expires_at: NOW + 60,
    };
    assert!(table.add(&key, added, NOW).await.unwrap());
    let other = super::key(&server, "later", "food:read").await;
    assert_eq!(status(&server, &other).await, 200, "the table was read since");
    assert_eq!(status(&server, &key.text).await, 401);
    assert_ne!(good, key.digest);
}
