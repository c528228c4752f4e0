//! Whether a token's claims open this door: RFC 9068 section 4, RFC 7519 section 4.1, RFC 8725 sections 3.9 and 3.11.
//!
//! 1. The audience: ours is one of `aud`, whoever else is.
//! 2. The client, where a list says which are taken.
//! 3. Claims that must be there with just one value.
//! 4. The times, by our clock.
//!
//! Easy to get wrong: an `exp` near the largest number overflows when leeway is added; and without an audience a list
//! of clients must not be passed by a token that names none.

use shared::clock::NumericDate;

use super::{AudMode, Issuer};
use crate::auth::claims::Claims;
use crate::auth::refusal::{Got, Refusal};

/// How late or early our clock may be for `iat`, which protects nothing: a laptop that woke up a few minutes late must
/// not lock people out.
const IAT_LEEWAY: NumericDate = 300;

impl Issuer {
    /// Checks everything that claims say, apart from who signed them.
    pub fn accept(&self, claims: &Claims, now: NumericDate) -> Result<(), Refusal> {
        self.check_audience(claims)?;
        self.check_client(claims)?;
        self.check_required(claims)?;
        self.check_times(claims, now)
    }

    fn check_audience(&self, claims: &Claims) -> Result<(), Refusal> {
        if claims.aud.is_empty() && self.aud_mode != AudMode::Claim {
            return Ok(());
        }
        if claims.aud.is_empty() {
            return Err(Refusal::Missing("aud".into()));
        }
        if claims.aud.iter().any(|aud| self.audiences.contains(aud)) {
            return Ok(());
        }
        Err(Refusal::Audience {
            expected: self.audiences.join(" or "),
            got: Got::list(&claims.aud),
        })
    }

    fn check_client(&self, claims: &Claims) -> Result<(), Refusal> {
        if self.clients.is_empty() {
            return Ok(());
        }
        let named = match self.aud_mode {
            AudMode::ClientId => claims.members.text("client_id"),
            _ => claims.client_id.as_deref(),
        };
        let named = named.ok_or_else(|| Refusal::Missing("client_id".into()))?;
        if self.clients.iter().any(|client| client == named) {
            return Ok(());
        }
        Err(Refusal::Client(Got::new(named)))
    }

    fn check_required(&self, claims: &Claims) -> Result<(), Refusal> {
        for (name, expected) in &self.require {
            match claims.members.get(name) {
                Some(got) if got == expected => {}
                got => {
                    return Err(Refusal::Required {
                        name: name.clone(),
                        expected: expected.to_string(),
                        got: got.map_or_else(Got::nothing, |got| Got::new(&got.to_string())),
                    });
                }
            }
        }
        Ok(())
    }

    fn check_times(&self, claims: &Claims, now: NumericDate) -> Result<(), Refusal> {
        let Claims { exp, iat, nbf, .. } = *claims;
        if self.is_over(exp, now) {
            return Err(Refusal::Expired { exp, now });
        }
        if let Some(nbf) = nbf
            && now < nbf.saturating_sub(self.leeway_s)
        {
            return Err(Refusal::NotYetValid { nbf, now });
        }
        if let Some(iat) = iat
            && now < iat.saturating_sub(IAT_LEEWAY.max(self.leeway_s))
        {
            return Err(Refusal::IssuedInFuture { iat, now });
        }
        Ok(())
    }

    /// Whether a token that ends at `exp` is taken no more.
    pub fn is_over(&self, exp: NumericDate, now: NumericDate) -> bool {
        now >= exp.saturating_add(self.leeway_s)
    }
}
