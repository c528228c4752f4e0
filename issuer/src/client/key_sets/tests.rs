//! What a stranger who names addresses can make us do; the rest is tested against a real server.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};

use shared::fetch::guarded::{Reach, Resolver};

use super::*;

/// Key sets behind a name server that gives `addresses` for every name, and how often it was asked.
fn behind(addresses: Vec<IpAddr>, clock: &Clock) -> (KeySets, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let names = move |_: &str| {
        count.fetch_add(1, Ordering::SeqCst);
        addresses.clone()
    };
    let fetch = GuardedFetch::new(Reach::Public, Resolver::Function(Arc::new(names))).unwrap();
    (KeySets::new(Some(fetch), clock.clone()), asked)
}

fn url(text: &str) -> ClientUrl {
    ClientUrl::parse(text, Reach::Public).unwrap()
}

#[actix_web::test]
async fn nothing_is_fetched_from_an_address_that_is_not_public() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sets, asked) = behind(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)], &Clock::fixed(0));
    let inside = url(&format!("https://client.example:{port}/jwks"));
    assert!(!sets.are_enough(&inside, Known::No, |_| true).await);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "the name was looked up");
    assert!(listener.accept().is_err(), "and nothing connected");
}

#[actix_web::test]
async fn a_thousand_addresses_stay_within_the_budget_and_in_memory() {
    let clock = Clock::fixed(0);
    let (sets, asked) = behind(Vec::new(), &clock);
    for n in 0..1_000 {
        let one = url(&format!("https://client.example/{n}"));
        assert!(!sets.are_enough(&one, Known::No, |_| true).await);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 5, "of one host");
    for n in 0..3_000 {
        clock.advance(20);
        let one = url(&format!("https://client{n}.example/"));
        sets.are_enough(&one, Known::Yes, |_| true).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3_005);
    assert!(lock(&sets.state).len() <= 1_000);
}

#[actix_web::test]
async fn without_fetching_there_are_no_keys() {
    let sets = KeySets::new(None, Clock::fixed(0));
    assert!(
        !sets
            .are_enough(&url("https://client.example/jwks"), Known::Yes, |_| true)
            .await
    );
}
