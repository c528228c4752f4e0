//! threats.md B22 and B24: two thousand people sign in at once, and as many guess; memory stays, and others are served.

use std::cell::Cell;
use std::fs;
use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use futures_util::future::{join, join_all};

use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, Person};
use crate::support::process::Process;
use crate::support::{TestIssuer, client, refresh_form, text};

const AT_ONCE: usize = 2000;
/// Kibibytes of one hash.
const M_COST: u64 = 19_456;
/// What everything else may take besides, in kibibytes.
const REST: u64 = 20 * 1024;

/// The most memory that the process had so far, in kibibytes.
fn peak(process: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Sends the form of the sign-in page as somebody at an address of their own; the status.
async fn guess(mut browser: Person, csrf: &str, name: &str, n: usize) -> u16 {
    let form = [("csrf", csrf), ("username", name), ("password", "wrong password")];
    let address = format!("203.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255);
    let answer = browser
        .post_with("/sign-in", &form, &[("x-forwarded-for", &address)])
        .await;
    answer.status
}

/// Refreshes every 20 milliseconds until told to end; how long each took, the slowest last.
async fn refreshes(url: &str, client_id: &str, mut token: String, go_on: &Cell<bool>) -> Vec<Duration> {
    let mut times = Vec::new();
    while go_on.get() {
        let begun = Instant::now();
        let form = refresh_form(client_id, &token);
        let answer = client().post(format!("{url}/oauth/token")).form(&form).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        text(&answer.json().await.unwrap(), "refresh_token").clone_into(&mut token);
        times.push(begun.elapsed());
        sleep(Duration::from_millis(20)).await;
    }
    times.sort();
    times
}

#[actix_web::test]
#[ignore = "takes a minute and 5,000 open files; a_full_queue_answers_busy_at_once is the short form"]
async fn two_thousand_sign_ins_at_once_take_the_memory_of_few_and_refreshes_go_on() {
    let issuer = TestIssuer::now(TestDatabase::sqlite()).await;
    let (client_id, tokens) = issuer.signed_in().await;
    let token = text(&tokens, "refresh_token").to_owned();
    let issuer = issuer.stop().await;
    // One program here sends for two thousand, and takes its time.
    let settings = [
        ("ISSUER_RATE_LIMITS", "off"),
        ("ISSUER_TRUSTED_PROXIES", "127.0.0.0/8"),
        ("ISSUER_HEAD_SECONDS", "60"),
    ];
    let process = Process::start(&issuer, &settings, tempfile::tempfile().unwrap()).await;
    let one = Person::of(&process.url);
    let mut browsers: Vec<_> = (0..AT_ONCE).map(|_| one.clone()).collect();
    let pages = join_all(browsers.iter_mut().map(|browser| browser.get("/sign-in"))).await;
    let base = peak(&process);
    let go_on = Cell::new(true);
    let sign_ins = async {
        let all = browsers.iter().zip(&pages).enumerate();
        let all = all.map(|(n, (browser, page))| async move {
            guess(browser.clone(), &page.field("csrf"), &format!("user{n}"), n).await
        });
        let statuses = join_all(all).await;
        go_on.set(false);
        statuses
    };
    let (statuses, times) = join(sign_ins, refreshes(&process.url, &client_id, token, &go_on)).await;
    let looked_at = statuses.iter().filter(|status| **status == 422).count();
    let busy = statuses.iter().filter(|status| **status == 503).count();
    let others: Vec<_> = statuses.iter().filter(|status| ![422, 503].contains(*status)).collect();
    assert!(others.is_empty(), "{others:?}");
    let cores = u64::try_from(std::thread::available_parallelism().unwrap().get()).unwrap();
    let more = peak(&process) - base;
    println!("{looked_at} looked at, {busy} told to come again; {more} KiB more than with the pages alone");
    println!("{} refreshes beside them, the slowest {:?}", times.len(), times.last());
    // The program of a release is meant; one that is not optimized takes more for each request that waits.
    let rest = if cfg!(debug_assertions) { 3 * REST } else { REST };
    assert!(looked_at >= 64 && more < cores * M_COST + rest, "{looked_at} {more}");
    let p99 = times[(times.len() - 1) * 99 / 100];
    assert!(cfg!(debug_assertions) || p99 < Duration::from_millis(100), "{p99:?}");
}

#[actix_web::test]
#[ignore = "takes a minute; strangers_do_not_slow_the_browser_that_signed_in_before is the short form"]
async fn beside_ten_thousand_guesses_from_as_many_addresses_the_owner_signs_in_within_two_seconds() {
    let settings = [("ISSUER_TRUSTED_PROXIES", "127.0.0.0/8")];
    let issuer = TestIssuer::with(TestDatabase::sqlite(), &settings).await;
    issuer.account("alex").await;
    let home = issuer.signed_in_person("alex").await;
    let mut mallory = issuer.person();
    let csrf = mallory.get("/sign-in").await.field("csrf");
    let go_on = Cell::new(true);
    let guesses = async {
        let mut looked_at = 0;
        for hundred in 0..100 {
            let guesses = (0..100).map(|n| guess(mallory.clone(), &csrf, "alex", hundred * 100 + n));
            let statuses = join_all(guesses).await;
            looked_at += statuses.iter().filter(|status| **status == 422).count();
        }
        go_on.set(false);
        looked_at
    };
    let owner = async {
        let mut slowest = Duration::ZERO;
        while go_on.get() {
            let mut alex = home.clone();
            let begun = Instant::now();
            let page = alex.get("/sign-in").await;
            assert_eq!(alex.sign_in(&page, "alex", PASSWORD).await.status, 303);
            slowest = slowest.max(begun.elapsed());
            sleep(Duration::from_millis(200)).await;
        }
        slowest
    };
    let (looked_at, slowest) = join(guesses, owner).await;
    println!("{looked_at} guesses were looked at; the owner signed in within {slowest:?}");
    assert!(
        looked_at <= 10 && slowest < Duration::from_secs(2),
        "{looked_at} {slowest:?}"
    );
}
