//! Who was let in, for the handlers behind the middleware.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::error::{ErrorInternalServerError, InternalError};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use shared::clock::NumericDate;
use shared::scope::Scope;

use super::{Protection, Refused, require};
use crate::auth::Unauthenticated;
use crate::auth::bearer::BadAuthorization;
use crate::auth::verified::Verified;
use crate::principal::Principal;

/// Who sends a request.
#[derive(Clone, Debug)]
pub(super) enum Who {
    Known(Arc<Verified>),
    /// Somebody without a token, where that may be; what they are called, and when their streams end.
    Nobody(Arc<Principal>, NumericDate),
}

/// A request that the [`Protection`] let in; an extractor.
#[derive(Clone, Debug)]
pub struct Admission {
    protection: Protection,
    who: Who,
}

impl Admission {
    pub(super) fn new(protection: Protection, who: Who) -> Self {
        Self { protection, who }
    }

    /// Who sends the request; nobody, without names, where the settings open something to everybody.
    pub fn principal(&self) -> &Arc<Principal> {
        match &self.who {
            Who::Known(verified) => &verified.principal,
            Who::Nobody(principal, _) => principal,
        }
    }

    /// How many seconds the token has, after which a stream must end; not below 0.
    pub fn seconds_left(&self) -> NumericDate {
        let exp = match &self.who {
            Who::Known(verified) => verified.exp,
            Who::Nobody(_, exp) => *exp,
        };
        exp.saturating_sub(self.protection.0.clock.now()).max(0)
    }

    /// Whether the token allows what needs this scope; otherwise the answer, a challenge that names it.
    pub fn require(&self, request: &HttpRequest, scope: &Scope) -> Result<(), HttpResponse> {
        let always = &self.protection.0.required_scopes;
        let allowed = self.known().and_then(|verified| require([scope, always], verified));
        allowed.map_err(|refused| self.protection.refuse(request, &refused))
    }

    /// The same for an MCP request with this method, which the settings may open to everybody.
    pub fn require_for(&self, request: &HttpRequest, method: &str, scope: &Scope) -> Result<(), HttpResponse> {
        let door = &self.protection.0;
        let opens = |needed: &Scope| door.anonymous.opens(method, needed, &door.open_scope);
        if matches!(self.who, Who::Nobody(..)) && opens(scope) && opens(&door.required_scopes) {
            return Ok(());
        }
        self.require(request, scope)
    }

    fn known(&self) -> Result<&Verified, Refused> {
        match &self.who {
            Who::Known(verified) => Ok(verified),
            Who::Nobody(..) => Err(Unauthenticated::from(BadAuthorization::Absent).into()),
        }
    }
}

fn admission(request: &HttpRequest) -> Result<Admission, Error> {
    let admission = request.extensions().get::<Admission>().cloned();
    admission.ok_or_else(|| {
        log::error!("{} is served without the middleware that protects it", request.path());
        ErrorInternalServerError("the server is not set up to check tokens here")
    })
}

impl FromRequest for Admission {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admission(request))
    }
}

/// Who sent the token. Somebody without one gets the challenge, also where the settings open something to everybody.
impl FromRequest for Principal {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let principal = admission(request).and_then(|admission| {
            let allowed = admission.require(request, &Scope::default());
            allowed.map_err(|answer| InternalError::from_response("no token", answer))?;
            Ok(Principal::clone(admission.principal()))
        });
        ready(principal)
    }
}
