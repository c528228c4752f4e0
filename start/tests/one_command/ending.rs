//! However it ends, nothing is left running.

use std::time::{Duration, Instant};

use super::process::{Place, is_alive, signal, until};

/// A person waits this long and not longer.
const SECONDS: Duration = Duration::from_secs(8);

async fn ends_cleanly_on(name: &str) {
    let place = Place::new();
    let mut running = place.start().await;
    let children = running.children();
    let asked = Instant::now();
    running.signal(name);
    let status = running.ended().await;
    assert!(status.success(), "{status}: {}", running.said());
    assert!(asked.elapsed() < SECONDS, "{:?}", asked.elapsed());
    let said = running.said();
    assert_eq!(
        said.matches(r#""by":"the program that started this one""#).count(),
        2,
        "{said}"
    );
    assert!(!children.into_iter().any(is_alive));
    assert!(place.ports_are_free());
    let logs: Vec<_> = ["data/issuer.db-wal", "data/resource.db-wal"]
        .into_iter()
        .filter(|log| place.path(log).exists())
        .collect();
    assert!(logs.is_empty(), "databases were not closed: {logs:?}");
}

#[tokio::test]
async fn ctrl_c_ends_both() {
    ends_cleanly_on("INT").await;
}

#[tokio::test]
async fn sigterm_ends_both() {
    ends_cleanly_on("TERM").await;
}

#[tokio::test]
async fn ctrl_c_during_the_start_ends_everything() {
    let place = Place::new();
    let mut running = place.begin();
    until("the issuer's database", || place.path("data/issuer.db").exists()).await;
    running.signal("INT");
    assert!(running.ended().await.success(), "{}", running.said());
    assert!(place.ports_are_free());
}

#[tokio::test]
async fn nothing_outlives_a_killed_start() {
    let place = Place::new();
    let mut running = place.start().await;
    let children = running.children();
    running.signal("KILL");
    running.ended().await;
    until("the end of both programs", || !children.into_iter().any(is_alive)).await;
    assert!(place.ports_are_free());
}

#[tokio::test]
async fn when_one_program_dies_the_other_is_ended() {
    for (which, title) in ["the issuer", "the resource server"].into_iter().enumerate() {
        let place = Place::new();
        let mut running = place.start().await;
        let children = running.children();
        signal(children[which], "KILL");
        let status = running.ended().await;
        assert!(!status.success());
        assert!(
            running.said().contains(&format!("start: {title} ended (signal: 9")),
            "{}",
            running.said()
        );
        assert!(!children.into_iter().any(is_alive));
        assert!(place.ports_are_free());
    }
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_by_force() {
    let place = Place::new();
    let mut running = place.start().await;
    let children = running.children();
    signal(children[0], "STOP");
    running.signal("INT");
    let status = running.ended().await;
    assert!(!status.success());
    assert!(
        running.said().contains("the issuer had to be ended by force"),
        "{}",
        running.said()
    );
    assert!(!children.into_iter().any(is_alive));
}
