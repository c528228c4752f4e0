//! Slow, silent and oversized requests over real sockets: what is cut off, when, and that others are served.

use std::time::{Duration, Instant};

use actix_web::rt::time::{sleep, timeout};
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestIssuer;
use crate::support::database::TestDatabase;

/// Longer than anything may take here, also on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const SHORT: &[(&str, &str)] = &[("ISSUER_HEAD_SECONDS", "1"), ("ISSUER_KEEP_ALIVE_SECONDS", "1")];

async fn connect(issuer: &TestIssuer) -> TcpStream {
    TcpStream::connect(issuer.url.strip_prefix("http://").unwrap())
        .await
        .unwrap()
}

/// Everything until the server closes the connection.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A reset is an end, too: it comes when the server closes with bytes of ours unread.
    drop(timeout(PATIENCE, stream.read_to_end(&mut all)).await.unwrap());
    String::from_utf8_lossy(&all).into_owned()
}

#[actix_web::test]
async fn a_head_that_does_not_end_is_cut_off() {
    let issuer = TestIssuer::with(TestDatabase::sqlite(), SHORT).await;
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: "] {
        let mut stream = connect(&issuer).await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

#[actix_web::test]
async fn a_head_that_drips_is_cut_off_as_well() {
    let issuer = TestIssuer::with(TestDatabase::sqlite(), SHORT).await;
    let (mut reading, mut writing) = connect(&issuer).await.into_split();
    let drips = actix_web::rt::spawn(async move {
        drop(writing.write_all(b"GET /healthz HTTP/1.1\r\nX: ").await);
        while writing.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    let mut all = Vec::new();
    drop(timeout(PATIENCE, reading.read_to_end(&mut all)).await.unwrap());
    timeout(PATIENCE, drips).await.unwrap().unwrap();
}

/// One good request, then this on the same connection, and what comes until it is closed.
async fn then(issuer: &TestIssuer, second: &str) -> String {
    let mut stream = connect(issuer).await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    drop(stream.write_all(second.as_bytes()).await);
    until_closed(&mut stream).await
}

#[actix_web::test]
async fn a_connection_without_requests_is_closed() {
    let issuer = TestIssuer::with(TestDatabase::sqlite(), SHORT).await;
    assert!(!then(&issuer, "").await.contains("HTTP/1.1 200"));
}

/// The server's library has no time limit for the second head of a connection; without keep-alive there is none.
#[actix_web::test]
async fn without_keep_alive_there_is_no_second_head_to_wait_for() {
    let issuer = TestIssuer::with(TestDatabase::sqlite(), &[("ISSUER_KEEP_ALIVE_SECONDS", "0")]).await;
    for second in [
        "",
        "GET /healthz HTTP/1.1\r\nX: ",
        "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        assert!(!then(&issuer, second).await.contains("HTTP/1.1 200"), "{second}");
    }
}

/// threats.md B25. Three times what may be connected at once, and nobody of them sends a whole request.
#[actix_web::test]
async fn slow_connections_do_not_keep_others_out() {
    let settings = [SHORT, &[("ISSUER_MAX_CONNECTIONS", "20")]].concat();
    let issuer = TestIssuer::with(TestDatabase::sqlite(), &settings).await;
    let mut slow = Vec::new();
    for _ in 0..60 {
        let mut stream = connect(&issuer).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nX: ").await.unwrap();
        slow.push(stream);
    }
    let begun = Instant::now();
    let answer = timeout(PATIENCE, issuer.request("GET", "/healthz").send())
        .await
        .unwrap();
    assert_eq!(answer.unwrap().status(), 200, "after {:?}", begun.elapsed());
}

async fn answer_to(issuer: &TestIssuer, request: &str) -> String {
    let mut stream = connect(issuer).await;
    drop(stream.write_all(request.as_bytes()).await);
    until_closed(&mut stream).await
}

#[actix_web::test]
async fn heads_have_a_size_and_a_number_of_headers() {
    let issuer = TestIssuer::with(TestDatabase::sqlite(), SHORT).await;
    let many = "X: a\r\n".repeat(1000);
    let large = format!("X: {}\r\n", "a".repeat(1 << 20));
    for headers in [many, large] {
        let answer = answer_to(&issuer, &format!("GET /healthz HTTP/1.1\r\n{headers}\r\n")).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert!(!answer.contains("200 OK"));
    }
}

/// Where a hundred doubtful requests go, and more.
const TARGETS: [&str; 8] = [
    "POST /oauth/token",
    "POST /oauth/register",
    "POST /oauth/revoke",
    "POST /oauth/introspect",
    "POST /sign-in",
    "GET /oauth/authorize",
    "GET /healthz",
    "DELETE /nowhere",
];

/// threats.md B25. Requests that two servers in a row could cut in two different places: RFC 9112 sections 6.1 and 6.3.
#[actix_web::test]
async fn requests_of_doubtful_length_are_refused() {
    let issuer = TestIssuer::with(TestDatabase::sqlite(), SHORT).await;
    let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    for headers in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding : chunked",
        "Content-Length : 5",
        " Content-Length: 5",
    ] {
        let requests = TARGETS.map(|target| format!("{target} HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n{smuggled}"));
        for answer in join_all(requests.iter().map(|request| answer_to(&issuer, request))).await {
            assert!(
                answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
                "{headers}: {answer}"
            );
            assert!(!answer.contains("alive"), "{headers}: {answer}");
        }
    }
}
