//! The body of a request, before it has a meaning: how large it may be, and how long it may take.
//!
//! Easy to get wrong: bounding the size alone. A body that trickles in keeps a connection and its
//! memory for as long as its sender likes.

use std::time::Duration;

use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, Payload};

/// More than any honest request needs, in bytes.
const LIMIT: usize = 64 << 10;
/// How long a body may take to arrive.
const ARRIVES: Duration = Duration::from_secs(10);

/// Why a body was not read; fit for an `error_description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The connection ended, or the encoding is broken.
    #[error("the body ended too early")]
    Broken,
    /// Nothing honest is so large.
    #[error("the body is larger than 64 KiB")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the body took too long")]
    TooSlow,
}

/// The whole body.
pub async fn read(body: Payload) -> Result<Bytes, BodyError> {
    read_within(body, ARRIVES).await
}

async fn read_within(body: Payload, time: Duration) -> Result<Bytes, BodyError> {
    match timeout(time, body.to_bytes_limited(LIMIT)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(BodyError::Broken),
        Ok(Err(_)) => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::TooSlow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::FromRequest;
    use actix_web::error::PayloadError;
    use actix_web::test::TestRequest;
    use futures_util::stream::{self, Stream, StreamExt};

    type Part = Result<Bytes, PayloadError>;

    async fn of(parts: impl Stream<Item = Part> + 'static) -> Result<Bytes, BodyError> {
        let request = TestRequest::default().to_http_request();
        let mut payload = actix_web::dev::Payload::from(Box::pin(parts) as std::pin::Pin<Box<dyn Stream<Item = Part>>>);
        let body = Payload::from_request(&request, &mut payload).await.unwrap();
        read_within(body, Duration::from_millis(20)).await
    }

    fn parts(lengths: &'static [usize]) -> impl Stream<Item = Part> {
        stream::iter(lengths.iter().map(|length| Ok(Bytes::from(vec![b'a'; *length]))))
    }

    #[actix_web::test]
    async fn a_body_has_its_size_and_its_time() {
        assert_eq!(of(parts(&[1, 2])).await.unwrap().len(), 3);
        assert_eq!(of(parts(&[LIMIT])).await.unwrap().len(), LIMIT);
        assert_eq!(of(parts(&[LIMIT, 1])).await, Err(BodyError::TooLarge));
        let breaks = parts(&[1]).chain(stream::iter([Err(PayloadError::Overflow)]));
        assert_eq!(of(breaks).await, Err(BodyError::Broken));
        assert_eq!(of(parts(&[1]).chain(stream::pending())).await, Err(BodyError::TooSlow));
    }
}
