//! ID tokens: OpenID Connect Core 1.0 sections 2, 3.1.3.3, 3.1.3.6 and 12.2.
//!
//! For clients that were granted `openid`: who signed in, when, and for which request. A refresh gives
//! one, too, with the same `sub`, `aud` and `auth_time` and without `nonce` (section 12.2).
//!
//! Easy to get wrong: (1) `aud` is the client, never the resource, and `typ` is not that of an access
//! token, so that neither passes for the other; (2) `at_hash` takes the hash function of the signature:
//! SHA-512 for Ed25519, SHA-256 for the others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};
use shared::clock::NumericDate;
use shared::scope::Scope;

use crate::app::App;
use crate::error::OAuthError;
use crate::store::grants::Grant;

/// The `typ` header of an ID token.
pub const TYP: &str = "JWT";

/// What an ID token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer identifier.
    pub iss: String,
    /// The user's identifier.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// When it was issued.
    pub iat: NumericDate,
    /// When it ends.
    pub exp: NumericDate,
    /// When the person signed in.
    pub auth_time: NumericDate,
    /// What the authorization request carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Binds it to the access token beside it.
    pub at_hash: String,
    /// The account's name, for the scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The same: accounts have one name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
}

/// The ID token beside this access token, which ends with it.
pub async fn issue(
    app: &App,
    grant: &Grant,
    scope: &Scope,
    nonce: Option<String>,
    (access_token, ends_at): (&str, NumericDate),
) -> Result<String, OAuthError> {
    let now = app.clock.now();
    let name = if scope.contains("profile") {
        app.store.name_of_user(&grant.user_id).await?
    } else {
        None
    };
    let signer = app.keys.signing.signer();
    let claims = IdTokenClaims {
        iss: app.config.issuer.clone(),
        sub: grant.user_id.clone(),
        aud: grant.client_id.clone(),
        iat: now,
        // Whoever gave a resource a short lifetime wants to know soon whether the person is still there.
        exp: ends_at,
        auth_time: grant.auth_time,
        nonce,
        at_hash: at_hash(signer.algorithm(), access_token),
        preferred_username: name.clone(),
        name,
    };
    signer.sign(TYP, &claims).map_err(OAuthError::server_error)
}

/// An ID token of ours that comes back as a hint (OpenID Connect RP-Initiated Logout 1.0 section 2): one that
/// has ended is still a hint.
pub fn verify_hint(app: &App, token: &str) -> Option<IdTokenClaims> {
    let claims: IdTokenClaims = app.keys.signing.verify(TYP, token)?;
    (claims.iss == app.config.issuer).then_some(claims)
}

/// The left half of the hash of the access token.
fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::EdDSA => Sha512::digest(access_token).to_vec(),
        _ => Sha256::digest(access_token).to_vec(),
    };
    let (left, _) = hash.split_at(hash.len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_the_example_of_openid_connect_core_appendix_a() {
        let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(Algorithm::RS256, access_token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(at_hash(Algorithm::ES256, access_token), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn at_hash_of_ed25519_is_half_of_a_sha_512() {
        assert_eq!(at_hash(Algorithm::EdDSA, "").len(), 43, "32 bytes");
        // FIPS 180-4: SHA-512 of "abc" begins with ddaf35a193617abacc417349ae204131.
        assert_eq!(
            at_hash(Algorithm::EdDSA, "abc"),
            "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o"
        );
    }
}
