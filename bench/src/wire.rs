//! A keep-alive connection of HTTP/1.1 (RFC 9112) that costs the generator as little as it can: requests are bytes
//! that were made before, and of an answer only the status and the length are looked at.
//!
//! Easy to get wrong: a generator that is slower than the server measures itself.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The header, as text.
    pub head: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let received = Vec::with_capacity(16 << 10);
        Ok(Self { stream, received })
    }

    /// Sends a request and waits for the whole answer.
    pub async fn send(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            self.more().await?;
            if let Some(at) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let length = length(self.head(head)?)?;
        while self.received.len() < head + length {
            self.more().await?;
        }
        let text = self.head(head)?;
        let status = text.get(9..12).and_then(|code| code.parse().ok());
        Ok(Answer {
            status: status.ok_or_else(|| bad("no status"))?,
            head: text,
            body: self.received.get(head..head + length).unwrap_or_default(),
        })
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    fn head(&self, end: usize) -> io::Result<&str> {
        let head = self.received.get(..end).unwrap_or_default();
        std::str::from_utf8(head).map_err(|_| bad("a header is not text"))
    }
}

/// Our servers and their peers tell the length of all that is asked of them here.
fn length(head: &str) -> io::Result<usize> {
    match header(head, "content-length") {
        Some(length) => length.parse().map_err(|_| bad("a length is no number")),
        None if head.get(9..12) == Some("204") => Ok(0),
        None => Err(bad("an answer does not tell its length")),
    }
}

/// The value of a header.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut of_name = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    of_name.next().map(|(_, value)| value.trim())
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// A request with a body of this media type; `headers` are whole lines.
pub fn post(path: &str, media_type: &str, headers: &[String], body: &str) -> Vec<u8> {
    let headers = lines(headers);
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A request without a body.
pub fn get(path: &str, headers: &[String]) -> Vec<u8> {
    let headers = lines(headers);
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").into_bytes()
}

fn lines(headers: &[String]) -> String {
    headers.iter().flat_map(|header| [header.as_str(), "\r\n"]).collect()
}
