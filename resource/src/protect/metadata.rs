//! Protected resource metadata: RFC 9728 sections 2 and 3.
//!
//! One document, made from the settings alone and served at the path form and at the root. Easy to
//! get wrong: an address built from `Host` or `X-Forwarded-*` lets whoever sends the request choose
//! the authorization server of the next client.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::Protection;
use crate::answer::readable;
use crate::identifier::WELL_KNOWN;

impl Protection {
    /// Registers the metadata, at the address that the challenge names and at the root. Where API keys alone are taken
    /// there is none: clients would start OAuth.
    pub fn metadata(&self, services: &mut ServiceConfig) {
        if self.0.verifier.takes_keys_alone() {
            return;
        }
        let path = self.0.resource.path();
        let mut paths = vec![WELL_KNOWN.to_owned()];
        if !path.is_empty() {
            paths.extend([format!("{WELL_KNOWN}{path}"), format!("{WELL_KNOWN}{path}/")]);
        }
        let protection = self.clone();
        let endpoint = move |_: HttpRequest| {
            let answer = protection.answer();
            async move { answer }
        };
        services.service(readable(web::resource(paths), endpoint));
    }

    /// `GET /.well-known/oauth-protected-resource...`
    fn answer(&self) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "public, max-age=300"))
            .json(&self.0.metadata)
    }
}
