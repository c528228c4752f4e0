//! The Client ID Metadata Document: draft-ietf-oauth-client-id-metadata-document, "Client ID Metadata Document".
//!
//! 1. It is an object whose `client_id` is its URL, byte for byte;
//! 2. nothing in it is or means a shared secret, or is a private key;
//! 3. of the ways to authenticate that it offers, the first that we know holds;
//! 4. the rest goes by the rules of a registration.
//!
//! Easy to get wrong: taking the document for a registration that may ask for a secret. There is nobody to
//! give it to, and whoever reads the document would have it.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::metadata::{ClientMetadata, Registration};

/// The ways to authenticate, the one we like best first.
const METHODS: &[&str] = &["none"];
/// The members of a JWK that only its owner may know (RFC 7518 section 6).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// What a document says about authentication, before it is decided.
#[derive(Deserialize)]
struct Offered {
    client_id: String,
    token_endpoint_auth_method: Option<String>,
    /// OpenID Connect Relying Party Metadata Choices 1.0: several, to choose from.
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    jwks: Option<Value>,
}

/// What the document at `url` says, or why it is of no use.
pub(super) fn parse(body: &[u8], url: &str) -> Result<ClientMetadata, String> {
    let broken = |error: serde_json::Error| format!("it is not client metadata: {error}");
    let mut members: Map<String, Value> = serde_json::from_slice(body).map_err(broken)?;
    let offered = Offered::deserialize(&members).map_err(broken)?;
    if offered.client_id != url {
        return Err("its client_id is not its URL".to_owned());
    }
    let is_there = |name: &str| members.get(name).is_some_and(|value| !value.is_null());
    if is_there("client_secret") || is_there("client_secret_expires_at") {
        return Err("it holds a client_secret".to_owned());
    }
    if offered.jwks.as_ref().is_some_and(has_private_key) {
        return Err("its jwks holds a private or shared key".to_owned());
    }
    let method = choose(offered)?;
    members.insert("token_endpoint_auth_method".to_owned(), method.into());
    let registration: Registration = serde_json::from_value(members.into()).map_err(broken)?;
    ClientMetadata::try_from(registration).map_err(|error| error.to_string())
}

/// Our order decides, not the document's. One that says nothing has no key to authenticate with.
fn choose(offered: Offered) -> Result<&'static str, String> {
    let mut all = offered.token_endpoint_auth_methods_supported.unwrap_or_default();
    all.extend(offered.token_endpoint_auth_method);
    if all.is_empty() {
        return Ok("none");
    }
    let chosen = METHODS
        .iter()
        .find(|method| all.iter().any(|offered| offered == **method));
    let supported = METHODS.join(", ");
    chosen
        .copied()
        .ok_or_else(|| format!("it authenticates in no way that is supported for it ({supported})"))
}

fn has_private_key(jwks: &Value) -> bool {
    let keys = jwks.get("keys").and_then(Value::as_array);
    let holds = |key: &Value| PRIVATE.iter().any(|member| key.get(member).is_some());
    keys.is_some_and(|keys| keys.iter().any(holds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const URL: &str = "https://client.example/document";

    fn with(members: &Value) -> Result<ClientMetadata, String> {
        let mut document = json!({"client_id": URL, "redirect_uris": ["https://client.example/cb"]});
        document
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        parse(document.to_string().as_bytes(), URL)
    }

    #[test]
    fn a_small_document_is_enough() {
        let metadata = with(&json!({"client_name": "A client", "unknown": 1})).unwrap();
        assert_eq!(metadata.token_endpoint_auth_method.as_str(), "none");
        assert_eq!((metadata.name(), metadata.grant_types.len()), ("A client", 2));
    }

    #[test]
    fn the_client_id_is_compared_as_text() {
        for other in [
            "https://client.example:443/document",
            "https://client.example/Document",
            "https://client.example",
            "",
        ] {
            assert!(
                with(&json!({"client_id": other})).unwrap_err().contains("client_id"),
                "{other}"
            );
        }
        assert!(parse(b"{\"redirect_uris\": [\"https://h/cb\"]}", URL).is_err());
    }

    #[test]
    fn nothing_shared_and_nothing_private_may_be_in_it() {
        for bad in [
            json!({"client_secret": "x"}),
            json!({"client_secret_expires_at": 0}),
            json!({"token_endpoint_auth_method": "client_secret_basic"}),
            json!({"token_endpoint_auth_method": "client_secret_post"}),
            json!({"token_endpoint_auth_methods_supported": ["client_secret_jwt"]}),
            json!({"jwks": {"keys": [{"kty": "EC", "d": "x"}]}}),
            json!({"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}),
            json!({"redirect_uris": ["http://client.example/cb"]}),
            json!({"redirect_uris": []}),
        ] {
            assert!(with(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn of_several_ways_to_authenticate_ours_is_chosen() {
        let chatgpt = json!({"token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"]});
        assert_eq!(with(&chatgpt).unwrap().token_endpoint_auth_method.as_str(), "none");
    }

    #[test]
    fn what_is_not_an_object_is_told() {
        for body in ["", "[]", "null", "{", "<html>", "{\"client_id\": 1}"] {
            assert!(
                parse(body.as_bytes(), URL).unwrap_err().contains("not client metadata"),
                "{body}"
            );
        }
    }
}
