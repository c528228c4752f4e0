//! The real client against real servers on this computer.

use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, DnType, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;

const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const PUBLIC: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 1, 1));
const MOST: usize = 64 * 1024;

/// What a server does after it read the head of a request.
type Serve = fn(usize) -> Vec<u8>;

/// A TLS server for `host` on this computer that answers with `serve` and then drips zeros for ever when
/// the answer is empty; its port, its certificate, and how many connections it saw.
async fn tls_server(host: &str, serve: Serve) -> (u16, reqwest::Certificate, Arc<AtomicUsize>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a test");
    let certificate = params.self_signed(&key).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, nth) = (acceptor.clone(), count.fetch_add(1, Ordering::SeqCst));
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(&serve(nth)).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (port, reqwest::Certificate::from_der(certificate.der()).unwrap(), seen)
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn to(addresses: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Resolver {
    Resolver::Function(Arc::new(addresses))
}

#[expect(clippy::disallowed_methods, reason = "the certificate of the test must be trusted")]
fn trusting(certificate: reqwest::Certificate, reach: Reach, resolver: Resolver) -> GuardedFetch {
    let builder = reqwest::Client::builder().tls_certs_merge([certificate]);
    GuardedFetch::with(builder, reach, resolver).unwrap()
}

fn url(port: u16) -> Url {
    format!("https://client.example:{port}/document").parse().unwrap()
}

#[tokio::test]
async fn the_name_is_resolved_once_for_each_request_and_nothing_is_kept_alive() {
    let serve = |_| {
        answer(
            "200 OK\r\ncontent-type: application/json\r\ncache-control: max-age=60",
            "{}",
        )
    };
    let (port, certificate, connections) = tls_server("client.example", serve).await;
    let lookups = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lookups);
    let resolver = to(move |host| {
        assert_eq!(host, "client.example");
        count.fetch_add(1, Ordering::SeqCst);
        vec![LOCAL]
    });
    let fetch = trusting(certificate, Reach::PublicAndLoopback, resolver);
    for n in 1..=5 {
        let answer = fetch.get(&url(port), MOST).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"{}".as_slice()));
        assert_eq!(answer.headers["cache-control"], "max-age=60");
        assert_eq!(
            (lookups.load(Ordering::SeqCst), connections.load(Ordering::SeqCst)),
            (n, n)
        );
    }
}

#[tokio::test]
async fn one_address_that_is_not_public_among_others_stops_all() {
    let (port, certificate, connections) = tls_server("client.example", |_| answer("200 OK", "{}")).await;
    for addresses in [
        vec![LOCAL],
        vec![PUBLIC, LOCAL],
        vec![LOCAL, PUBLIC],
        vec!["::ffff:127.0.0.1".parse().unwrap()],
    ] {
        let fetch = trusting(certificate.clone(), Reach::Public, to(move |_| addresses.clone()));
        let error = fetch.get(&url(port), MOST).await.unwrap_err();
        assert!(matches!(error, FetchError::NotPublic), "{error}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_server_that_answers_differently_each_time_gets_no_connection_inside() {
    let turn = AtomicUsize::new(0);
    let resolver = to(move |_| {
        let turn = turn.fetch_add(1, Ordering::SeqCst);
        vec![if turn.is_multiple_of(2) { PUBLIC } else { LOCAL }]
    });
    let guard = Guard {
        reach: Reach::Public,
        resolver,
    };
    for turn in 0..1_000 {
        let given: Option<Vec<_>> = guard
            .resolve("rebinding.example".parse().unwrap())
            .await
            .ok()
            .map(Iterator::collect);
        let expected = (turn % 2 == 0).then(|| vec![SocketAddr::new(PUBLIC, 0)]);
        assert_eq!(given, expected, "what is given to the connection is what was checked");
    }
}

#[tokio::test]
async fn addresses_in_the_url_are_checked_in_every_spelling() {
    let fetch = GuardedFetch::new(Reach::Public, to(|host| panic!("{host} was looked up"))).unwrap();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0",
        "192.168.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "[fd00::1]",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ] {
        let url: Url = format!("https://{host}/document").parse().unwrap();
        let error = fetch.get(&url, MOST).await.unwrap_err();
        assert!(matches!(error, FetchError::NotPublic), "{host}: {error}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let serve = |_| {
        answer(
            "302 Found\r\nlocation: https://127.0.0.1/inside",
            "a body that nobody reads",
        )
    };
    let (port, certificate, connections) = tls_server("client.example", serve).await;
    let fetch = trusting(certificate, Reach::PublicAndLoopback, to(|_| vec![LOCAL]));
    let answer = fetch.get(&url(port), MOST).await.unwrap();
    assert_eq!(
        (answer.status, answer.body.len(), connections.load(Ordering::SeqCst)),
        (302, 0, 1)
    );
}

#[tokio::test]
async fn a_large_body_is_given_up_at_the_limit() {
    let serve = |_| answer("200 OK", &"x".repeat(10_000_000));
    let (port, certificate, _) = tls_server("client.example", serve).await;
    let fetch = trusting(certificate, Reach::PublicAndLoopback, to(|_| vec![LOCAL]));
    let error = fetch.get(&url(port), MOST).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge(MOST)), "{error}");
}

#[tokio::test]
async fn the_certificate_must_be_for_the_name() {
    let (port, certificate, _) = tls_server("other.example", |_| answer("200 OK", "{}")).await;
    let fetch = trusting(certificate, Reach::PublicAndLoopback, to(|_| vec![LOCAL]));
    let error = fetch.get(&url(port), MOST).await.unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
}

#[tokio::test]
async fn plain_http_is_for_this_computer_and_only_where_that_is_permitted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain: Url = format!("http://{}/document", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let strict = GuardedFetch::new(Reach::Public, Resolver::System).unwrap();
    assert!(strict.get(&plain, MOST).await.is_err());
    let elsewhere: Url = "http://192.168.0.1/document".parse().unwrap();
    let local = GuardedFetch::new(Reach::PublicAndLoopback, Resolver::System).unwrap();
    assert!(matches!(local.get(&elsewhere, MOST).await, Err(FetchError::NotPublic)));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(&answer("200 OK", "{}")).await.unwrap();
    });
    assert_eq!(local.get(&plain, MOST).await.unwrap().status, 200);
}

/// Takes the five seconds of the limit.
#[tokio::test]
async fn a_server_that_drips_its_answer_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow: Url = format!("http://{}/document", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n")
            .await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let fetch = GuardedFetch::new(Reach::PublicAndLoopback, Resolver::System).unwrap();
    let error = tokio::time::timeout(2 * TIMEOUT, fetch.get(&slow, MOST))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.to_string(), "operation timed out");
}
