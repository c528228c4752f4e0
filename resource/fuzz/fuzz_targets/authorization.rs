//! The `Authorization` header: what is taken for a token stands at the end of the header as it was sent.
#![no_main]

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use resource::auth::bearer::{BadAuthorization, credentials};

fuzz_target!(|input: &[u8]| {
    let mut headers = HeaderMap::new();
    for value in input.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(value) else {
            return;
        };
        headers.append(AUTHORIZATION, value);
    }
    let sent = headers.get_all(AUTHORIZATION).count();
    match credentials(&headers) {
        Ok((_, token)) => {
            assert_eq!(sent, 1);
            assert!(input.ends_with(token.as_bytes()));
            assert!(token.bytes().all(|c| c.is_ascii_graphic() && !b"\",;\\".contains(&c)));
        }
        Err(BadAuthorization::Repeated) => assert!(sent > 1),
        Err(_) => {}
    }
});
