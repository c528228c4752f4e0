//! Public documents that others keep for a while: RFC 9110 sections 8.8.3 (`ETag`), 13.1.2 (`If-None-Match`) and 15.4.5.
//!
//! Easy to get wrong: `If-None-Match: *` asks whether there is any document at all, and there is.

use actix_web::http::header::{CACHE_CONTROL, ETAG, EntityTag, Header, IfNoneMatch};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

/// A document with what tells it from others.
#[derive(Debug)]
pub struct Cached<'a> {
    /// Differs for each body.
    pub tag: String,
    /// `Cache-Control`.
    pub cache_control: &'a str,
    /// `Content-Type`.
    pub content_type: &'a str,
    /// The document.
    pub body: Bytes,
}

impl Cached<'_> {
    /// The document, or 304 when the client has it already.
    pub fn answer(self, request: &HttpRequest) -> HttpResponse {
        let tag = EntityTag::new_strong(self.tag);
        let has_it = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
            Err(_) => false,
        };
        let mut answer = if has_it {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        answer
            .insert_header((CACHE_CONTROL, self.cache_control))
            .insert_header((ETAG, tag.to_string()));
        if has_it {
            return answer.finish();
        }
        answer.content_type(self.content_type).body(self.body)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::IF_NONE_MATCH;
    use actix_web::test::TestRequest;

    use super::*;

    fn status(if_none_match: Option<&str>) -> u16 {
        let document = Cached {
            tag: "a".to_owned(),
            cache_control: "no-cache",
            content_type: "text/plain",
            body: Bytes::from_static(b"text"),
        };
        let request = if_none_match.into_iter().fold(TestRequest::get(), |request, value| {
            request.insert_header((IF_NONE_MATCH, value))
        });
        document.answer(&request.to_http_request()).status().as_u16()
    }

    #[test]
    fn who_has_the_document_or_asks_for_none_is_not_sent_it() {
        for (header, expected) in [
            (None, 200),
            (Some("*"), 304),
            (Some("\"a\""), 304),
            (Some("W/\"a\""), 304),
            (Some("\"b\", \"a\""), 304),
            (Some("\"b\""), 200),
            (Some("a"), 200),
            (Some(""), 200),
        ] {
            assert_eq!(status(header), expected, "{header:?}");
        }
    }
}
