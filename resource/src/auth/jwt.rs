//! Checking an access token: RFC 9068 section 4, RFC 8725 section 3, RFC 7519 section 7.2.
//!
//! 1. Three parts, not too long.
//! 2. The header: no `crit`, `typ` is `at+jwt`, `alg` has a public key.
//! 3. The claims: types exact, `iss` ours byte for byte, `aud` contains ours, times.
//! 4. The key of that name, whose algorithm must be the header's.
//! 5. The signature.
//!
//! The signature is last because it costs most and because a key may have to be fetched: a token that could not pass
//! anyway must not cause a request to the issuer. Several audiences are accepted when ours is one of them: issuers add
//! their userinfo endpoint. What passed is remembered under the SHA-256 of the token until `exp`, as long as the
//! issuer's keys stay the same.
//!
//! Easy to get wrong: `jku`, `x5u` and `jwk` in the header name keys that the *token* brings, so they are not even
//! read; and an `exp` near the largest number overflows when leeway is added.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::sync::Cache;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::clock::{Clock, NumericDate};

use super::claims::{Claims, object, present};
use super::jwks::{Found, Keys, NoKey};
use super::key::is_algorithm;
use super::refusal::{Got, Refusal};
use crate::principal::Principal;

/// Longer tokens do not fit the headers of common proxies either.
pub const MOST_BYTES: usize = 8192;
/// How far clocks may differ: RFC 7519 section 4.1.4 allows "no more than a few minutes".
pub const LEEWAY: NumericDate = 60;
/// The same for `iat`, which protects nothing: a laptop that woke up a few minutes late must not lock people out.
pub const IAT_LEEWAY: NumericDate = 300;
/// Tokens that are remembered, some 600 bytes each.
const REMEMBERED: usize = 10_000;

/// Whose tokens are taken, and for what.
#[derive(Clone, Debug)]
pub struct Trust {
    /// What `iss` must be, byte for byte.
    pub issuer: String,
    /// What `aud` must contain.
    pub audience: String,
}

/// A token that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who sent it.
    pub principal: Principal,
    /// When it ends.
    pub exp: NumericDate,
    /// The generation of the keys it was checked with.
    generation: u64,
}

/// Checks tokens of one issuer.
#[derive(Debug)]
pub struct Verifier {
    trust: Trust,
    keys: Arc<Keys>,
    clock: Clock,
    remembered: Cache<[u8; 32], Arc<Verified>>,
}

/// A token taken apart; nothing is checked yet.
struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
    signed: &'a str,
}

/// What is read of the header. Everything else, above all keys that the token brings, is not.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default, deserialize_with = "present")]
    typ: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    kid: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    crit: Option<Value>,
}

impl Verifier {
    /// A verifier that has seen no token.
    pub fn new(trust: Trust, keys: Arc<Keys>, clock: Clock) -> Self {
        Self {
            trust,
            keys,
            clock,
            remembered: Cache::new(REMEMBERED),
        }
    }

    /// Whether any key of the issuer is known.
    pub fn is_ready(&self) -> bool {
        self.keys.are_known()
    }

    /// Who sent this token, or why it is refused.
    pub async fn verify(&self, token: &str) -> Result<Arc<Verified>, Refusal> {
        if token.len() > MOST_BYTES {
            return Err(Refusal::TooLong(token.len()));
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(verified) = self.remembered.get(&digest)
            && self.still_holds(&verified)
        {
            return Ok(verified);
        }
        let verified = Arc::new(self.check(token).await?);
        if self.still_holds(&verified) {
            self.remembered.insert(digest, Arc::clone(&verified));
        }
        Ok(verified)
    }

    fn still_holds(&self, verified: &Verified) -> bool {
        self.clock.now() < verified.exp && verified.generation == self.keys.generation()
    }

    /// Every check, without looking at what is remembered.
    pub async fn check(&self, token: &str) -> Result<Verified, Refusal> {
        let parts = take_apart(token)?;
        let header = read_header(parts.header)?;
        let kid = check_header(&header)?;
        let claims = Claims::read(&decode(parts.claims)?)?;
        self.check_claims(&claims)?;
        let Found { key, generation } = self.keys.find(kid).await.map_err(|why| match why {
            NoKey::Unknown => Refusal::UnknownKey(Got::new(kid)),
            NoKey::NoneYet => Refusal::KeysUnavailable,
        })?;
        if header.alg != key.algorithm_name() {
            return Err(Refusal::AlgorithmOfKey {
                expected: key.algorithm_name(),
                got: Got::new(&header.alg),
            });
        }
        if !key.verify(parts.signed.as_bytes(), parts.signature) {
            return Err(Refusal::Signature);
        }
        self.report_drift(&claims);
        Ok(verified(claims, generation))
    }

    fn check_claims(&self, claims: &Claims) -> Result<(), Refusal> {
        if claims.iss != self.trust.issuer {
            return Err(Refusal::Issuer {
                expected: self.trust.issuer.clone(),
                got: Got::new(&claims.iss),
            });
        }
        if !claims.aud.contains(&self.trust.audience) {
            return Err(Refusal::Audience {
                expected: self.trust.audience.clone(),
                got: Got::list(&claims.aud),
            });
        }
        check_times(claims, self.clock.now())
    }

    /// Said once per token: clocks that drift apart are found before they lock people out.
    fn report_drift(&self, claims: &Claims) {
        let ahead = claims.iat.saturating_sub(self.clock.now());
        if ahead > LEEWAY {
            log::warn!(seconds = ahead; "the issuer's clock is ahead of ours by {ahead} seconds");
        }
    }
}

fn take_apart(token: &str) -> Result<Parts<'_>, Refusal> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::NotAJwt)?;
    let (header, claims) = signed.split_once('.').ok_or(Refusal::NotAJwt)?;
    let parts = [header, claims, signature];
    if parts.iter().any(|part| part.is_empty() || part.contains('.')) {
        return Err(Refusal::NotAJwt);
    }
    Ok(Parts {
        header,
        claims,
        signature,
        signed,
    })
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::NotAJwt)
}

fn read_header(part: &str) -> Result<Header, Refusal> {
    object(&decode(part)?).ok_or(Refusal::Header)
}

/// Gives the name of the key.
fn check_header(header: &Header) -> Result<&str, Refusal> {
    if header.crit.is_some() {
        return Err(Refusal::Critical);
    }
    check_typ(header.typ.as_ref())?;
    if !is_algorithm(&header.alg) {
        return Err(Refusal::Algorithm(Got::new(&header.alg)));
    }
    match &header.kid {
        None => Err(Refusal::NoKeyId),
        Some(Value::String(kid)) => Ok(kid),
        Some(_) => Err(Refusal::Header),
    }
}

/// RFC 9068 section 4 with RFC 7515 section 4.1.9: a media type, in any case, whose `application/` may be left out.
fn check_typ(typ: Option<&Value>) -> Result<(), Refusal> {
    let text = match typ {
        None => return Err(Refusal::Typ(Got::nothing())),
        Some(Value::String(text)) => text,
        Some(_) => return Err(Refusal::Header),
    };
    let lower = text.to_ascii_lowercase();
    if lower.strip_prefix("application/").unwrap_or(&lower) == shared::claims::TYP {
        Ok(())
    } else {
        Err(Refusal::Typ(Got::new(text)))
    }
}

fn check_times(claims: &Claims, now: NumericDate) -> Result<(), Refusal> {
    let Claims { exp, iat, nbf, .. } = *claims;
    if now >= exp.saturating_add(LEEWAY) {
        return Err(Refusal::Expired { exp, now });
    }
    if let Some(nbf) = nbf
        && now < nbf.saturating_sub(LEEWAY)
    {
        return Err(Refusal::NotYetValid { nbf, now });
    }
    if now < iat.saturating_sub(IAT_LEEWAY) {
        return Err(Refusal::IssuedInFuture { iat, now });
    }
    Ok(())
}

fn verified(claims: Claims, generation: u64) -> Verified {
    Verified {
        principal: Principal {
            iss: claims.iss,
            sub: claims.sub,
            client_id: claims.client_id,
            scope: claims.scope,
        },
        exp: claims.exp,
        generation,
    }
}
