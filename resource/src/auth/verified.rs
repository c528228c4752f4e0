//! A token that passed, and how long that holds.

use std::sync::Arc;

use shared::clock::NumericDate;
use shared::status_list::Reference;
use tokio::time::Instant;

use super::claims::Claims;
use crate::principal::Principal;

/// A token that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who sent it.
    pub principal: Arc<Principal>,
    /// When it ends.
    pub exp: NumericDate,
    /// The thumbprint of the key that whoever sends it must prove to hold (RFC 9449 section 6.1).
    pub bound_to: Option<String>,
    /// Where it stands whether it was revoked.
    pub(super) status: Option<Reference>,
    /// What it was checked by.
    pub(super) by: By,
}

/// What a token was checked by, which says when that must be done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A key of the issuer that has this place in the settings; good as long as its keys are of this generation.
    Key { issuer: usize, generation: u64 },
    /// An answer of the issuer, good until then.
    Answer { until: Instant },
    /// Our own table of keys, which is looked at each time.
    ApiKey,
}

impl Verified {
    /// Checked with a key.
    pub(super) fn by_key(claims: Claims, issuer: usize, generation: u64) -> Self {
        Self::new(claims, By::Key { issuer, generation })
    }

    /// Checked by asking.
    pub(super) fn by_answer(claims: Claims, until: Instant) -> Self {
        Self::new(claims, By::Answer { until })
    }

    /// A key of our own.
    pub(super) fn by_api_key(principal: Principal, exp: NumericDate) -> Self {
        Self {
            principal: Arc::new(principal),
            exp,
            bound_to: None,
            status: None,
            by: By::ApiKey,
        }
    }

    fn new(claims: Claims, by: By) -> Self {
        Self {
            principal: Arc::new(Principal {
                iss: claims.iss,
                sub: claims.sub,
                client_id: claims.client_id,
                scope: claims.scope,
            }),
            exp: claims.exp,
            bound_to: claims.jkt,
            status: claims.status,
            by,
        }
    }
}
