//! From the code to tokens, and back: RFC 6749 sections 4.1.3 and 5, RFC 7636 section 4.5, RFC 7009.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::fetch::{Fetch, Fetched};
use url::form_urlencoded::{Serializer, byte_serialize};

use super::client::Registered;
use super::{Request, Way};

/// Largest answer, in bytes.
pub(super) const MOST: usize = 1 << 20;

/// What was granted; only what is no secret is shown.
pub(super) struct Tokens {
    pub(super) access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<i64>,
    scope: Option<String>,
}

impl Tokens {
    /// What must not be shown.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let refresh_token = self.refresh_token.as_deref();
        [self.access_token.as_str()].into_iter().chain(refresh_token)
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasts = self
            .expires_in
            .map_or_else(|| "?".to_owned(), |seconds| seconds.to_string());
        let refresh = if self.refresh_token.is_some() {
            "with"
        } else {
            "without"
        };
        let scope = self.scope.as_deref().unwrap_or("as asked");
        write!(
            f,
            "an access token for {lasts} s, {refresh} a refresh token; scope: {scope}"
        )
    }
}

/// `BASE64URL(SHA256(code_verifier))` (RFC 7636 section 4.2).
pub(super) fn s256(code_verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier))
}

/// The tokens for a code.
pub(super) async fn exchange(
    fetch: &Fetch,
    way: &Way,
    client: &Registered,
    request: &Request,
    code: &str,
) -> Result<Tokens, String> {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", request.redirect_uri.as_str()),
        ("code_verifier", request.code_verifier.as_str()),
        ("resource", way.resource.as_str()),
    ];
    let answer = post(fetch, way.endpoint("token_endpoint")?, client, &pairs).await?;
    let body = object(&answer)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    if !text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err("token_type is not Bearer, which is all that MCP clients know".to_owned());
    }
    Ok(Tokens {
        access_token: text("access_token").ok_or("there is no access_token in the answer")?,
        refresh_token: text("refresh_token"),
        expires_in: body.get("expires_in").and_then(Value::as_i64),
        scope: text("scope"),
    })
}

/// Gives back what was granted; nothing where the issuer has no place for that.
pub(super) async fn revoke(
    fetch: &Fetch,
    way: &Way,
    client: &Registered,
    tokens: &Tokens,
) -> Option<Result<(), String>> {
    let endpoint = way.endpoint("revocation_endpoint").ok()?;
    let token = tokens.refresh_token.as_ref().unwrap_or(&tokens.access_token);
    let answer = post(fetch, endpoint, client, &[("token", token)]).await;
    Some(answer.and_then(|answer| match answer.status {
        200 => Ok(()),
        status => Err(format!("the revocation endpoint answered {status}")),
    }))
}

async fn post(fetch: &Fetch, url: &str, client: &Registered, pairs: &[(&str, &str)]) -> Result<Fetched, String> {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(pairs);
    let mut authorization = None;
    match (&client.client_secret, client.is_basic) {
        (Some(secret), true) => {
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let joined = format!("{}:{}", encoded(&client.client_id), encoded(secret));
            authorization = Some(format!("Basic {}", STANDARD.encode(joined)));
        }
        (secret, _) => {
            form.append_pair("client_id", &client.client_id);
            form.extend_pairs(secret.iter().map(|secret| ("client_secret", secret)));
        }
    }
    let answer = fetch
        .post_form(url, authorization.as_deref(), form.finish(), MOST)
        .await;
    answer.map_err(|error| format!("{url}: {error}"))
}

/// The object of a success, or the error that it names.
pub(super) fn object(answer: &Fetched) -> Result<Value, String> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if (200..300).contains(&answer.status) && body.is_object() {
        return Ok(body);
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let why = format!("{} {}", text("error"), text("error_description"));
    Err(format!("status {} {}", answer.status, why.trim()).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(super::s256(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
