//! The turns of those who sign in, so that two thousand at once take the memory of few: threats.md B24.
//!
//! A form that is looked at takes as much memory as twenty that wait. Easy to get wrong: (1) a turn that is kept until the
//! password was looked at would make everybody wait for all hashes before theirs, where the queue of these says at once
//! that it is full; (2) a place in that queue instead of a turn: guesses that are slowed down need none, and many of them at
//! once would keep the owner out.

use std::mem;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::middleware::Next;
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// How many forms are looked at at once.
const TURNS: usize = 32;

/// Whose form is next.
#[derive(Debug)]
pub struct Turns(Semaphore);

/// The turn of one of them, until it is dropped.
pub type Turn<'a> = SemaphorePermit<'a>;

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(TURNS))
    }
}

impl Turns {
    /// Waits for a turn; who came first has it first.
    pub async fn next(&self) -> Result<Turn<'_>, AcquireError> {
        self.0.acquire().await
    }
}

/// Middleware around what waits: a request comes with room for 28 headers, 6.7 KB, which is most of what it takes while it
/// waits. It goes on with room for those that it has. Outside of all middleware that keeps the request.
pub async fn with_little_room(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let headers = request.headers_mut();
    let roomy = mem::replace(headers, HeaderMap::with_capacity(headers.len_keys()));
    roomy.into_iter().for_each(|(name, value)| headers.append(name, value));
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_and_read_body, init_service};
    use actix_web::{App, HttpRequest, web};

    use super::*;

    async fn told(request: HttpRequest) -> String {
        let headers = request.headers();
        let values: Vec<_> = headers.get_all("accept").map(|value| value.to_str().unwrap()).collect();
        format!("{} {}", headers.capacity(), values.join(", "))
    }

    #[actix_web::test]
    async fn a_request_keeps_its_headers_and_not_the_room_for_more() {
        let request = || {
            let request = TestRequest::default().append_header(("accept", "a"));
            let request = request.append_header(("cookie", "c")).append_header(("accept", "b"));
            let mut request = request.to_request();
            request.headers_mut().reserve(16);
            request
        };
        let roomy = init_service(App::new().default_service(web::to(told))).await;
        assert_eq!(call_and_read_body(&roomy, request()).await, "28 a, b");
        let app = App::new()
            .default_service(web::to(told))
            .wrap(from_fn(with_little_room));
        assert_eq!(call_and_read_body(&init_service(app).await, request()).await, "3 a, b");
    }
}
