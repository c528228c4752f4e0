//! Access tokens by the thousand, no two alike: good ones, signed with the issuer's key, and such as must be refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use issuer::config::SigningAlgorithm;
use issuer::keys::Keys;
use serde_json::Value;
use shared::clock::Clock;

use crate::issuer_server::IssuerServer;
use crate::load::{Driver, must_be};
use crate::tokens;
use crate::tools::Wire;
use crate::wire::{Answer, header};

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Good,
    /// The signature, which is one but not of this token: only a verification tells.
    Signature,
    /// The key, which the issuer does not have.
    Key,
    /// It is no JWT.
    Noise,
}

/// Makes tokens; clones never make the same one.
#[derive(Clone, Debug)]
pub struct Mint {
    keys: Arc<Keys>,
    claims: Value,
    /// Header, payload and signature of a good one.
    good: [String; 3],
    made: Arc<AtomicU64>,
}

impl Mint {
    /// With the keys of this issuer, and the claims that its tokens have.
    pub async fn new(issuer: &IssuerServer) -> Result<Self, String> {
        let folder = issuer.folder.path().join("keys");
        let keys = Keys::open(&folder, SigningAlgorithm::ES256, &Clock::System).map_err(|error| error.to_string())?;
        let token = tokens::access_token(issuer).await?;
        let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let good: [String; 3] = parts.try_into().map_err(|_| "an access token is no JWT")?;
        let [_, payload, _] = &good;
        let claims = decoded(payload).and_then(|payload| serde_json::from_slice(&payload).ok());
        Ok(Self {
            keys: Arc::new(keys),
            claims: claims.ok_or("an access token has no claims")?,
            good,
            made: Arc::default(),
        })
    }

    /// One that was never made before.
    pub fn make(&self, kind: Kind) -> Result<String, String> {
        let n = self.made.fetch_add(1, Ordering::Relaxed);
        let [header, payload, signature] = &self.good;
        Ok(match kind {
            Kind::Good => self.sign("jti", &format!("0f6b5c1e-0004-4000-8000-{n:012x}"))?,
            Kind::Signature => {
                let other = altered(signature, n).ok_or("a signature is too short")?;
                format!("{header}.{payload}.{other}")
            }
            Kind::Key => {
                let header = format!("{{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"nobody-has-{n}\"}}");
                format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(header))
            }
            Kind::Noise => format!("{n:0>600}"),
        })
    }

    /// A good one of this account.
    pub fn make_for(&self, sub: &str) -> Result<String, String> {
        self.sign("sub", sub)
    }

    fn sign(&self, claim: &str, value: &str) -> Result<String, String> {
        let mut claims = self.claims.clone();
        if let Some(claims) = claims.as_object_mut() {
            claims.insert(claim.to_owned(), value.into());
        }
        let signed = self.keys.signing.sign("at+jwt", &claims);
        signed.map_err(|error| error.to_string())
    }
}

/// The signature with another `s`, which is still a number that can be one.
fn altered(signature: &str, n: u64) -> Option<String> {
    let mut signature = decoded(signature)?;
    let bytes = signature.get_mut(48..56)?;
    bytes
        .iter_mut()
        .zip((n + 1).to_be_bytes())
        .for_each(|(byte, by)| *byte ^= by);
    Some(URL_SAFE_NO_PAD.encode(signature))
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// Who presents another token with each request, until there were so many.
#[derive(Clone, Debug)]
pub struct Presenting {
    mint: Mint,
    kinds: Vec<Kind>,
    presented: usize,
    now: Kind,
    request: Vec<u8>,
}

impl Presenting {
    /// Tokens of these kinds in turns.
    pub fn new(mint: &Mint, kinds: &[Kind]) -> Self {
        Self {
            mint: mint.clone(),
            kinds: kinds.to_vec(),
            presented: 0,
            now: Kind::Good,
            request: Vec::new(),
        }
    }
}

impl Driver for Presenting {
    fn request(&mut self) -> &[u8] {
        self.now = self
            .kinds
            .get(self.presented % self.kinds.len().max(1))
            .copied()
            .unwrap_or(Kind::Good);
        self.presented += 1;
        // A token that could not be made is refused as one of the wrong kind.
        let token = self.mint.make(self.now).unwrap_or_default();
        self.request = Wire::V2025.ping(&token);
        &self.request
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        if self.now == Kind::Good {
            return must_be(200, answer);
        }
        must_be(401, answer)?;
        let why = header(answer.head, "www-authenticate").unwrap_or_default();
        if why.contains("error=\"invalid_token\"") {
            return Ok(());
        }
        Err(format!("refused, but not as invalid_token: {why}"))
    }
}
