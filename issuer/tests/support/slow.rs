//! Connections that are slow or silent, of bytes that no library sends; the resource server's tests share it.
//!
//! `address` is where a server listens that gives a head, and a connection without a request, one second.

use std::time::Duration;

use actix_web::rt::time::{sleep, timeout};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than anything may take here, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Everything until the server closes the connection.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A reset is an end, too: it comes when the server closes with bytes of ours unread.
    drop(timeout(PATIENCE, stream.read_to_end(&mut all)).await.unwrap());
    String::from_utf8_lossy(&all).into_owned()
}

/// What comes when these bytes are sent, until the connection is closed.
pub async fn answer_to(address: &str, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    drop(stream.write_all(bytes.as_bytes()).await);
    until_closed(&mut stream).await
}

/// No head, and the beginning of one.
pub async fn a_head_that_does_not_end_is_cut_off(address: &str) {
    for begun in ["", "POST /healthz HTTP/1.1\r\nHost: a\r\nX: "] {
        let answer = answer_to(address, begun).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

/// A head of which a byte comes now and then.
pub async fn a_head_that_drips_is_cut_off_as_well(address: &str) {
    let (mut reading, mut writing) = TcpStream::connect(address).await.unwrap().into_split();
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

/// After one good request, nothing of these bytes on the same connection is served, and it is closed.
pub async fn nothing_more_is_served(address: &str, second: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let good = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(good).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    drop(stream.write_all(second.as_bytes()).await);
    let rest = until_closed(&mut stream).await;
    assert!(!rest.contains("HTTP/1.1 200"), "{second}: {rest}");
}

/// The server's library has no time limit for the second head of a connection; without keep-alive there is none.
pub async fn without_keep_alive_there_is_no_second_head_to_wait_for(address: &str) {
    for second in [
        "",
        "GET /healthz HTTP/1.1\r\nX: ",
        "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        nothing_more_is_served(address, second).await;
    }
}

/// So many connections, of which nobody sends a whole request.
pub async fn begin(address: &str, many: usize) -> Vec<TcpStream> {
    let mut begun = Vec::new();
    for _ in 0..many {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nX: ").await.unwrap();
        begun.push(stream);
    }
    begun
}

/// Many headers, and a large one.
pub async fn heads_have_a_size_and_a_number_of_headers(address: &str) {
    let many = "X: a\r\n".repeat(1000);
    let large = format!("X: {}\r\n", "a".repeat(1 << 20));
    for headers in [many, large] {
        let answer = answer_to(address, &format!("GET /healthz HTTP/1.1\r\n{headers}\r\n")).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}
