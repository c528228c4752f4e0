//! The front door: whatever actix-web serves becomes an OAuth 2.1 protected resource
//! (RFC 6750, RFC 9068, RFC 9449, RFC 9728; MCP 2026-07-28, basic/authorization).
//!
//! A [`Protection`] is made once, from a resource identifier and the issuers that are trusted. It is a middleware for
//! what is protected, and it registers the metadata that tells clients where to sign in:
//!
//! 1. Is the request addressed to us, and sent by a page that may call? ([`crate::rebinding`])
//! 2. Who sends it? A challenge where no token passes, on every method and before a byte of the body is read.
//! 3. The scope that every request needs.
//! 4. The handler takes a [`Principal`], or an [`Admission`] where it needs further scopes for what the body asks.
//!
//! ```
//! use actix_web::{App, Responder, web};
//! use resource::auth::trust::Issuer;
//! use resource::principal::Principal;
//! use resource::protect::Protection;
//! use shared::scope::Scope;
//!
//! const NOTES: &str = "http://localhost:3000/notes";
//!
//! async fn notes(caller: Principal) -> impl Responder {
//!     format!("The notes of {}", caller.sub)
//! }
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let protection = Protection::builder(NOTES)
//!         .issuer(Issuer::new("http://localhost:8080", NOTES))
//!         .required_scopes(Scope::parse("notes:read")?)
//!         .build()?;
//!     let app = App::new()
//!         .configure(|services| protection.metadata(services))
//!         .service(web::resource("/notes").wrap(protection.clone()).to(notes));
//!     // HttpServer::new(...)
//! #   actix_web::test::init_service(app).await;
//!     Ok(())
//! }
//! ```
//!
//! An MCP server with rmcp behind it is `examples/protected_mcp.rs`. Easy to get wrong: a path that is served twice,
//! once without the middleware. This module knows no food and no MCP method but those that may be open to everybody.

mod admission;
mod builder;
mod metadata;
mod middleware;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HOST, ORIGIN};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use shared::clock::{Clock, NumericDate};
use shared::http::access_log::{note_client, note_subject, request_id};
use shared::http::metrics::Registry;
use shared::metadata::ProtectedResourceMetadata;
use shared::scope::Scope;
use tokio::task::JoinHandle;

pub use self::admission::Admission;
use self::admission::Who;
pub use self::builder::{BadProtection, Builder};
use crate::answer;
use crate::auth::anonymous::Anonymous;
use crate::auth::api_key::{self, ApiKeys, Deprecation};
use crate::auth::proofs::Proofs;
use crate::auth::refusal::Got;
use crate::auth::verified::Verified;
use crate::auth::verifier::Verifier;
use crate::auth::{self, Unauthenticated};
use crate::challenge::Challenge;
use crate::identifier::ResourceIdentifier;
use crate::principal::Principal;
pub use crate::rebinding::AllowedBy;
use crate::rebinding::{Allowed, Misaddressed};

/// When the stream of somebody without a token ends, in seconds.
const ANONYMOUS_SECONDS: NumericDate = 3600;

/// What protects a resource. Cloning it is cheap, and all clones share keys and what they remember; the issuers' keys
/// are fetched in the background until the last of them is gone.
#[derive(Clone, Debug)]
pub struct Protection(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    resource: ResourceIdentifier,
    metadata: ProtectedResourceMetadata,
    allowed: Allowed,
    allowed_by: Option<AllowedBy>,
    verifier: Verifier,
    proofs: Proofs,
    api_keys: Option<Arc<ApiKeys>>,
    challenge: Challenge,
    required_scopes: Scope,
    anonymous: Anonymous,
    open_scope: Scope,
    nobody: Arc<Principal>,
    clock: Clock,
    fetching: Vec<JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.fetching.iter().for_each(JoinHandle::abort);
    }
}

/// Stands in the extensions of a request that came with an API key.
#[derive(Clone, Copy)]
struct ByApiKey;

/// Why a request does not reach the handler.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Misaddressed(#[from] Misaddressed),
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    #[error("scope: expected {needed}, got {granted}")]
    InsufficientScope { needed: Scope, granted: Scope },
}

impl Protection {
    /// For the resource with this identifier: the exact URL that people type into their client.
    pub fn builder(resource: &str) -> Builder {
        Builder::new(resource)
    }

    /// Whether tokens of any issuer can be checked: its keys were fetched, or it is asked about each token.
    pub fn is_ready(&self) -> bool {
        self.0.verifier.is_ready()
    }

    /// The resource identifier.
    pub fn resource(&self) -> &ResourceIdentifier {
        &self.0.resource
    }

    /// What the resource says of itself (RFC 9728 section 2).
    pub fn document(&self) -> &ProtectedResourceMetadata {
        &self.0.metadata
    }

    /// Adds what is counted to a registry.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.0.verifier.metrics().register(registry);
        if let Some(api_keys) = &self.0.api_keys {
            api_keys.register(registry);
        }
    }

    /// Notes what is not counted but is the case now; to be called before each scrape.
    pub fn look(&self) {
        self.0.verifier.look();
    }

    /// Everything that is decided without the body.
    async fn admit(&self, request: &HttpRequest) -> Result<Admission, Refused> {
        let door = &self.0;
        door.allowed.check(request.uri(), request.headers())?;
        if door.anonymous != Anonymous::None && !request.headers().contains_key(AUTHORIZATION) {
            let exp = door.clock.now().saturating_add(ANONYMOUS_SECONDS);
            let nobody = Who::Nobody(Arc::clone(&door.nobody), exp);
            return Ok(Admission::new(self.clone(), nobody));
        }
        let verified = auth::authenticate(&door.verifier, &door.proofs, request).await?;
        if let Some(client_id) = &verified.principal.client_id {
            note_client(request, client_id);
        }
        note_subject(request, &verified.principal.sub);
        if verified.principal.iss == api_key::ISS {
            request.extensions_mut().insert(ByApiKey);
        }
        require([&door.required_scopes], &verified)?;
        Ok(Admission::new(self.clone(), Who::Known(verified)))
    }

    /// What the answer to this request says of the end of API keys.
    fn deprecation(&self, request: &HttpRequest) -> Option<Deprecation> {
        request.extensions().get::<ByApiKey>()?;
        self.0.api_keys.as_ref()?.deprecation()
    }

    fn refuse(&self, request: &HttpRequest, refused: &Refused) -> HttpResponse {
        let (challenge, metrics) = (&self.0.challenge, self.0.verifier.metrics());
        match refused {
            Refused::Misaddressed(why) => {
                metrics.forbidden("misaddressed");
                misaddressed(request, *why, self.0.allowed_by)
            }
            Refused::Unauthenticated(why) => challenge.unauthenticated(request, why),
            Refused::InsufficientScope { needed, granted } => {
                metrics.forbidden("insufficient_scope");
                challenge.insufficient_scope(request, needed, granted)
            }
        }
    }
}

fn require<const N: usize>(needed: [&Scope; N], verified: &Verified) -> Result<(), Refused> {
    let granted = &verified.principal.scope;
    if needed.iter().all(|scope| granted.covers(scope)) {
        return Ok(());
    }
    Err(Refused::InsufficientScope {
        needed: needed.iter().fold(Scope::default(), |all, scope| all.union(scope)),
        granted: granted.clone(),
    })
}

fn misaddressed(request: &HttpRequest, why: Misaddressed, by: Option<AllowedBy>) -> HttpResponse {
    let why = why.told(by);
    let sent = |name| {
        request
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
    };
    let shown = |name| sent(name).map_or_else(Got::nothing, |value| Got::new(&value));
    log::warn!(target: "security", kind = "refused", request_id = request_id(request), reason = "misaddressed",
        host:% = shown(HOST), origin:% = shown(ORIGIN);
        "refused: {why}");
    answer::error(request, StatusCode::FORBIDDEN, "forbidden", &why)
}
