//! Ended rows by the million go away while others write, and nobody waits long for it.

use std::cell::Cell;
use std::str::FromStr;
use std::time::{Duration, Instant};

use issuer::hash::SecretHash;
use issuer::store::Store;
use issuer::store::clients::ClientState;
use issuer::store::grants::{Counter, FIRST, GrantId, Presented, Refreshed, Spans};
use issuer::store::purge::LARGEST_BATCH;
use issuer::store::wanted::Wanted;
use shared::audience::Audience;
use shared::random;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use crate::support::database::TestDatabase;
use crate::support::{BEGIN, RESOURCE};

/// Longest that a write may wait for the purge.
const MOST: Duration = Duration::from_millis(50);
const DAY: i64 = 86_400;

/// A row of each table that is purged, ended long ago; `n` counts them.
const ROWS: &[(&str, &str)] = &[
    (
        "grants",
        "INSERT INTO grants (grant_id, user_id, client_id, scope, resource, auth_time, current_counter, from_counter,
             rotated_at, last_step, created_at, idle_ends_at, ends_at)
         SELECT lower(hex(randomblob(16))), 'u', 'c' || n % 1000, 'food:read', 'http://localhost:8081/mcp', 0, 1, 0, 0,
             'rotated', 0, n % 1000, n % 1000 FROM n",
    ),
    (
        "audit_events",
        "INSERT INTO audit_events (event_id, at, kind, user_id, detail)
         SELECT lower(hex(randomblob(16))), n % 1000, 'sign_in', 'u', 'in a browser' FROM n",
    ),
    (
        "authorization_codes",
        "INSERT INTO authorization_codes (code_hash, grant_id, user_id, client_id, redirect_uri, code_challenge, scope,
             resource, auth_time, expires_at)
         SELECT lower(hex(randomblob(32))), lower(hex(randomblob(16))), 'u', 'c', 'http://localhost/callback',
             lower(hex(randomblob(20))), 'food:read', 'http://localhost:8081/mcp', 0, n % 1000 FROM n",
    ),
    (
        "dpop_proofs",
        "INSERT INTO dpop_proofs (proof_hash, expires_at) SELECT lower(hex(randomblob(32))), n % 1000 FROM n",
    ),
    (
        "used_jtis",
        "INSERT INTO used_jtis (purpose, issuer, jti_hash, expires_at)
         SELECT 'client_assertion', 'c' || n % 1000, lower(hex(randomblob(32))), n % 1000 FROM n",
    ),
    (
        "authorization_requests",
        "INSERT INTO authorization_requests (handle_hash, browser_hash, request, created_at, expires_at)
         SELECT lower(hex(randomblob(32))), lower(hex(randomblob(32))), hex(zeroblob(300)), 0, n % 1000 FROM n",
    ),
    (
        "pushed_requests",
        "INSERT INTO pushed_requests (request_uri_hash, client_id, request, expires_at)
         SELECT lower(hex(randomblob(32))), 'c', hex(zeroblob(300)), n % 1000 FROM n",
    ),
    (
        "sessions",
        "INSERT INTO sessions (session_hash, user_id, auth_time, last_seen_at, expires_at)
         SELECT lower(hex(randomblob(32))), 'u', 0, 0, n % 1000 FROM n",
    ),
    (
        "known_browsers",
        "INSERT INTO known_browsers (browser_hash, user_id, signed_in_at)
         SELECT lower(hex(randomblob(32))), 'u', n % 1000 FROM n",
    ),
    (
        "client_secrets",
        "INSERT INTO client_secrets (secret_id, client_id, secret_hash, created_at, expires_at)
         SELECT lower(hex(randomblob(16))), 'c', lower(hex(randomblob(32))), 0, n % 1000 FROM n",
    ),
    (
        "device_authorizations",
        "INSERT INTO device_authorizations (device_code_hash, user_code_hash, client_id, metadata_hash, scope, resource,
             interval_seconds, last_step, created_at, expires_at)
         SELECT lower(hex(randomblob(32))), lower(hex(randomblob(32))), 'c', '', 'food:read', 'http://localhost:8081/mcp', 5,
             'asked', 0, n % 1000 FROM n",
    ),
    (
        "status_entries",
        "INSERT INTO status_entries (list_id, idx, free_at, revoked) SELECT n / 1048576, n % 1048576, n % 1000, n % 2 FROM n",
    ),
];

/// A storage whose tables hold so many ended rows in all, evenly. No issuer runs on it, which would purge by itself.
async fn filled(rows: i64) -> (TestDatabase, Store) {
    let file = TestDatabase::sqlite();
    let store = file.open().await;
    // Quick, for nothing is lost when this is interrupted.
    let quick = SqliteConnectOptions::from_str(&file.url()).unwrap();
    let quick = quick
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", "-500000");
    let mut database = quick.connect().await.unwrap();
    let users = "INSERT INTO users (user_id, name, name_key, password_hash, created_at) VALUES ('u', 'u', 'u', '', 0)";
    sqlx::query(users).execute(&mut database).await.unwrap();
    let clients = "INSERT INTO clients (client_id, metadata, created_at, last_used_at) VALUES ('c', '{}', 0, 1)";
    sqlx::query(clients).execute(&mut database).await.unwrap();
    let each = rows.div_euclid(i64::try_from(ROWS.len()).unwrap()) + 1;
    for (_, insert) in ROWS {
        let count = format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {each})");
        let statement: &'static str = Box::leak(format!("{count} {insert}").into_boxed_str());
        sqlx::query(statement).execute(&mut database).await.unwrap();
    }
    database.close().await.unwrap();
    (file, store)
}

/// How many of them are left.
async fn left(file: &TestDatabase) -> i64 {
    let mut left = 0;
    for (table, _) in ROWS {
        let count: &'static str = Box::leak(format!("SELECT COUNT(*) FROM {table}").into_boxed_str());
        left += file.count(count).await;
    }
    left
}

/// Purges without a pause, which the running issuer makes after each look; how many looks there were.
async fn purge_all(store: &Store, now: i64, looked: impl Fn(u64)) {
    loop {
        let gone = store.purge(now, 400 * DAY).await.unwrap();
        let freed = store.free_status_entries(now).await.unwrap();
        looked(gone);
        if gone + freed == 0 {
            return;
        }
    }
}

/// The short form: every table is purged, none by more than a batch at a time.
#[actix_web::test]
async fn fifty_thousand_ended_rows_of_all_tables_go_in_small_batches() {
    let (file, store) = filled(50_000).await;
    assert!(left(&file).await >= 50_000);
    let (looks, most) = (Cell::new(0_i64), Cell::new(0));
    let looked = |gone: u64| {
        looks.set(looks.get() + 1);
        most.set(gone.max(most.get()));
    };
    purge_all(&store, BEGIN, looked).await;
    let tables = i64::try_from(ROWS.len()).unwrap();
    assert!(
        most.get() <= u64::try_from(LARGEST_BATCH * (tables - 1)).unwrap(),
        "{most:?} at once"
    );
    assert!(looks.get() >= 50_000 / tables / LARGEST_BATCH, "{looks:?} looks");
    purge_all(&store, BEGIN + 2 * DAY, |_| {}).await;
    assert_eq!(left(&file).await, 0);
}

/// Writes as endpoints do, until told to end; the waits, the longest last.
async fn waits(store: &Store, go_on: &Cell<bool>) -> Vec<Duration> {
    let mut waits = Vec::new();
    while go_on.get() {
        let proof = SecretHash::of(&random::uuid().unwrap());
        let begun = Instant::now();
        assert!(store.use_dpop_proof(&proof, i64::MAX).await.unwrap());
        waits.push(begun.elapsed());
        actix_web::rt::time::sleep(Duration::from_millis(1)).await;
    }
    waits.sort();
    waits
}

/// A grant that lives, beside all those that ended.
async fn living_grant(file: &TestDatabase) -> GrantId {
    let grant_id = GrantId::random().unwrap();
    let insert = format!(
        "INSERT INTO grants (grant_id, user_id, client_id, scope, resource, auth_time, current_counter, from_counter,
             rotated_at, last_step, created_at, idle_ends_at, ends_at)
         VALUES ('{grant_id}', 'u', 'c', 'food:read', '{RESOURCE}', 0, 1, 0, 0, 'issued', 0, {end}, {end})",
        end = 2 * BEGIN
    );
    file.execute(Box::leak(insert.into_boxed_str()), &[]).await;
    grant_id
}

/// Refreshes as a client does, each time with the token that the last time gave, until told to end; how long each took, the
/// longest last.
async fn refreshes(store: &Store, grant_id: GrantId, counter: &Cell<Counter>, go_on: &Cell<bool>) -> Vec<Duration> {
    let (resource, spans) = (
        Audience::one(RESOURCE),
        Spans {
            window: 30,
            idle: 30 * DAY,
        },
    );
    let mut took = Vec::new();
    while go_on.get() {
        let presented = Presented {
            grant_id,
            counter: counter.get(),
            client: ClientState::any("c"),
            resource: Wanted::These(&resource),
            dpop_jkt: None,
        };
        let begun = Instant::now();
        let refreshed = store.refresh(presented, spans, BEGIN).await.unwrap();
        took.push(begun.elapsed());
        let Refreshed::Successor(_, next) = refreshed else {
            panic!("{refreshed:?}");
        };
        counter.set(next);
        actix_web::rt::time::sleep(Duration::from_millis(1)).await;
    }
    took.sort();
    took
}

/// How many rows the long form has: five million, or what `ISSUER_TEST_PURGE_ROWS` says.
fn many() -> i64 {
    let told = std::env::var("ISSUER_TEST_PURGE_ROWS");
    told.map_or(5_000_000, |rows| rows.parse().unwrap())
}

#[actix_web::test]
#[ignore = "takes minutes; fifty_thousand_ended_rows_of_all_tables_go_in_small_batches is the short form"]
async fn five_million_ended_rows_go_and_no_write_waits_longer_than_50_ms() {
    let rows = many();
    let (file, store) = filled(rows).await;
    let (grant_id, counter, go_on) = (living_grant(&file).await, Cell::new(FIRST), Cell::new(true));
    let both = || async { tokio::join!(waits(&store, &go_on), refreshes(&store, grant_id, &counter, &go_on)) };
    // What the disk does by itself, in a tenth of the time.
    let quiet = async {
        actix_web::rt::time::sleep(Duration::from_secs(10)).await;
        go_on.set(false);
    };
    let (alone, ()) = tokio::join!(both(), quiet);
    go_on.set(true);
    let purging = async {
        purge_all(&store, BEGIN, |_| {}).await;
        go_on.set(false);
    };
    let begun = Instant::now();
    let (beside, ()) = tokio::join!(both(), purging);
    tell("writes alone", &alone.0);
    tell("writes beside the purge", &beside.0);
    tell("refreshes alone", &alone.1);
    tell("refreshes beside the purge", &beside.1);
    println!("{rows} rows in {:?}, without pauses", begun.elapsed());
    let longest = at(&beside.0, 1000);
    assert!(longest <= MOST.max(2 * at(&alone.0, 1000)), "{longest:?}");
    let most_refreshes = at(&beside.1, 990);
    assert!(most_refreshes <= MOST.max(2 * at(&alone.1, 990)), "{most_refreshes:?}");
}

fn at(waits: &[Duration], thousandths: usize) -> Duration {
    waits[(waits.len() - 1) * thousandths / 1000]
}

fn tell(what: &str, waits: &[Duration]) {
    let [median, p99, p999, most] = [500, 990, 999, 1000].map(|thousandths| at(waits, thousandths));
    println!(
        "{what}: {} in all, median {median:?}, 99 % {p99:?}, 99.9 % {p999:?}, longest {most:?}",
        waits.len()
    );
}
