//! The claims of an access token as read from outside: RFC 9068 section 2.2, RFC 7519 section 4.1.
//!
//! Every type is exact. Easy to get wrong: a reader that skips a claim it cannot read takes a token
//! whose `exp` is a text for one that never ends; a reader that takes the first of two members
//! disagrees with one that takes the last.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use shared::clock::NumericDate;
use shared::scope::Scope;

use super::refusal::Refusal;

/// What a token says, each claim of the right type and none checked against anything yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom it acts; not empty.
    pub sub: String,
    /// Where it may be used; not empty.
    pub aud: Vec<String>,
    /// To which client it was issued; not empty.
    pub client_id: String,
    /// What it allows; nothing, when the claim is not there.
    pub scope: Scope,
    /// When it was issued.
    pub iat: NumericDate,
    /// When it ends.
    pub exp: NumericDate,
    /// When it begins, if that is not at once.
    pub nbf: Option<NumericDate>,
}

/// The members that mean something here. Those that are there twice do not parse; others are passed over.
#[derive(Deserialize)]
struct Members {
    #[serde(default, deserialize_with = "present")]
    iss: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    sub: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    aud: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    client_id: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    scope: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    iat: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    exp: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    jti: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    cnf: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    nonce: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    at_hash: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    c_hash: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    token_use: Option<Value>,
}

/// A member that is `null` is there, with a wrong type.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads a JSON object. Without the first check an array would pass, its elements taken for members in order.
pub(super) fn object<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Option<T> {
    if text.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(text).ok()
}

impl Claims {
    /// Reads the claims of a decoded payload.
    pub fn read(payload: &[u8]) -> Result<Self, Refusal> {
        let members: Members = object(payload).ok_or(Refusal::Claims)?;
        refuse_other_kinds(&members)?;
        if let Some(jti) = members.jti {
            text("jti", Some(jti))?;
        }
        Ok(Self {
            iss: text("iss", members.iss)?,
            sub: text("sub", members.sub)?,
            aud: texts("aud", members.aud)?,
            client_id: text("client_id", members.client_id)?,
            scope: scope(members.scope)?,
            iat: date("iat", members.iat)?,
            exp: date("exp", members.exp)?,
            nbf: members.nbf.map(|nbf| date("nbf", Some(nbf))).transpose()?,
        })
    }
}

/// ID tokens (OpenID Connect Core section 2) and tokens bound to a key (RFC 7800 section 3.1).
fn refuse_other_kinds(members: &Members) -> Result<(), Refusal> {
    let of_id_tokens = [
        ("nonce", &members.nonce),
        ("at_hash", &members.at_hash),
        ("c_hash", &members.c_hash),
    ];
    if let Some((name, _)) = of_id_tokens.into_iter().find(|(_, claim)| claim.is_some()) {
        return Err(Refusal::IdToken(name));
    }
    if members
        .token_use
        .as_ref()
        .is_some_and(|token_use| token_use != "access")
    {
        return Err(Refusal::IdToken("token_use"));
    }
    if members.cnf.is_some() {
        return Err(Refusal::Bound);
    }
    Ok(())
}

fn text(name: &'static str, value: Option<Value>) -> Result<String, Refusal> {
    match value {
        None => Err(Refusal::Missing(name)),
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(Refusal::WrongType(name)),
    }
}

/// One text, or an array of texts that is not empty (RFC 7519 section 4.1.3).
fn texts(name: &'static str, value: Option<Value>) -> Result<Vec<String>, Refusal> {
    match value {
        Some(Value::Array(values)) if !values.is_empty() => {
            values.into_iter().map(|value| text(name, Some(value))).collect()
        }
        one => Ok(vec![text(name, one)?]),
    }
}

/// Whole seconds: RFC 7519 allows fractions, which no issuer sends and which programs round differently.
fn date(name: &'static str, value: Option<Value>) -> Result<NumericDate, Refusal> {
    match value {
        None => Err(Refusal::Missing(name)),
        Some(value) => value.as_i64().ok_or(Refusal::WrongType(name)),
    }
}

fn scope(value: Option<Value>) -> Result<Scope, Refusal> {
    match value {
        None => Ok(Scope::default()),
        Some(Value::String(text)) => Scope::parse(&text).map_err(|_| Refusal::WrongType("scope")),
        Some(_) => Err(Refusal::WrongType("scope")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared::claims::AccessTokenClaims;

    #[test]
    fn what_our_issuer_writes_is_read() {
        let written = AccessTokenClaims {
            iss: "https://id.example.com".to_owned(),
            sub: "u1".to_owned(),
            aud: "https://food.example.com/mcp".to_owned(),
            client_id: "c1".to_owned(),
            scope: Scope::parse("food:read food:write").unwrap(),
            iat: 1_000,
            exp: 4_600,
            jti: "t1".to_owned(),
            grant_id: "g1".to_owned(),
        };
        let read = Claims::read(&serde_json::to_vec(&written).unwrap()).unwrap();
        assert_eq!(
            (read.iss, read.sub, read.aud),
            (written.iss, written.sub, vec![written.aud])
        );
        assert_eq!((read.client_id, read.scope), (written.client_id, written.scope));
        assert_eq!((read.iat, read.exp, read.nbf), (1_000, 4_600, None));
    }

    /// Values of every type that a claim must not have.
    fn wrong(name: &str) -> Vec<Value> {
        let of_any = [json!(true), json!(null), json!({}), json!(1.5)];
        let own: &[Value] = match name {
            "iat" | "exp" | "nbf" => &[
                json!("1"),
                json!(""),
                json!(1e3),
                json!(1e300),
                json!(u64::MAX),
                serde_json::from_str("18446744073709551616").unwrap(),
                json!([1]),
            ],
            "scope" => &[json!(1), json!(["x"]), json!("a\"b"), json!("a\tb")],
            "aud" => &[
                json!(1),
                json!([]),
                json!(""),
                json!([""]),
                json!(["a", 1]),
                json!([["a"]]),
                json!([null]),
            ],
            _ => &[json!(1), json!(-1), json!(false), json!(["x"]), json!("")],
        };
        of_any.iter().chain(own).cloned().collect()
    }

    /// Every claim with every wrong type: B10 of the list of attacks.
    #[test]
    fn a_claim_of_another_type_is_refused_by_name() {
        let good = json!({"iss": "i", "sub": "s", "aud": "a", "client_id": "c", "scope": "x",
            "iat": 1, "exp": 2, "nbf": 1, "jti": "j"});
        assert!(Claims::read(good.to_string().as_bytes()).is_ok());
        let mut cases = 0;
        for name in ["iss", "sub", "aud", "client_id", "scope", "iat", "exp", "nbf", "jti"] {
            for value in wrong(name) {
                let mut claims = good.clone();
                claims[name] = value.clone();
                let refused = Claims::read(claims.to_string().as_bytes()).unwrap_err();
                assert_eq!(refused.to_string(), format!("{name}: is of the wrong type"), "{value}");
                cases += 1;
            }
        }
        assert!(cases >= 80, "{cases}");
    }

    #[test]
    fn what_must_be_there_is_named_when_it_is_not() {
        let good = json!({"iss": "i", "sub": "s", "aud": "a", "client_id": "c", "iat": 1, "exp": 2});
        for name in ["iss", "sub", "aud", "client_id", "iat", "exp"] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(name);
            assert_eq!(Claims::read(claims.to_string().as_bytes()), Err(Refusal::Missing(name)));
        }
        assert!(Claims::read(good.to_string().as_bytes()).unwrap().scope.is_empty());
    }

    #[test]
    fn a_member_twice_or_no_object_is_malformed() {
        for payload in [
            r#"{"iss":"i","iss":"j"}"#,
            r#"{"exp":1,"exp":9999999999}"#,
            r#"{"iss":"i","i\u0073s":"j"}"#,
            "[]",
            r#"["i","s","a","c","x",1,2]"#,
            "\"x\"",
            "null",
            "",
            "{",
            "{}x",
            "{\"iss\":\"\u{1}\"}",
        ] {
            let refused = Claims::read(payload.as_bytes()).unwrap_err();
            assert_eq!(refused, Refusal::Claims, "{payload}");
        }
    }
}
