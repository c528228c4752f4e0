//! Outgoing HTTP: small JSON documents from a configured address, with limits on everything.
//!
//! No redirects and no proxy from the environment: the answer must come from the address that was
//! configured. Easy to get wrong: a limit on the time to connect alone lets a server drip its answer
//! for ever, and a limit read from `Content-Length` lets it lie.

pub mod address;
pub mod guarded;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::header::HttpDate;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};

/// From the first byte sent to the last received.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Headers that hold a secret, which no log of the client's and no table of headers of HTTP/2 is to hold.
const SECRET: [&str; 2] = ["authorization", "x-api-key"];

/// A client for outgoing requests.
#[derive(Clone, Debug)]
pub struct Fetch(reqwest::Client);

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The client could not be made, the server could not be reached, or took too long.
    #[error("{0}")]
    Transport(String),
    /// The server answered with another status than 200.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is larger than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The address that a stranger chose is not on the public Internet.
    #[error("the host has an address that is not public")]
    NotPublic,
}

/// A fetched document.
#[derive(Debug)]
pub struct Fetched {
    /// The status of the answer.
    pub status: u16,
    /// Its bytes.
    pub body: Vec<u8>,
    /// The `Cache-Control` header, where there is one.
    pub cache_control: Option<String>,
    /// All its headers.
    pub headers: HeaderMap,
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes a client")]
fn builder() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().redirect(Policy::none());
    builder.no_proxy().timeout(TIMEOUT)
}

/// How far a clock that says this `Date` (RFC 9110 section 6.6.1) is ahead of `now`, in seconds.
pub fn seconds_ahead(date: &str, now: i64) -> Option<i64> {
    let date: HttpDate = date.parse().ok()?;
    let since = SystemTime::from(date).duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()?.checked_sub(now)
}

impl Fetch {
    /// A client with the limits above.
    pub fn new() -> Result<Self, FetchError> {
        Self::made_by(builder())
    }

    /// A client for asking a program on this machine how it does, which takes any certificate: ours is
    /// for our name, not for the address that is asked. Nothing secret may be sent with it.
    pub fn of_this_machine() -> Result<Self, FetchError> {
        Self::made_by(builder().danger_accept_invalid_certs(true))
    }

    fn made_by(builder: reqwest::ClientBuilder) -> Result<Self, FetchError> {
        builder.build().map(Self).map_err(|error| transport(&error))
    }

    /// The document at `url`, at most `most` bytes long.
    pub async fn get(&self, url: &str, most: usize) -> Result<Fetched, FetchError> {
        let fetched = self.get_any_status(url, most).await?;
        if fetched.status != 200 {
            return Err(FetchError::Status(fetched.status));
        }
        Ok(fetched)
    }

    /// What `url` answers, whatever its status.
    pub async fn get_any_status(&self, url: &str, most: usize) -> Result<Fetched, FetchError> {
        send(self.0.get(url), most).await
    }

    /// The same with these headers and no others of ours.
    pub async fn get_with(&self, url: &str, headers: &[(&str, &str)], most: usize) -> Result<Fetched, FetchError> {
        receive(with_headers(self.0.get(url), headers), most).await
    }

    /// What `url` answers to a body with these headers and no others of ours, whatever its status.
    pub async fn post_with(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
        most: usize,
    ) -> Result<Fetched, FetchError> {
        receive(with_headers(self.0.post(url).body(body), headers), most).await
    }

    /// What `url` answers to a form (application/x-www-form-urlencoded), whatever its status. `authorization` is the
    /// header of that name.
    pub async fn post_form(
        &self,
        url: &str,
        authorization: Option<&str>,
        form: String,
        most: usize,
    ) -> Result<Fetched, FetchError> {
        let mut request = self.0.post(url).body(form);
        request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = with_headers(request, &[("authorization", authorization)]);
        }
        send(request, most).await
    }

    /// What `url` answers to any request with exactly these headers, whatever its status.
    pub async fn request(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        most: usize,
    ) -> Result<Fetched, FetchError> {
        receive(self.0.request(method, url).headers(headers).body(body), most).await
    }
}

fn with_headers(request: RequestBuilder, headers: &[(&str, &str)]) -> RequestBuilder {
    headers
        .iter()
        .fold(request, |request, (name, value)| match HeaderValue::from_str(value) {
            Ok(mut value) => {
                value.set_sensitive(SECRET.contains(name));
                request.header(*name, value)
            }
            // Sending it is what fails.
            Err(_) => request.header(*name, *value),
        })
}

async fn send(request: RequestBuilder, most: usize) -> Result<Fetched, FetchError> {
    receive(request.header("accept", "application/json"), most).await
}

async fn receive(request: RequestBuilder, most: usize) -> Result<Fetched, FetchError> {
    let mut answer = request.send().await.map_err(|error| transport(&error))?;
    let status = answer.status().as_u16();
    let cache_control = answer
        .headers()
        .get("cache-control")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    Ok(Fetched {
        status,
        body: read(&mut answer, most).await?,
        cache_control,
        headers: answer.headers().clone(),
    })
}

/// The body in pieces, so that nobody's `Content-Length` is believed.
async fn read(answer: &mut reqwest::Response, most: usize) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| transport(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > most {
            return Err(FetchError::TooLarge(most));
        }
    }
    Ok(body)
}

/// The innermost cause, which is what people need: "connection refused" and not "error sending request".
fn transport(error: &reqwest::Error) -> FetchError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if let Some(FetchError::NotPublic) = cause.downcast_ref() {
        return FetchError::NotPublic;
    }
    FetchError::Transport(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_with_a_secret_is_told_so_to_the_client() {
        let headers = [
            ("x-api-key", "planted"),
            ("authorization", "planted"),
            ("accept", "*/*"),
        ];
        let request = with_headers(Fetch::new().unwrap().0.get("http://localhost/"), &headers);
        let request = request.build().unwrap();
        assert!(!format!("{request:?}").contains("planted"));
        for (name, sensitive) in [("x-api-key", true), ("authorization", true), ("accept", false)] {
            assert_eq!(request.headers()[name].is_sensitive(), sensitive, "{name}");
        }
    }
}
