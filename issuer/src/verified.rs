//! Access tokens of ours whose signature was looked at before.
//!
//! Resource servers ask about the same token again and again, and a signature holds as long as its key is there. So what a
//! token says is remembered under its SHA-256, for the keys of that moment.
//!
//! Easy to get wrong: remembering what may change. Whether a token has ended or was revoked is looked at each time, and
//! what did not pass is not remembered at all.

use std::sync::Arc;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use shared::claims::AccessTokenClaims;

/// Tokens that are remembered, about a kilobyte each.
const REMEMBERED: usize = 4_096;

/// What was verified, in memory.
#[derive(Debug)]
pub struct VerifiedTokens(Cache<[u8; 32], Arc<Verified>>);

#[derive(Debug)]
struct Verified {
    /// Of the keys that it was verified with.
    generation: u64,
    claims: AccessTokenClaims,
}

impl Default for VerifiedTokens {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl VerifiedTokens {
    /// What a token says that was verified with the keys of this generation, now or before.
    pub fn claims(
        &self,
        token: &str,
        generation: u64,
        verify: impl FnOnce() -> Option<AccessTokenClaims>,
    ) -> Option<AccessTokenClaims> {
        let digest = Sha256::digest(token).into();
        let known = self.0.get(&digest).filter(|known| known.generation == generation);
        if let Some(known) = known {
            return Some(known.claims.clone());
        }
        let claims = verify()?;
        let verified = Verified {
            generation,
            claims: claims.clone(),
        };
        self.0.insert(digest, Arc::new(verified));
        Some(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(jti: &str) -> AccessTokenClaims {
        let claims = serde_json::json!({
            "iss": "https://id.example", "sub": "a", "aud": "https://food.example/mcp", "client_id": "c",
            "scope": "food:read", "iat": 1, "exp": 2, "jti": jti, "grant_id": "g",
        });
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn a_token_is_verified_once_for_each_set_of_keys_and_a_bad_one_each_time() {
        let (tokens, mut verified) = (VerifiedTokens::default(), Vec::new());
        for (token, generation, passes) in [
            ("a", 1, true),
            ("a", 1, true),
            ("b", 1, false),
            ("b", 1, false),
            ("a", 2, false),
            ("a", 2, true),
            ("a", 2, true),
        ] {
            let found = tokens.claims(token, generation, || {
                verified.push((token, generation));
                passes.then(|| claims(token))
            });
            assert_eq!(found, passes.then(|| claims(token)));
        }
        assert_eq!(verified, [("a", 1), ("b", 1), ("b", 1), ("a", 2), ("a", 2)]);
    }

    #[test]
    fn memory_is_bounded() {
        let tokens = VerifiedTokens::default();
        for token in 0..3 * REMEMBERED {
            let token = token.to_string();
            assert_eq!(tokens.claims(&token, 1, || Some(claims(&token))), Some(claims(&token)));
        }
        assert!(tokens.0.len() <= REMEMBERED, "{}", tokens.0.len());
    }
}
