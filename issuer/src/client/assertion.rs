//! Client authentication by a signed JWT (`private_key_jwt`): RFC 7523 sections 2.2 and 3, RFC 7521 section 4.2.
//!
//! 1. `sub` says which client it is; nothing is proven yet,
//! 2. a key of that client made the signature,
//! 3. `iss` and `sub` are the client,
//! 4. `aud` is this issuer, its token endpoint or that for pushed requests (RFC 9126 section 2) or devices, and nobody else,
//! 5. it ends within five minutes,
//! 6. it is used up: its `jti` counts once, also across a restart and between replicas.
//!
//! Easy to get wrong: (1) taking an assertion that is for another server, too: that server could send it here; (2) using
//! the `jti` up before the signature holds, which lets strangers use up other clients' identifiers.

use serde_json::Value;
use shared::clock::NumericDate;
use shared::jws::Compact;
use shared::params::Params;

use super::jwks::ClientJwks;
use super::metadata::ClientKeys;
use super::{Client, find};
use crate::app::App;
use crate::error::{ErrorCode, OAuthError};
use crate::store::used_jtis::Purpose;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What `typ` may say when it is there; another kind of JWT is none of these.
const TYPES: &[&str] = &["jwt", "client-authentication+jwt"];
/// Seconds ahead that an assertion may end at most.
const MOST_SECONDS: NumericDate = 300;
/// Seconds that the client's clock may differ.
const LEEWAY: NumericDate = 60;
const MOST_JTI: usize = 256;

/// The assertion of a request, and the client that it says it is of.
pub(super) fn presented(params: &Params) -> Result<Option<(String, String)>, OAuthError> {
    let assertion = params.optional("client_assertion")?;
    let assertion_type = params.optional("client_assertion_type")?;
    let Some(assertion) = assertion else {
        return Ok(None);
    };
    if assertion_type != Some(ASSERTION_TYPE) {
        return Err(refused("client_assertion_type must be the one of jwt-bearer"));
    }
    let jwt = read(assertion)?;
    let client_id = jwt.claims.text("sub").filter(|sub| !sub.is_empty());
    let client_id = client_id.ok_or_else(|| refused("the client_assertion has no sub"))?;
    Ok(Some((client_id.to_owned(), assertion.to_owned())))
}

/// Whether the assertion proves that this client sends it; it is used up then.
pub(super) async fn check(app: &App, client: &Client, assertion: &str) -> Result<(), OAuthError> {
    let jwt = read(assertion)?;
    if !is_signed(app, client, &jwt).await? {
        return Err(refused(
            "no key of the client made the signature of the client_assertion",
        ));
    }
    let client_id = client.client_id.as_str();
    if jwt.claims.text("iss") != Some(client_id) || jwt.claims.text("sub") != Some(client_id) {
        return Err(refused("iss and sub of the client_assertion must be the client_id"));
    }
    if !is_for_us(app, jwt.claims.get("aud")) {
        return Err(refused(
            "aud of the client_assertion must be the issuer or its token endpoint, and nobody else",
        ));
    }
    let exp = ends(&jwt, app.clock.now())?;
    let jti = jwt.claims.text("jti").filter(|jti| (1..=MOST_JTI).contains(&jti.len()));
    let jti = jti.ok_or_else(|| refused("the client_assertion needs a jti of at most 256 bytes"))?;
    let kept_until = exp.saturating_add(LEEWAY);
    if app
        .store
        .use_jti(Purpose::ClientAssertion, client_id, jti, kept_until)
        .await?
    {
        Ok(())
    } else {
        Err(refused("the client_assertion was used before"))
    }
}

fn read(assertion: &str) -> Result<Compact<'_>, OAuthError> {
    let refused = |error| OAuthError::new(ErrorCode::InvalidClient, format!("client_assertion: {error}"));
    Compact::read(assertion).map_err(refused)
}

/// Whether one of the client's keys made the signature: those of its document, as that is now, when it has one; the last
/// that were seen while the document cannot be reached.
async fn is_signed(app: &App, client: &Client, jwt: &Compact<'_>) -> Result<bool, sqlx::Error> {
    let typed = jwt.header.get("typ").is_none() || TYPES.iter().any(|typ| jwt.is_typed(typ));
    let Some(algorithm) = jwt.header.text("alg").filter(|_| typed) else {
        return Ok(false);
    };
    let kid = jwt.header.text("kid");
    let signed = |keys: &ClientJwks| keys.candidates(algorithm, kid).iter().any(|key| jwt.is_signed_by(key));
    let metadata = find::newest_metadata(app, client).await?;
    Ok(match metadata.and_then(|metadata| metadata.keys) {
        Some(ClientKeys::Inline(keys)) => signed(&keys),
        Some(ClientKeys::At(url)) => app.key_sets.are_enough(&url, client.known(), signed).await,
        None => false,
    })
}

fn is_for_us(app: &App, aud: Option<&Value>) -> bool {
    let ours = |aud: &Value| {
        let aud = aud.as_str();
        let endpoints = ["/oauth/token", "/oauth/par", "/oauth/device_authorization"].map(|path| app.config.url(path));
        aud == Some(&app.config.issuer) || endpoints.iter().any(|url| aud == Some(url))
    };
    match aud {
        Some(Value::Array(all)) => !all.is_empty() && all.iter().all(ours),
        Some(one) => ours(one),
        None => false,
    }
}

/// When it ends: RFC 7523 section 3, 4 to 6.
fn ends(jwt: &Compact<'_>, now: NumericDate) -> Result<NumericDate, OAuthError> {
    let exp = jwt.claims.get("exp").and_then(Value::as_i64);
    let exp = exp.ok_or_else(|| refused("the client_assertion has no exp in whole seconds"))?;
    if exp.saturating_add(LEEWAY) <= now {
        return Err(refused("the client_assertion has ended"));
    }
    if exp > now + MOST_SECONDS + LEEWAY {
        return Err(refused("the client_assertion ends more than five minutes ahead"));
    }
    for name in ["nbf", "iat"] {
        let begins = jwt.claims.get(name);
        if begins.is_some_and(|begins| begins.as_i64().is_none_or(|begins| begins > now + LEEWAY)) {
            return Err(refused("the client_assertion is not valid yet"));
        }
    }
    Ok(exp)
}

fn refused(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, description)
}
