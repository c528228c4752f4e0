//! What a stranger who names addresses can make us do; the rest is tested against a real server.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use shared::fetch::guarded::{Reach, Resolver};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
async fn a_fetch_ends_although_who_began_it_went_away() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::spawn(async move {
        let body =
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        assert!(stream.read(&mut head).await.unwrap() > 0);
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    let fetch = GuardedFetch::new(Reach::PublicAndLoopback, Resolver::System).unwrap();
    let sets = KeySets::new(Some(fetch), Clock::fixed(0));
    let keys = ClientUrl::parse(&format!("http://{address}/jwks"), Reach::PublicAndLoopback).unwrap();
    assert_eq!(sets.are_enough(&keys, Known::Yes, |_| true).now_or_never(), None);
    let there = async {
        while lock(&sets.state).usable(&keys, 0).is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), there)
        .await
        .unwrap();
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
