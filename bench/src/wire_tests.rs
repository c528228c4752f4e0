//! Answers as servers may send them: in chunks, in pieces, and with the end of the connection.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Connection, get};

/// Answers one connection after the other with these pieces, each when the one before it was read or a request came.
async fn server(connections: Vec<Vec<&'static str>>) -> Connection {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for answers in connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in answers {
                let mut request = [0; 1024];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                for piece in answer.split('|') {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        }
    });
    Connection::open(address).await.unwrap()
}

async fn body(connection: &mut Connection) -> (u16, String) {
    let answer = connection.send(&get("/", &[])).await.unwrap();
    (answer.status, String::from_utf8(answer.body.to_vec()).unwrap())
}

#[tokio::test]
async fn chunks_are_put_together_wherever_they_were_cut() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n|\r\n5\r|\nhel|lo\r\n6\r\n| world|\r\n0\r\n\r|\n";
    let plain = "HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\nab|c";
    let mut connection = server(vec![vec![chunked, plain]]).await;
    assert_eq!(body(&mut connection).await, (200, "hello world".to_owned()));
    assert_eq!(body(&mut connection).await, (201, "abc".to_owned()));
}

#[tokio::test]
async fn a_server_that_ends_the_connection_with_its_answer_is_connected_to_again() {
    let last = "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let mut connection = server(vec![vec![last], vec![last]]).await;
    for _ in 0..2 {
        assert_eq!(body(&mut connection).await, (401, String::new()));
    }
}

#[tokio::test]
async fn an_answer_that_ends_early_is_none() {
    let mut connection = server(vec![vec!["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]]).await;
    assert!(connection.send(&get("/", &[])).await.is_err());
}
