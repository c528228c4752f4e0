//! The table of keys on both databases: names, revocation and last use, raced.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use resource::auth::api_key::key::NewKey;
use resource::auth::api_key::store::{Added, Store};
use resource::auth::api_key::{ApiKeys, ISS, KeyRefused, LONGEST_UNREAD};
use shared::clock::Clock;
use shared::on_writer;
use shared::scope::Scope;

use crate::saved_foods::{Kept, stores};
use crate::support::{NOW, eventually};

fn added(name: &str) -> Added<'_> {
    Added {
        name,
        sub: "ann",
        scope: "food:read",
        expires_at: NOW + 60,
    }
}

fn table(kept: &Kept) -> Store {
    Store::new(kept.store.database())
}

#[tokio::test]
async fn of_keys_with_one_name_one_is_made_and_one_revocation_counts() {
    for kept in stores().await {
        let table = table(&kept);
        let keys: Vec<NewKey> = (0..8).map(|_| NewKey::draw().unwrap()).collect();
        let made = join_all(keys.iter().map(|key| table.add(key, added("ci"), NOW))).await;
        assert_eq!(made.iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
        let ended = join_all((0..8).map(|_| table.revoke("ci", NOW + 1))).await;
        assert_eq!(ended.iter().filter(|ended| *ended.as_ref().unwrap()).count(), 1);
        assert!(table.add(&NewKey::draw().unwrap(), added("ci"), NOW + 2).await.unwrap());
        let all = table.all().await.unwrap();
        let states: Vec<_> = all.iter().map(|row| (row.name.as_str(), row.revoked_at)).collect();
        assert_eq!(states, [("ci", Some(NOW + 1)), ("ci", None)]);
        assert_eq!(table.current(NOW + 1).await.unwrap().len(), 2);
        assert_eq!(table.current(NOW + 32 * 86_400).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn nothing_that_is_kept_is_the_key() {
    for kept in stores().await {
        let (table, key) = (table(&kept), NewKey::draw().unwrap());
        assert!(table.add(&key, added("ci"), NOW).await.unwrap());
        let row = table.all().await.unwrap().remove(0);
        assert_eq!(
            (row.key_id.as_str(), row.digest.as_slice()),
            (key.id.as_str(), key.digest.as_slice())
        );
        assert!(!format!("{row:?}").contains(&key.text[20..40]));
    }
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute_and_never_put_back() {
    for kept in stores().await {
        let (table, key, clock) = (table(&kept), NewKey::draw().unwrap(), Clock::fixed(NOW));
        assert!(table.add(&key, added("ci"), NOW).await.unwrap());
        let keys = ApiKeys::open(table.clone(), None, Scope::default(), clock.clone());
        let keys = Arc::new(keys.await.unwrap());
        let fresh = Arc::clone(&keys);
        let fresh = tokio::spawn(async move { fresh.keep_fresh().await });
        let used = async || table.all().await.unwrap().remove(0).last_used_at;
        assert_eq!(used().await, None);
        let found = keys.verify(&key.text).unwrap().unwrap();
        assert_eq!(
            (found.principal.iss.as_str(), found.principal.sub.as_str()),
            (ISS, "ann")
        );
        eventually("the first use is written", async || used().await == Some(NOW)).await;
        clock.advance(59);
        keys.verify(&key.text).unwrap().unwrap();
        // The next key shows that the table was read, and uses written, once more.
        let later = NewKey::draw().unwrap();
        assert!(
            table
                .add(
                    &later,
                    Added {
                        expires_at: NOW + 600,
                        ..added("later")
                    },
                    NOW
                )
                .await
                .unwrap()
        );
        eventually("the table was read", async || keys.verify(&later.text).is_ok()).await;
        assert_eq!(used().await, Some(NOW));
        clock.advance(1);
        assert_eq!(keys.verify(&key.text), Err(KeyRefused::Ended(NOW + 60)));
        table.used(&key.id, NOW - 5).await.unwrap();
        assert_eq!(used().await, Some(NOW));
        fresh.abort();
    }
}

/// Renames the table, which then cannot be read, or back.
async fn rename(kept: &Kept, sql: &'static str) {
    let database = kept.store.database();
    on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
}

/// Whether its database is there or not, no key outlives its revocation by more than this.
#[tokio::test]
async fn keys_that_were_known_stay_good_for_five_minutes_while_they_cannot_be_read() {
    for kept in stores().await {
        let (table, key) = (table(&kept), NewKey::draw().unwrap());
        assert!(table.add(&key, added("ci"), NOW).await.unwrap());
        let keys = ApiKeys::open(table.clone(), None, Scope::default(), Clock::fixed(NOW));
        let keys = Arc::new(keys.await.unwrap());
        rename(&kept, "ALTER TABLE api_keys RENAME TO away").await;
        let fresh = Arc::clone(&keys);
        let fresh = tokio::spawn(async move { fresh.keep_fresh().await });
        tokio::time::pause();
        tokio::time::advance(LONGEST_UNREAD * 9 / 10).await;
        assert!(keys.verify(&key.text).unwrap().is_some());
        tokio::time::advance(LONGEST_UNREAD / 5).await;
        assert_eq!(keys.verify(&key.text), Err(KeyRefused::Unread));
        tokio::time::resume();
        rename(&kept, "ALTER TABLE away RENAME TO api_keys").await;
        eventually("they are read again", async || keys.verify(&key.text).is_ok()).await;
        fresh.abort();
    }
}

/// While somebody else holds the one connection that writes, for whose end the use of a key would wait five seconds.
#[tokio::test]
async fn a_use_that_waits_to_be_written_keeps_no_revocation_waiting() {
    for kept in stores().await {
        let (table, used, revoked) = (table(&kept), NewKey::draw().unwrap(), NewKey::draw().unwrap());
        for (key, name) in [(&used, "used"), (&revoked, "revoked")] {
            assert!(table.add(key, added(name), NOW).await.unwrap());
        }
        let keys = ApiKeys::open(table, None, Scope::default(), Clock::fixed(NOW));
        let keys = Arc::new(keys.await.unwrap());
        let (fresh, database) = (Arc::clone(&keys), kept.store.database());
        on_writer!(database, pool => {
            let mut held = pool.acquire().await.unwrap();
            keys.verify(&used.text).unwrap().unwrap();
            let fresh = tokio::spawn(async move { fresh.keep_fresh().await });
            let revoke = "UPDATE api_keys SET revoked_at = created_at WHERE name = 'revoked'";
            sqlx::query(revoke).execute(&mut *held).await.unwrap();
            let begun = Instant::now();
            let refused = async || keys.verify(&revoked.text) == Err(KeyRefused::Revoked);
            eventually("the revoked key is refused", refused).await;
            assert!(begun.elapsed() < Duration::from_millis(4500), "{:?}", begun.elapsed());
            fresh.abort();
        });
    }
}
