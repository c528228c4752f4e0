//! The SQL against the model: long random runs on a SQLite file and on PostgreSQL, with restarts.

use issuer::hash::SecretHash;
use issuer::pkce::CodeChallenge;
use issuer::store::Store;
use issuer::store::authorization_codes::{AuthorizationCode, GrantSpans, Redeemed, Redemption};
use issuer::store::clients::ClientState;
use issuer::store::grants::{GrantId, Presented, Refreshed, Spans};
use issuer::store::wanted::Wanted;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use shared::audience::Audience;
use shared::scope::Scope;

use super::model::{ABSOLUTE, Family, IDLE, Step, WINDOW};
use crate::support::RESOURCE;
use crate::support::database::TestDatabase;

const BEGIN: i64 = 1_000_000;

fn spans(family: &Family) -> Spans {
    let (window, idle) = (WINDOW, family.idle);
    Spans { window, idle }
}

#[derive(Clone, Copy, Debug)]
enum Move {
    /// Presents the token this many before the current one; negative is one that was never given out.
    Present(i64),
    /// Another client presents the current token.
    ForeignClient,
    /// The current token comes with another resource.
    OtherResource,
    /// Time passes, or goes back.
    Wait(i64),
    /// The program ends and starts again.
    Restart,
    /// The settings have another idle end from now on.
    Idle(i64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => Just(Move::Present(0)),
        6 => Just(Move::Present(1)),
        1 => (-2..4_i64).prop_map(Move::Present),
        1 => Just(Move::ForeignClient),
        1 => Just(Move::OtherResource),
        4 => (0..=WINDOW).prop_map(Move::Wait),
        2 => prop_oneof![Just(WINDOW - 1), Just(WINDOW), Just(WINDOW + 1), Just(-5)].prop_map(Move::Wait),
        1 => (IDLE / 2..IDLE + 2).prop_map(Move::Wait),
        1 => Just(Move::Restart),
        1 => prop_oneof![Just(IDLE), Just(IDLE / 10)].prop_map(Move::Idle),
    ];
    proptest::collection::vec(one, 1..40)
}

#[test]
fn the_sql_does_what_the_model_does() {
    let system = actix_web::rt::System::new();
    for database in TestDatabase::each() {
        system.block_on(database.open());
        system.block_on(database.execute(
            "INSERT INTO users (user_id, name, name_key, password_hash, created_at) VALUES ('u', 'u', 'u', '', 0)",
            &[],
        ));
        let mut runner = TestRunner::new(Config {
            cases: 48,
            failure_persistence: None,
            ..Config::default()
        });
        let run = |moves: Vec<Move>| system.block_on(compare(&database, &moves));
        runner.run(&moves(), run).unwrap_or_else(|error| panic!("{error}"));
    }
}

async fn compare(database: &TestDatabase, moves: &[Move]) -> Result<(), TestCaseError> {
    let mut store = database.open().await;
    let grant_id = begin_family(&store).await;
    let mut model = Family::begun(BEGIN);
    let mut now = BEGIN;
    let mut noted = 0;
    let own = Audience::one(RESOURCE);
    for (n, &made) in moves.iter().enumerate() {
        // What clients name and what they leave out goes different ways in the storage.
        let wanted = if n % 2 == 0 {
            Wanted::These(&own)
        } else {
            Wanted::Own(&own)
        };
        let presented = |counter, client_id, resource| Presented {
            grant_id,
            counter,
            client: ClientState::any(client_id),
            resource,
            dpop_jkt: None,
        };
        match made {
            Move::Wait(seconds) => now += seconds,
            Move::Idle(idle) => model.idle = idle,
            Move::Restart => {
                store.close().await;
                store = database.open().await;
            }
            Move::ForeignClient => {
                let answer = store
                    .refresh(presented(model.current, "thief", wanted), spans(&model), now)
                    .await;
                prop_assert_eq!(answer.unwrap(), Refreshed::Refused);
            }
            Move::OtherResource => {
                let answer = store
                    .refresh(
                        presented(model.current, "c", Wanted::These(&Audience::one("https://other/"))),
                        spans(&model),
                        now,
                    )
                    .await
                    .unwrap();
                let lives = model.clone().present(model.current, now).0 != Step::Refused;
                let expected = if lives {
                    Refreshed::OtherResource
                } else {
                    Refreshed::Refused
                };
                prop_assert_eq!(answer, expected);
            }
            Move::Present(back) => {
                let counter = model.current - back;
                let (step, given) = model.present(counter, now);
                let answer = store
                    .refresh(presented(counter, "c", wanted), spans(&model), now)
                    .await
                    .unwrap();
                let got = match answer {
                    Refreshed::Successor(_, counter) => Some(counter),
                    _ => None,
                };
                prop_assert_eq!(got, given, "{:?}", step);
                noted += usize::from(matches!(step, Step::Recovered | Step::Reused));
            }
        }
        let lives = model.clone().present(model.current, now).0 != Step::Refused;
        prop_assert_eq!(store.user_of_grant(grant_id, now).await.unwrap().is_some(), lives);
    }
    let audit = store.audit_of_grant(&grant_id.to_string()).await.unwrap();
    let after_its_begin = audit.iter().filter(|entry| entry.kind != "grant_begun");
    prop_assert_eq!(after_its_begin.count(), noted);
    store.close().await;
    let row = database.text(ROW, &[&grant_id.to_string()]).await;
    prop_assert_eq!(row, as_row(&model));
    Ok(())
}

const ROW: &str = "SELECT current_counter || ' ' || from_counter || ' ' || rotated_at || ' ' || idle_ends_at || ' '
        || ends_at || ' ' || CASE WHEN revoked_at IS NULL THEN 'lives' ELSE 'revoked' END
     FROM grants WHERE grant_id = $1";

/// What the row of the family must say.
fn as_row(family: &Family) -> String {
    let Family {
        current,
        from,
        rotated_at,
        idle: _,
        idle_ends_at,
        ends_at,
        revoked,
    } = family;
    let state = if *revoked { "revoked" } else { "lives" };
    format!("{current} {from} {rotated_at} {idle_ends_at} {ends_at} {state}")
}

async fn begin_family(store: &Store) -> GrantId {
    let grant_id = GrantId::random().unwrap();
    let challenge = CodeChallenge::of(&"v".repeat(43)).unwrap();
    let code_hash = SecretHash::of(&grant_id.to_string());
    let code = AuthorizationCode {
        grant_id,
        client_id: "c".to_owned(),
        user_id: "u".to_owned(),
        redirect_uri: "http://localhost/callback".to_owned(),
        code_challenge: challenge.clone(),
        scope: Scope::parse("food:read").unwrap(),
        resource: Audience::one(RESOURCE),
        auth_time: BEGIN,
        nonce: None,
        dpop_jkt: None,
    };
    store.insert_code(&code_hash, &code, BEGIN + 60).await.unwrap();
    let redemption = Redemption {
        code_hash: &code_hash,
        client: ClientState::any("c"),
        code_challenge: &challenge,
        redirect_uri: None,
        resource: Wanted::Own(&Audience::one(RESOURCE)),
        client_name: None,
        dpop_jkt: None,
        binds_refresh_tokens: true,
    };
    let spans = GrantSpans {
        idle: IDLE,
        absolute: ABSOLUTE,
    };
    let redeemed = store.redeem_code(&redemption, spans, BEGIN).await.unwrap();
    assert!(matches!(redeemed, Redeemed::Now(..)), "{redeemed:?}");
    grant_id
}
