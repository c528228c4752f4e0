//! Proofs of possession: RFC 9449 sections 4.2, 4.3 and 7.
//!
//! 1. One `DPoP` header field with one JWT of type `dpop+jwt`.
//! 2. Its algorithm has a public key, and the key is in its header, without a private part.
//! 3. `htm` and `htu` are this request's, `iat` is now, `ath` belongs to the access token that came with it.
//! 4. The key made the signature.
//! 5. Whoever asked also compares [`Proof::jkt`] with the token's `cnf.jkt`, remembers [`Proof::jti`] for
//!    [`REMEMBER`] seconds, and looks at [`Proof::nonce`].
//!
//! Easy to get wrong: comparing `htu` with the URL that the request came in on, which a proxy changes; taking a proof
//! without `ath` where a token is presented, so that a proof made for the token endpoint would do.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;

use crate::clock::NumericDate;
use crate::jwk::{Algorithms, VerificationKey};
use crate::jws::Compact;
use crate::members::Members;

/// The `typ` of a proof (RFC 9449 section 4.2).
pub const TYP: &str = "dpop+jwt";
/// How far `iat` may be from our time, in seconds, either way.
pub const WINDOW: NumericDate = 120;
/// How long a `jti` has to be remembered, in seconds: from the first moment its proof passes to the last.
pub const REMEMBER: NumericDate = 2 * WINDOW + 1;
/// Longer proofs are refused; the largest RSA keys fit.
const MOST_BYTES: usize = 4096;
/// Longer values of `jti` and `nonce` are refused, since they are remembered.
const MOST_TEXT: usize = 256;

/// The request that a proof has to be for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its method.
    pub method: &'a str,
    /// The URL as clients call it, from the settings; without query and fragment.
    pub url: &'a Url,
    /// The access token that came with it.
    pub access_token: Option<&'a str>,
}

/// A proof that holds for the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of the key (RFC 7638, SHA-256), as in `cnf.jkt`.
    pub jkt: String,
    /// The proof's identifier; it may be used once.
    pub jti: String,
    /// The nonce that it holds.
    pub nonce: Option<String>,
    /// When it was made.
    pub iat: NumericDate,
}

/// Why a proof does not hold; fit for an `error_description` of `invalid_dpop_proof`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the DPoP proof is refused: {0}")]
pub struct BadProof(String);

/// The header fields named `DPoP`, of which there may be one: RFC 9449 section 4.3 step 1.
pub fn single<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>, BadProof> {
    let mut fields = fields.into_iter();
    let Some(first) = fields.next() else {
        return Ok(None);
    };
    if fields.next().is_some() {
        return Err(bad("there is more than one DPoP header field"));
    }
    std::str::from_utf8(first).map(Some).map_err(|_| bad("it is not a JWT"))
}

/// Checks a proof for a request.
pub fn check(proof: &str, request: &Request<'_>, now: NumericDate) -> Result<Proof, BadProof> {
    if proof.len() > MOST_BYTES {
        return Err(bad(format!("it is longer than {MOST_BYTES} bytes")));
    }
    let jws = Compact::read(proof).map_err(|why| bad(why.to_string()))?;
    if !jws.is_typed(TYP) {
        return Err(bad(format!("its typ is not {TYP}")));
    }
    let key = key_of(&jws.header)?;
    let claims = &jws.claims;
    check_request(claims, request)?;
    let iat = check_time(claims, now)?;
    check_token(claims, request.access_token)?;
    if !jws.is_signed_by(&key) {
        return Err(bad("its signature is not of the key in its header"));
    }
    let jti = short(claims, "jti")?.ok_or_else(|| bad("it has no jti"))?;
    Ok(Proof {
        jkt: key.thumbprint().map_err(|why| bad(why.to_string()))?,
        jti,
        nonce: short(claims, "nonce")?,
        iat,
    })
}

/// What `ath` must be for this access token: RFC 9449 section 4.2.
pub fn ath(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(access_token))
}

fn key_of(header: &Members) -> Result<VerificationKey, BadProof> {
    let alg = header.text("alg").ok_or_else(|| bad("it has no alg"))?;
    let allowed = Algorithms::parse([alg]).map_err(|why| bad(format!("its alg: {why}")))?;
    let jwk = header.get("jwk").ok_or_else(|| bad("it has no jwk"))?;
    VerificationKey::from_jwk(jwk, &allowed).map_err(|why| bad(format!("its key: {why}")))
}

fn check_request(claims: &Members, request: &Request<'_>) -> Result<(), BadProof> {
    if claims.text("htm") != Some(request.method) {
        return Err(bad(format!("its htm is not {}", request.method)));
    }
    let htu = claims.text("htu").and_then(|text| Url::parse(text).ok());
    let mut htu = htu.ok_or_else(|| bad("its htu is not a URL"))?;
    htu.set_query(None);
    htu.set_fragment(None);
    if htu == *request.url {
        Ok(())
    } else {
        Err(bad(format!("its htu is not {}", request.url)))
    }
}

fn check_time(claims: &Members, now: NumericDate) -> Result<NumericDate, BadProof> {
    let iat = claims.get("iat").and_then(serde_json::Value::as_i64);
    let iat = iat.ok_or_else(|| bad("its iat is not a whole number"))?;
    if iat.abs_diff(now) > WINDOW.unsigned_abs() {
        return Err(bad(format!(
            "its iat {iat} is not within {WINDOW} seconds of our time, {now}"
        )));
    }
    Ok(iat)
}

fn check_token(claims: &Members, access_token: Option<&str>) -> Result<(), BadProof> {
    match access_token {
        Some(token) if claims.text("ath") != Some(&ath(token)) => Err(bad("its ath is not of the access token")),
        _ => Ok(()),
    }
}

/// A text of the length of an identifier.
fn short(claims: &Members, name: &str) -> Result<Option<String>, BadProof> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    match value.as_str() {
        Some(text) if (1..=MOST_TEXT).contains(&text.len()) => Ok(Some(text.to_owned())),
        _ => Err(bad(format!("its {name} is not a text of 1 to {MOST_TEXT} bytes"))),
    }
}

fn bad(why: impl Into<String>) -> BadProof {
    BadProof(why.into())
}

#[cfg(test)]
#[path = "dpop_tests.rs"]
mod tests;
