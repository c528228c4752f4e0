//! Cross-origin access for endpoints that browser-based clients call: the Fetch standard's CORS protocol.
//!
//! Any origin may call, and no credentials are ever allowed: these endpoints take tokens and codes
//! from the request itself, never a cookie, so the origin proves nothing. Easy to get wrong: the
//! headers must be on *every* status, or the browser hides the 401 that would have started sign-in;
//! and a middleware that keeps a second handle on the request makes actix-web panic while routing.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

const ALLOW_METHODS: &str = "GET, POST, PUT, DELETE, OPTIONS";
const ALLOW_HEADERS: &str = "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, Last-Event-ID, DPoP";
const EXPOSE_HEADERS: &str = "WWW-Authenticate, Mcp-Session-Id, Retry-After, X-Request-Id, DPoP-Nonce";

/// Middleware: answers preflight requests, and marks every other answer as readable from any origin.
pub async fn any_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let answered = if preflight {
        Ok(request.into_response(HttpResponse::NoContent().finish()))
    } else {
        next.call(request).await.map(ServiceResponse::map_into_boxed_body)
    };
    match answered {
        Ok(mut response) => {
            mark(response.headers_mut(), preflight);
            Ok(response)
        }
        // An error of another middleware becomes its answer here, so that it gets the headers too.
        Err(error) => {
            let mut response = error.error_response();
            mark(response.headers_mut(), preflight);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

fn mark(headers: &mut HeaderMap, preflight: bool) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSE_HEADERS),
    );
    if preflight {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(ALLOW_METHODS),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(ALLOW_HEADERS),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, web};

    async fn answer(request: TestRequest) -> ServiceResponse<impl MessageBody> {
        let resource = web::resource("/token")
            .wrap(from_fn(any_origin))
            .route(web::post().to(|_: web::Json<u8>| async { HttpResponse::Ok().finish() }));
        call_service(
            &init_service(App::new().service(resource)).await,
            request.uri("/token").to_request(),
        )
        .await
    }

    #[actix_web::test]
    async fn errors_of_extractors_and_wrong_methods_carry_the_headers() {
        for request in [
            TestRequest::post().set_payload("x"),
            TestRequest::get(),
            TestRequest::delete(),
        ] {
            let answer = answer(request).await;
            assert!(answer.status().is_client_error());
            assert_eq!(answer.headers().get("access-control-allow-origin").unwrap(), "*");
            assert!(
                answer
                    .headers()
                    .get("access-control-expose-headers")
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .contains("WWW-Authenticate")
            );
        }
    }

    #[actix_web::test]
    async fn a_whole_application_can_be_wrapped_and_its_unknown_paths_and_failing_middleware_too() {
        let fails = from_fn(|_: ServiceRequest, _: Next<BoxBody>| async {
            Err::<ServiceResponse, Error>(actix_web::error::ErrorTooManyRequests("slow down"))
        });
        let app = App::new()
            .wrap(from_fn(any_origin))
            .route("/{id}", web::get().to(HttpResponse::Ok))
            .service(
                web::resource("/a/limited")
                    .wrap(fails)
                    .route(web::get().to(HttpResponse::Ok)),
            );
        let app = init_service(app).await;
        for (path, status) in [("/a", 200), ("/a/b", 404), ("/a/limited", 429)] {
            let request = TestRequest::get().uri(path).to_request();
            let answer = match actix_web::test::try_call_service(&app, request).await {
                Ok(answer) => answer.into_parts().1,
                Err(error) => error.error_response(),
            };
            assert_eq!(answer.status(), status, "{path}");
            assert_eq!(
                answer.headers().get("access-control-allow-origin").unwrap(),
                "*",
                "{path}"
            );
        }
    }

    #[actix_web::test]
    async fn a_preflight_is_answered_without_the_endpoint() {
        let request = TestRequest::with_uri("/token")
            .method(Method::OPTIONS)
            .insert_header(("origin", "http://localhost:6274"))
            .insert_header(("access-control-request-method", "POST"))
            .insert_header(("access-control-request-headers", "mcp-protocol-version"));
        let answer = answer(request).await;
        assert_eq!(answer.status(), 204);
        assert!(
            answer
                .headers()
                .get("access-control-allow-headers")
                .unwrap()
                .to_str()
                .unwrap()
                .contains("MCP-Protocol-Version")
        );
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
    }
}
