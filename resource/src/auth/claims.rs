//! The claims of an access token as read from outside: RFC 9068 section 2.2, RFC 7519 section 4.1.
//!
//! Every type is exact. Easy to get wrong: a reader that skips a claim it cannot read takes a token whose `exp` is a
//! text for one that never ends.

use serde_json::Value;
use shared::clock::NumericDate;
use shared::scope::Scope;
use shared::status_list::Reference;

use super::refusal::{Got, Refusal};
use super::trust::{Issuer, Typ};
use shared::members::Members;

/// What names the client, in the order of trust: RFC 9068, OpenID Connect, Okta, Entra's first version.
const CLIENT: [&str; 4] = ["client_id", "azp", "cid", "appid"];
/// What only ID tokens say (OpenID Connect Core sections 2 and 3.3.2.11).
const OF_ID_TOKENS: [&str; 3] = ["nonce", "at_hash", "c_hash"];
/// What the claim `typ` says of other tokens: Keycloak, Rauthy.
const OTHER_KINDS: [&str; 3] = ["ID", "Refresh", "Offline"];
/// What `token_use` says of access tokens: Cognito, Hydra.
const TOKEN_USE: [&str; 2] = ["access", "access_token"];
/// What `token_type` says of access tokens, in lower case: RFC 6750, and what some issuers make of it.
const TOKEN_TYPE: [&str; 3] = ["bearer", "access_token", "dpop"];
/// When a token ends whose issuer does not say, in seconds from now. It is asked about long before; this ends streams.
const UNTOLD_END: NumericDate = 3600;

/// What a token says, each claim of the right type and none checked against anything yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom it acts; not empty.
    pub sub: String,
    /// Where it may be used; empty where its issuer does not say.
    pub aud: Vec<String>,
    /// To which client it was issued; not empty. RFC 9068 says so, others may not.
    pub client_id: Option<String>,
    /// What it allows; nothing, when no claim says so.
    pub scope: Scope,
    /// When it was issued.
    pub iat: Option<NumericDate>,
    /// When it ends.
    pub exp: NumericDate,
    /// When it begins, if that is not at once.
    pub nbf: Option<NumericDate>,
    /// The thumbprint of the key that it is bound to (RFC 9449 section 6.1).
    pub jkt: Option<String>,
    /// Where it stands whether it was revoked.
    pub status: Option<Reference>,
    /// All of them as they came.
    pub members: Members,
}

impl Claims {
    /// Reads the claims of a signed token that says it is of this issuer.
    pub fn read(members: Members, issuer: &Issuer) -> Result<Self, Refusal> {
        let iss = needed("iss", text(&members, "iss")?)?;
        let exp = needed("exp", date(&members, "exp")?)?;
        let claims = Self::gather(members, issuer, iss, exp)?;
        if issuer.typ == Typ::Strict {
            needed("aud", claims.aud.first())?;
            needed("client_id", claims.members.get("client_id"))?;
            needed("iat", claims.iat)?;
        }
        Ok(claims)
    }

    /// Reads what this issuer answers about a token: RFC 7662 section 2.2, where all but `active` may be left out.
    pub fn of_answer(members: Members, issuer: &Issuer, now: NumericDate) -> Result<Self, Refusal> {
        if let Some(kind) = text(&members, "token_type")?
            && !TOKEN_TYPE.contains(&kind.to_ascii_lowercase().as_str())
        {
            return Err(Refusal::TokenType(Got::new(&kind)));
        }
        let iss = text(&members, "iss")?.unwrap_or_else(|| issuer.issuer.clone());
        let exp = date(&members, "exp")?.unwrap_or_else(|| now.saturating_add(UNTOLD_END));
        Self::gather(members, issuer, iss, exp)
    }

    fn gather(members: Members, issuer: &Issuer, iss: String, exp: NumericDate) -> Result<Self, Refusal> {
        refuse_other_kinds(&members)?;
        text(&members, "jti")?;
        Ok(Self {
            iss,
            sub: needed(&issuer.subject, text(&members, &issuer.subject)?)?,
            aud: texts(&members, "aud")?,
            client_id: client(&members)?,
            scope: issuer.scope_of(&members)?,
            iat: date(&members, "iat")?,
            exp,
            nbf: date(&members, "nbf")?,
            jkt: jkt(&members)?,
            status: status(&members)?,
            members,
        })
    }
}

/// ID tokens (OpenID Connect Core section 2), and refresh tokens of issuers whose are JWTs, too.
fn refuse_other_kinds(members: &Members) -> Result<(), Refusal> {
    let kind = members.get("typ").and_then(Value::as_str);
    if kind.is_some_and(|kind| OTHER_KINDS.iter().any(|other| kind.eq_ignore_ascii_case(other))) {
        return Err(Refusal::IdToken("typ"));
    }
    if let Some(name) = OF_ID_TOKENS.into_iter().find(|name| members.get(name).is_some()) {
        return Err(Refusal::IdToken(name));
    }
    let token_use = members.get("token_use");
    if token_use.is_some_and(|is| !TOKEN_USE.iter().any(|access| is == access)) {
        return Err(Refusal::IdToken("token_use"));
    }
    Ok(())
}

/// The key that the token is bound to. Bound in a way that is not known here, it must not pass as unbound.
fn jkt(members: &Members) -> Result<Option<String>, Refusal> {
    let Some(cnf) = members.get("cnf") else {
        return Ok(None);
    };
    let only = cnf
        .as_object()
        .filter(|cnf| cnf.len() == 1)
        .and_then(|cnf| cnf.get("jkt"));
    only.and_then(Value::as_str)
        .map(|jkt| Some(jkt.to_owned()))
        .ok_or(Refusal::BoundOtherwise)
}

/// draft-ietf-oauth-status-list-18 section 6.2; other mechanisms than lists are not known here.
fn status(members: &Members) -> Result<Option<Reference>, Refusal> {
    let list = members.get("status").and_then(|status| status.get("status_list"));
    list.map(|list| serde_json::from_value(list.clone()).map_err(|_| wrong("status")))
        .transpose()
}

fn needed<T>(name: &str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::Missing(name.to_owned().into()))
}

fn wrong(name: &str) -> Refusal {
    Refusal::WrongType(name.to_owned().into())
}

fn text(members: &Members, name: &str) -> Result<Option<String>, Refusal> {
    members.get(name).map(|value| one_text(name, value)).transpose()
}

fn one_text(name: &str, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::String(text) if !text.is_empty() => Ok(text.clone()),
        _ => Err(wrong(name)),
    }
}

/// One text, or an array of texts that is not empty (RFC 7519 section 4.1.3).
fn texts(members: &Members, name: &str) -> Result<Vec<String>, Refusal> {
    match members.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Array(values)) if !values.is_empty() => values.iter().map(|value| one_text(name, value)).collect(),
        Some(one) => Ok(vec![one_text(name, one)?]),
    }
}

/// Whole seconds: RFC 7519 allows fractions, which no issuer sends and which programs round differently.
fn date(members: &Members, name: &str) -> Result<Option<NumericDate>, Refusal> {
    let date = |value: &Value| value.as_i64().ok_or_else(|| wrong(name));
    members.get(name).map(date).transpose()
}

/// All that name it must be texts, and the first counts.
fn client(members: &Members) -> Result<Option<String>, Refusal> {
    let named: Vec<Option<String>> = CLIENT
        .iter()
        .map(|name| text(members, name))
        .collect::<Result<_, _>>()?;
    Ok(named.into_iter().flatten().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared::audience::Audience;
    use shared::claims::AccessTokenClaims;

    fn read(claims: &Value) -> Result<Claims, Refusal> {
        let members = Members::read(claims.to_string().as_bytes()).unwrap();
        Claims::read(members, &Issuer::new("i", "a"))
    }

    #[test]
    fn what_our_issuer_writes_is_read() {
        let written = AccessTokenClaims {
            iss: "https://id.example.com".to_owned(),
            sub: "u1".to_owned(),
            aud: Audience::parse("https://food.example.com/mcp https://notes.example.com/mcp").unwrap(),
            client_id: "c1".to_owned(),
            scope: Scope::parse("food:read food:write").unwrap(),
            iat: 1_000,
            exp: 4_600,
            jti: "t1".to_owned(),
            grant_id: "g1".to_owned(),
            status: None,
            cnf: None,
        };
        let read = read(&serde_json::to_value(&written).unwrap()).unwrap();
        assert_eq!(
            (read.iss, read.sub, read.aud),
            (
                written.iss,
                written.sub,
                written.aud.identifiers().map(str::to_owned).collect()
            )
        );
        assert_eq!((read.client_id, read.scope), (Some(written.client_id), written.scope));
        assert_eq!((read.iat, read.exp, read.nbf), (Some(1_000), 4_600, None));
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
            "scope" | "scp" => &[json!(1), json!(["x", 1]), json!([null]), json!("a\"b"), json!("a\tb")],
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
        assert!(read(&good).is_ok());
        let mut cases = 0;
        for name in [
            "iss",
            "sub",
            "aud",
            "client_id",
            "azp",
            "scope",
            "scp",
            "iat",
            "exp",
            "nbf",
            "jti",
        ] {
            for value in wrong(name) {
                let mut claims = good.clone();
                claims[name] = value.clone();
                let refused = read(&claims).unwrap_err();
                assert_eq!(refused.to_string(), format!("{name}: is of the wrong type"), "{value}");
                cases += 1;
            }
        }
        assert!(cases >= 100, "{cases}");
    }

    #[test]
    fn what_must_be_there_is_named_when_it_is_not() {
        let good = json!({"iss": "i", "sub": "s", "aud": "a", "client_id": "c", "iat": 1, "exp": 2});
        for name in ["iss", "sub", "aud", "client_id", "iat", "exp"] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(name);
            assert_eq!(read(&claims), Err(Refusal::Missing(name.into())));
        }
        assert!(read(&good).unwrap().scope.is_empty());
    }
}
