//! Keys are fetched when needed, by one request at a time, and kept when the issuer is away.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::source::fresh_for;
use super::*;
use shared::jwk::Algorithms;

/// What the n-th fetch gives, and how long it takes.
pub struct Script {
    fetches: Arc<AtomicUsize>,
    takes: Duration,
    answer: Box<dyn Fn(usize) -> Answer + Send + Sync>,
}

enum Answer {
    Set(String),
    Away,
    Hangs,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    pub(super) async fn fetch(&self) -> Result<FetchedSet, SourceError> {
        let count = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(self.takes).await;
        match (self.answer)(count) {
            Answer::Set(body) => Ok(FetchedSet {
                keys: set::parse(body.as_bytes(), &Algorithms::default())?,
                fresh_for: Duration::from_mins(5),
                body: body.into_bytes(),
            }),
            Answer::Hangs => pending().await,
            Answer::Away => Err(SourceError::Fetch {
                url: "http://issuer".to_owned(),
                cause: shared::fetch::FetchError::Status(503),
            }),
        }
    }
}

fn jwk(kid: &str) -> Value {
    json!({"kty": "EC", "crv": "P-256", "kid": kid, "alg": "ES256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
}

fn set_of(kids: &[&str]) -> Answer {
    let keys: Vec<Value> = kids.iter().map(|kid| jwk(kid)).collect();
    Answer::Set(json!({ "keys": keys }).to_string())
}

/// Keys that are kept fresh from a script, and how often it was asked.
fn started(takes: Duration, answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> (Arc<Keys>, Arc<AtomicUsize>) {
    let fetches = Arc::new(AtomicUsize::new(0));
    let script = Script {
        fetches: Arc::clone(&fetches),
        takes,
        answer: Box::new(answer),
    };
    let keys = Arc::new(Keys::new(Source::Script(script), None));
    let kept = Arc::clone(&keys);
    tokio::spawn(async move { kept.keep_fresh().await });
    (keys, fetches)
}

async fn has(keys: &Keys, kid: &str) -> bool {
    keys.find(kid).await.is_ok()
}

const INSTANT: Duration = Duration::ZERO;

#[tokio::test(start_paused = true)]
async fn the_first_request_waits_for_the_keys() {
    let (keys, fetches) = started(Duration::from_secs(2), |_| set_of(&["a"]));
    assert!(!keys.are_known());
    assert!(has(&keys, "a").await);
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_unknown_kids_cause_one_fetch_in_a_cool_down_and_known_keys_go_on() {
    let (keys, fetches) = started(Duration::from_millis(50), |_| set_of(&["a"]));
    assert!(has(&keys, "a").await);
    let flood = (0..100_000).map(|n| {
        let keys = Arc::clone(&keys);
        tokio::spawn(async move { keys.find(&format!("made-up-{n}")).await.err() })
    });
    for answer in flood.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap(), Some(NoKey::Unknown));
        assert!(has(&keys, "a").await);
    }
    assert_eq!(
        fetches.load(Ordering::SeqCst),
        2,
        "the first, and one for all of the flood"
    );
    tokio::time::advance(COOL_DOWN).await;
    assert!(!has(&keys, "made-up").await && !has(&keys, "made-up").await);
    assert_eq!(fetches.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn the_cool_down_begins_before_the_fetch_whatever_comes_of_it() {
    let (keys, fetches) = started(INSTANT, |count| if count == 1 { set_of(&["a"]) } else { set_of(&[]) });
    assert!(has(&keys, "a").await);
    for _ in 0..100 {
        assert!(!has(&keys, "b").await);
    }
    assert_eq!(
        fetches.load(Ordering::SeqCst),
        2,
        "an empty answer must not end the cool-down"
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_the_issuer_took_into_use_is_found_at_once_by_all_who_wait() {
    let (keys, fetches) = started(Duration::from_millis(200), |count| {
        if count == 1 {
            set_of(&["old"])
        } else {
            set_of(&["old", "new"])
        }
    });
    assert!(has(&keys, "old").await);
    let before = keys.generation();
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let keys = Arc::clone(&keys);
            tokio::spawn(async move { keys.find("new").await.is_ok() })
        })
        .collect();
    for found in waiting {
        assert!(found.await.unwrap());
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
    assert!(keys.generation() > before, "what was remembered must be forgotten");
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_key_is_gone_after_the_next_fetch() {
    let (keys, _) = started(
        INSTANT,
        |count| if count == 1 { set_of(&["old"]) } else { set_of(&["new"]) },
    );
    assert!(has(&keys, "old").await);
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert!(has(&keys, "new").await && keys.known("old").is_none());
}

#[tokio::test(start_paused = true)]
async fn no_bad_answer_takes_the_place_of_a_good_one() {
    let many: Vec<Value> = (0..=set::MOST_KEYS).map(|n| jwk(&n.to_string())).collect();
    let bad = [
        "",
        "{}",
        "[]",
        "null",
        "<html>",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        "{\"keys\":[{}]}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"a\"}]}",
    ];
    let mut bad: Vec<String> = bad.map(str::to_owned).to_vec();
    bad.push(json!({ "keys": many }).to_string());
    let count_of_bad = bad.len();
    let (keys, fetches) = started(INSTANT, move |count| match count.checked_sub(2).map(|n| bad.get(n)) {
        None => set_of(&["a"]),
        Some(Some(body)) => Answer::Set(body.clone()),
        Some(None) => Answer::Away,
    });
    assert!(has(&keys, "a").await);
    let generation = keys.generation();
    tokio::time::sleep(Duration::from_hours(23)).await;
    assert!(
        fetches.load(Ordering::SeqCst) > count_of_bad + 100,
        "every bad answer was given, and then none for most of a day"
    );
    assert!(has(&keys, "a").await);
    assert_eq!(keys.generation(), generation);
}

#[tokio::test(start_paused = true)]
async fn keys_are_used_for_a_day_after_the_last_good_answer_and_again_with_the_next() {
    let back = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_back = Arc::clone(&back);
    let (keys, _) = started(INSTANT, move |count| {
        if count <= 3 || is_back.load(Ordering::SeqCst) {
            set_of(&["a"])
        } else {
            Answer::Away
        }
    });
    assert!(has(&keys, "a").await);
    let generation = keys.generation();
    // Good answers at 0, 5 and 10 minutes.
    tokio::time::sleep(Duration::from_hours(24) + Duration::from_mins(9)).await;
    assert!(has(&keys, "a").await && keys.are_known());
    assert_eq!(keys.generation(), generation);
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!((keys.are_known(), keys.generation()), (false, None));
    assert_eq!(keys.find("a").await.err(), Some(NoKey::NoneYet));
    back.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(has(&keys, "a").await);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_hangs_keeps_nobody_with_a_known_key_waiting() {
    let (keys, _) = started(INSTANT, |count| if count == 1 { set_of(&["a"]) } else { Answer::Hangs });
    assert!(has(&keys, "a").await);
    tokio::time::sleep(Duration::from_secs(400)).await;
    let begun = Instant::now();
    assert!(has(&keys, "a").await);
    assert_eq!(begun.elapsed(), INSTANT);
    assert!(!has(&keys, "b").await);
    assert_eq!(begun.elapsed(), LONGEST_WAIT);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_comes_up_later_is_noticed_within_seconds() {
    let (keys, _) = started(INSTANT, |count| if count <= 20 { Answer::Away } else { set_of(&["a"]) });
    assert_eq!(keys.find("a").await.err(), Some(NoKey::NoneYet));
    tokio::time::sleep(Duration::from_secs(80)).await;
    assert!(keys.are_known());
}

#[tokio::test(start_paused = true)]
async fn a_request_makes_the_first_keys_come_sooner_but_not_more_than_once_a_second() {
    let (keys, fetches) = started(INSTANT, |count| if count <= 6 { Answer::Away } else { set_of(&["a"]) });
    tokio::time::sleep(Duration::from_secs(8)).await;
    let before = fetches.load(Ordering::SeqCst);
    for _ in 0..100 {
        drop(keys.find("a").await);
    }
    assert!(fetches.load(Ordering::SeqCst) <= before + 1);
}

#[tokio::test(start_paused = true)]
async fn an_equal_answer_changes_nothing_in_whatever_order() {
    let (keys, fetches) = started(INSTANT, |count| {
        if count % 2 == 0 {
            set_of(&["a", "b"])
        } else {
            set_of(&["b", "a"])
        }
    });
    assert!(has(&keys, "a").await);
    let generation = keys.generation();
    tokio::time::sleep(Duration::from_mins(50)).await;
    assert!(fetches.load(Ordering::SeqCst) > 5);
    assert_eq!(keys.generation(), generation);
}

#[tokio::test(start_paused = true)]
async fn another_key_of_the_same_name_is_a_change() {
    let other =
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}"#;
    let (keys, _) = started(INSTANT, |count| {
        if count == 1 {
            set_of(&["a"])
        } else {
            Answer::Set(other.to_owned())
        }
    });
    assert!(has(&keys, "a").await);
    let generation = keys.generation();
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert!(keys.generation() > generation);
    assert_eq!(keys.find("a").await.unwrap().key.algorithm_name(), "EdDSA");
}

#[test]
fn freshness_is_what_the_answer_says_within_bounds() {
    let seconds = |text: &str| fresh_for(Some(text)).as_secs();
    assert_eq!(fresh_for(None).as_secs(), 300);
    assert_eq!(seconds("public, max-age=600"), 600);
    assert_eq!(seconds("Max-Age=\"600\", must-revalidate"), 600);
    assert_eq!(seconds("max-age=0"), 60);
    assert_eq!(seconds("max-age=31536000"), 3600);
    for unreadable in ["no-store", "max-age", "max-age=x", "max-age=-1", "s-maxage=600", ""] {
        assert_eq!(seconds(unreadable), 300, "{unreadable}");
    }
}
