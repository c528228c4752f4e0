//! The Client ID Metadata Document: draft-ietf-oauth-client-id-metadata-document, "Client ID Metadata Document".
//!
//! 1. It is an object whose `client_id` is its URL, byte for byte;
//! 2. nothing in it is or means a shared secret, or is a private key;
//! 3. of the ways to authenticate that it offers, the first of our order holds; keys are kept, so that a client that
//!    offers several and signs all the same is not turned away;
//! 4. the rest goes by the rules of a registration;
//! 5. what is known of it then is small: it is kept with every request that waits.
//!
//! Easy to get wrong: taking the document for a registration that may ask for a secret. There is nobody to
//! give it to, and whoever reads the document would have it.

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::fetch::guarded::Reach;

use crate::client::metadata::{AskedKeys, ClientMetadata, Registration};
use crate::client::method::AuthMethod;

/// The ways to authenticate, the one we like best first.
const METHODS: &[AuthMethod] = &[AuthMethod::None, AuthMethod::PrivateKeyJwt];
/// The ways that need a secret that both know: no document may declare one. Among several to choose from they are for
/// servers with which the client has a secret.
const SHARED_SECRET: &[&str] = &["client_secret_basic", "client_secret_post", "client_secret_jwt"];
/// The members of a JWK that only its owner may know (RFC 7518 section 6).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Bytes that all members that we know may take together: several times what any client needs, and more than the 5
/// kilobytes that the draft has servers take.
const KEPT: usize = 8 << 10;

/// What a document says about authentication, before it is decided.
#[derive(Deserialize)]
struct Offered {
    client_id: String,
    token_endpoint_auth_method: Option<String>,
    /// OpenID Connect Relying Party Metadata Choices 1.0: several, to choose from.
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    jwks: Option<Value>,
    jwks_uri: Option<String>,
}

/// What the document at `url` says, or why it is of no use.
pub(super) fn parse(body: &[u8], url: &str, reach: Reach) -> Result<ClientMetadata, String> {
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
    let methods = offered.methods()?;
    let method = methods.first().map_or(AuthMethod::None, |method| *method);
    members.insert("token_endpoint_auth_method".to_owned(), method.as_str().into());
    let registration: Registration = serde_json::from_value(members.into()).map_err(broken)?;
    let metadata = ClientMetadata::read(registration, Some(reach));
    let mut metadata = metadata.map_err(|error| error.to_string())?;
    if method == AuthMethod::None && methods.contains(&AuthMethod::PrivateKeyJwt) {
        metadata.offer_keys(offered.keys(reach));
    }
    if serde_json::to_vec(&metadata).map_err(broken)?.len() > KEPT {
        return Err(format!("what it says of the client takes more than {KEPT} bytes"));
    }
    Ok(metadata)
}

impl Offered {
    /// The ways that both know, in our order and not the document's; none when it says nothing.
    fn methods(&self) -> Result<Vec<AuthMethod>, String> {
        let supported = self.token_endpoint_auth_methods_supported.iter().flatten();
        let all: Vec<&String> = supported.chain(&self.token_endpoint_auth_method).collect();
        let declared = self.token_endpoint_auth_method.as_deref();
        if declared.is_some_and(|method| SHARED_SECRET.contains(&method)) {
            return Err("it authenticates with a shared secret".to_owned());
        }
        let is_offered = |method: &&AuthMethod| all.iter().any(|offered| *offered == method.as_str());
        let both: Vec<AuthMethod> = METHODS.iter().filter(is_offered).copied().collect();
        if both.is_empty() && !all.is_empty() {
            let known: Vec<_> = METHODS.iter().map(|method| method.as_str()).collect();
            let known = known.join(", ");
            return Err(format!("it authenticates in no way that is supported for it ({known})"));
        }
        Ok(both)
    }

    fn keys(&self, reach: Reach) -> AskedKeys<'_> {
        AskedKeys {
            jwks: self.jwks.as_ref(),
            jwks_uri: self.jwks_uri.as_deref(),
            reach: Some(reach),
        }
    }
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
        parse(document.to_string().as_bytes(), URL, Reach::Public)
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
        assert!(parse(b"{\"redirect_uris\": [\"https://h/cb\"]}", URL, Reach::Public).is_err());
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
    fn of_several_ways_to_authenticate_ours_is_chosen_and_keys_are_kept() {
        let of = |members: &Value| {
            let metadata = with(members).unwrap();
            (metadata.token_endpoint_auth_method.as_str(), metadata.keys.is_some())
        };
        let (both, signing) = (["private_key_jwt", "none"], ["private_key_jwt"]);
        let key = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        let (jwks, jwks_uri) = (json!({"keys": [key]}), "https://client.example/jwks");
        let chatgpt = json!({"token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_methods_supported": both, "jwks_uri": jwks_uri});
        assert_eq!(of(&chatgpt), ("none", true));
        let odd = json!({"token_endpoint_auth_methods_supported": both, "jwks": {"keys": []}});
        assert_eq!(
            of(&odd),
            ("none", false),
            "who need not sign is not turned away for odd keys"
        );
        for one in [json!({"jwks": jwks}), json!({"jwks_uri": jwks_uri})] {
            let mut members = one;
            members["token_endpoint_auth_methods_supported"] = json!(signing);
            assert_eq!(of(&members), ("private_key_jwt", true));
        }
        let with_secrets_elsewhere = json!({"token_endpoint_auth_methods_supported": ["client_secret_basic", "none"]});
        assert_eq!(of(&with_secrets_elsewhere), ("none", false));
        for bad in [
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks, "jwks_uri": jwks_uri}),
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://client.example/jwks"}),
            json!({"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_methods_supported": both}),
        ] {
            assert!(with(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_nobody_reads_may_be_long_and_what_is_kept_may_not() {
        let long = |from: usize| (from..from + 3).map(|n| format!("https://client.example/{n}{}", "a".repeat(2000)));
        let three: Vec<_> = long(0).collect();
        let with = |members: &Value| with(members).map(|metadata| serde_json::to_vec(&metadata).unwrap().len());
        assert!(with(&json!({"redirect_uris": three, "unknown": "a".repeat(50_000)})).unwrap() < KEPT);
        let six: Vec<_> = three.iter().cloned().chain(long(3)).collect();
        let more = json!({"redirect_uris": three, "post_logout_redirect_uris": long(3).collect::<Vec<_>>()});
        for bad in [json!({"redirect_uris": six}), more] {
            assert!(with(&bad).unwrap_err().contains("more than 8192 bytes"));
        }
    }

    #[test]
    fn what_is_not_an_object_is_told() {
        for body in ["", "[]", "null", "{", "<html>", "{\"client_id\": 1}"] {
            assert!(
                parse(body.as_bytes(), URL, Reach::Public)
                    .unwrap_err()
                    .contains("not client metadata"),
                "{body}"
            );
        }
    }
}
