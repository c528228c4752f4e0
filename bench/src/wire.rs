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

/// A connection; opened again when the server ended it with its answer, as it may (RFC 9112 section 9.6).
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    received: Vec<u8>,
    /// What came in chunks, put together.
    joined: Vec<u8>,
    is_over: bool,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            address,
            stream: connect(address).await?,
            received: Vec::with_capacity(16 << 10),
            joined: Vec::new(),
            is_over: false,
        })
    }

    /// Sends a request and waits for the whole answer.
    pub async fn send(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.received.clear();
        if std::mem::take(&mut self.is_over) {
            self.stream = connect(self.address).await?;
        }
        self.stream.write_all(request).await?;
        let head = loop {
            self.more().await?;
            if let Some(at) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        self.is_over = header(self.head(head)?, "connection").is_some_and(|word| word.eq_ignore_ascii_case("close"));
        let text = self.head(head)?;
        let is_chunked = header(text, "transfer-encoding").is_some_and(|coding| coding == "chunked");
        let end = if is_chunked {
            self.join(head).await?
        } else {
            head + length(text)?
        };
        self.until(end).await?;
        let text = self.head(head)?;
        let status = text.get(9..12).and_then(|code| code.parse().ok());
        let plain = self.received.get(head..end).unwrap_or_default();
        Ok(Answer {
            status: status.ok_or_else(|| bad("no status"))?,
            head: text,
            body: if is_chunked { &self.joined } else { plain },
        })
    }

    /// Puts the chunks together that begin here (RFC 9112 section 7.1); where they end.
    async fn join(&mut self, mut at: usize) -> io::Result<usize> {
        self.joined.clear();
        loop {
            let line = loop {
                let rest = self.received.get(at..).unwrap_or_default();
                if let Some(length) = rest.windows(2).position(|two| two == b"\r\n") {
                    break at + length;
                }
                self.more().await?;
            };
            let size = self
                .received
                .get(at..line)
                .and_then(|size| std::str::from_utf8(size).ok());
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.ok_or_else(|| bad("a chunk tells no size"))?;
            let chunk = line + 2..line + 2 + size;
            at = chunk.end + 2;
            self.until(at).await?;
            if size == 0 {
                return Ok(at);
            }
            self.joined
                .extend_from_slice(self.received.get(chunk).unwrap_or_default());
        }
    }

    async fn until(&mut self, end: usize) -> io::Result<()> {
        while self.received.len() < end {
            self.more().await?;
        }
        Ok(())
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

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
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

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
