//! Requests that no library sends, byte for byte: RFC 9112 sections 3.2 and 6.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::TestResource;

/// Sends these bytes and reads what comes until the server closes or falls silent.
async fn exchange(resource: &TestResource, request: String) -> String {
    let address = resource.origin().replace("http://localhost", "127.0.0.1");
    actix_web::web::block(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            answer.extend_from_slice(&buffer[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
    .unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("closed")
}

#[actix_web::test]
async fn two_hosts_or_none_are_refused() {
    let resource = TestResource::start().await;
    let bearer = format!("Authorization: Bearer {}", resource.signed());
    for hosts in [
        "Host: localhost\r\nHost: evil.example\r\n",
        "Host: localhost\r\nHost: localhost\r\n",
        "",
    ] {
        let answer = exchange(&resource, format!("GET /mcp HTTP/1.1\r\n{hosts}{bearer}\r\n\r\n")).await;
        assert!(["400", "403"].contains(&status(&answer)), "{hosts:?}: {answer}");
    }
    let absolute = format!("GET http://evil.example/mcp HTTP/1.1\r\nHost: localhost\r\n{bearer}\r\n\r\n");
    assert_eq!(status(&exchange(&resource, absolute).await), "403");
}

/// What a proxy in front may read as two requests must not be served as any.
#[actix_web::test]
async fn a_body_of_two_lengths_is_refused() {
    let resource = TestResource::start().await;
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n",
        resource.signed()
    );
    for lengths in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nContent-Length: 40\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: 4, 4\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x4\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
    ] {
        let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let answer = exchange(&resource, format!("{head}{lengths}\r\n{smuggled}")).await;
        assert!(
            !answer.contains("alive"),
            "{lengths:?}: a second request was served: {answer}"
        );
        assert!(
            ["400", "501", "closed"].contains(&status(&answer)),
            "{lengths:?}: {answer}"
        );
    }
}

#[actix_web::test]
async fn heads_without_end_are_refused() {
    let resource = TestResource::start().await;
    let many = "X: a\r\n".repeat(200);
    let long = format!("X: {}\r\n", "a".repeat(1 << 20));
    for headers in [many, long] {
        let answer = exchange(
            &resource,
            format!("GET /mcp HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"),
        )
        .await;
        assert!(["400", "413", "431", "closed"].contains(&status(&answer)), "{answer}");
    }
    assert_eq!(resource.get("/healthz").await.status, 200);
}
