//! Checking a signed access token: RFC 9068 section 4, RFC 8725 section 3, RFC 7519 section 7.2.
//!
//! 1. [`Jwt::read`] takes it apart: three parts, a header without `crit`, claims of which none stands twice.
//! 2. [`Jwt::iss`] says whose it claims to be; that chooses the issuer and proves nothing.
//! 3. [`Jwt::verify`]: the header is as this issuer's are, the claims open this door, and the key that the header
//!    names has made the signature, with the key's own algorithm.
//!
//! The signature is last because it costs most and because a key may have to be fetched: a token that could not pass
//! anyway must not cause a request to the issuer. Easy to get wrong: `jku`, `x5u` and `jwk` in the header name keys
//! that the *token* brings, so they are not even read.

use shared::clock::NumericDate;
use shared::jwk::is_algorithm;
use shared::jws::{Compact, NotCompact};
use shared::members::Members;

use super::claims::Claims;
use super::jwks::{Found, Keys, NoKey};
use super::refusal::{Got, Refusal};
use super::trust::{Issuer, Typ};

/// A token taken apart; nothing is checked yet.
pub(super) struct Jwt<'a>(Compact<'a>);

impl<'a> Jwt<'a> {
    /// Reads a JWS in compact form (RFC 7515 section 7.1) that is a JWT.
    pub(super) fn read(token: &'a str) -> Result<Self, Refusal> {
        Compact::read(token).map(Self).map_err(|why| match why {
            NotCompact::Parts => Refusal::NotAJwt,
            NotCompact::Header => Refusal::Header,
            NotCompact::Critical => Refusal::Critical,
            NotCompact::Claims => Refusal::Claims,
        })
    }

    /// Whose token it says it is.
    pub(super) fn iss(&self) -> Result<&str, Refusal> {
        let iss = self.0.claims.get("iss").ok_or(Refusal::Missing("iss".into()))?;
        iss.as_str().ok_or(Refusal::WrongType("iss".into()))
    }

    /// Every check. Gives the claims, and the generation of the keys.
    pub(super) async fn verify(
        mut self,
        issuer: &Issuer,
        keys: &Keys,
        now: NumericDate,
    ) -> Result<(Claims, u64), Refusal> {
        check_typ(&self.0.header, issuer.typ)?;
        let alg = check_algorithm(&self.0.header, issuer)?;
        let kid = key_id(&self.0.header)?;
        let claims = Claims::read(std::mem::take(&mut self.0.claims), issuer)?;
        issuer.accept(&claims, now)?;
        let Found { key, generation } = keys.find(kid).await.map_err(|why| match why {
            NoKey::Unknown => Refusal::UnknownKey(Got::new(kid)),
            NoKey::NoneYet => Refusal::KeysUnavailable,
        })?;
        if alg != key.algorithm_name() {
            return Err(Refusal::AlgorithmOfKey {
                expected: key.algorithm_name(),
                got: Got::new(alg),
            });
        }
        if !self.0.is_signed_by(&key) {
            return Err(Refusal::Signature);
        }
        Ok((claims, generation))
    }
}

/// RFC 9068 section 4 with RFC 7515 section 4.1.9: a media type, in any case, whose `application/` may be left out.
fn check_typ(header: &Members, typ: Typ) -> Result<(), Refusal> {
    let Some(value) = header.get("typ") else {
        return match typ {
            Typ::Strict => Err(Refusal::Typ(Got::nothing())),
            Typ::Jwt => Ok(()),
        };
    };
    let text = value.as_str().ok_or(Refusal::Header)?;
    let lower = text.to_ascii_lowercase();
    let kind = lower.strip_prefix("application/").unwrap_or(&lower);
    if kind == shared::claims::TYP || (typ == Typ::Jwt && kind == "jwt") {
        Ok(())
    } else {
        Err(Refusal::Typ(Got::new(text)))
    }
}

fn check_algorithm<'h>(header: &'h Members, issuer: &Issuer) -> Result<&'h str, Refusal> {
    let alg = header.text("alg").ok_or(Refusal::Header)?;
    if !is_algorithm(alg) {
        return Err(Refusal::Algorithm(Got::new(alg)));
    }
    if !issuer.algorithms.contain(alg) {
        return Err(Refusal::AlgorithmOfIssuer {
            expected: issuer.algorithms.to_string(),
            got: Got::new(alg),
        });
    }
    Ok(alg)
}

fn key_id(header: &Members) -> Result<&str, Refusal> {
    let kid = header.get("kid").ok_or(Refusal::NoKeyId)?;
    kid.as_str().ok_or(Refusal::Header)
}
