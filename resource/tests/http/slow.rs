//! Slow, silent and oversized requests over real sockets: what is cut off, and that others are served.

use std::time::Duration;

use actix_web::rt::time::{sleep, timeout};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestResource;

/// Longer than anything may take here, also on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const SHORT: &[(&str, &str)] = &[("RESOURCE_HEAD_SECONDS", "1"), ("RESOURCE_KEEP_ALIVE_SECONDS", "1")];

async fn connect(resource: &TestResource) -> TcpStream {
    let port = resource.origin().rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    TcpStream::connect(("127.0.0.1", port)).await.unwrap()
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
    let resource = TestResource::start_with(SHORT).await;
    for begun in ["", "POST /mcp HTTP/1.1\r\nHost: a\r\nX: "] {
        let mut stream = connect(&resource).await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

#[actix_web::test]
async fn a_head_that_drips_is_cut_off_as_well() {
    let resource = TestResource::start_with(SHORT).await;
    let (mut reading, mut writing) = connect(&resource).await.into_split();
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
async fn then(resource: &TestResource, second: &str) -> String {
    let mut stream = connect(resource).await;
    let first = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(first).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    drop(stream.write_all(second.as_bytes()).await);
    until_closed(&mut stream).await
}

#[actix_web::test]
async fn a_connection_without_requests_is_closed() {
    let resource = TestResource::start_with(SHORT).await;
    assert!(!then(&resource, "").await.contains("HTTP/1.1 200"));
}

/// The server's library has no time limit for the second head of a connection; without keep-alive there is none.
#[actix_web::test]
async fn without_keep_alive_there_is_no_second_head_to_wait_for() {
    let resource = TestResource::start_with(&[("RESOURCE_KEEP_ALIVE_SECONDS", "0")]).await;
    for second in [
        "",
        "GET /healthz HTTP/1.1\r\nX: ",
        "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        assert!(!then(&resource, second).await.contains("HTTP/1.1 200"), "{second}");
    }
}

/// Three times what may be connected at once, and nobody of them sends a whole request.
#[actix_web::test]
async fn slow_connections_do_not_keep_others_out() {
    let settings = [SHORT, &[("RESOURCE_MAX_CONNECTIONS", "20")]].concat();
    let resource = TestResource::start_with(&settings).await;
    let mut slow = Vec::new();
    for _ in 0..60 {
        let mut stream = connect(&resource).await;
        stream.write_all(b"POST /mcp HTTP/1.1\r\nX: ").await.unwrap();
        slow.push(stream);
    }
    let answer = timeout(PATIENCE, resource.get("/healthz")).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn heads_have_a_size_and_a_number_of_headers() {
    let resource = TestResource::start_with(SHORT).await;
    let many = "X: a\r\n".repeat(1000);
    let large = format!("X: {}\r\n", "a".repeat(1 << 20));
    for headers in [many, large] {
        let mut stream = connect(&resource).await;
        let head = format!("GET /healthz HTTP/1.1\r\n{headers}\r\n");
        drop(stream.write_all(head.as_bytes()).await);
        let answer = until_closed(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}
