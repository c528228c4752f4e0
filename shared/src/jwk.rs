//! One public key, with the one algorithm it is used with: RFC 7517 section 4, RFC 8725 section 3.1, RFC 7638.
//!
//! For keys of issuers, of clients (RFC 7523) and of proofs (RFC 9449) alike.
//!
//! The algorithm comes from the key and never from a token. Easy to get wrong: a shared secret (`oct`)
//! in a published set would let everybody sign; a set with a key that cannot be used must still work
//! for the others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

/// 2048 bits (RFC 7518 section 3.3).
const LEAST_RSA_BYTES: usize = 256;

/// A key that signatures are checked with.
#[derive(Clone)]
pub struct VerificationKey {
    algorithm: Algorithm,
    key: DecodingKey,
    jwk: Jwk,
}

/// Algorithms with a public key that tokens may be signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algorithms(Vec<Algorithm>);

/// All that are known here; `none` and shared secrets are not among them (RFC 8725 section 3.1).
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// Every algorithm, for then the key decides.
impl Default for Algorithms {
    fn default() -> Self {
        Self(ALGORITHMS.to_vec())
    }
}

impl Algorithms {
    /// Reads names as RFC 7518 section 3.1 spells them.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        names.into_iter().map(algorithm).collect::<Result<_, _>>().map(Self)
    }

    /// Their names as RFC 7518 section 3.1 spells them.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|algorithm| name(*algorithm).to_owned()).collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a token's header may say this.
    pub fn contain(&self, text: &str) -> bool {
        self.0.iter().any(|algorithm| name(*algorithm) == text)
    }

    fn has(&self, algorithm: Algorithm) -> bool {
        self.0.contains(&algorithm)
    }
}

impl std::fmt::Display for Algorithms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.names().join(", "))
    }
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    let known = ALGORITHMS.into_iter().find(|algorithm| name(*algorithm) == text);
    known.ok_or_else(|| {
        let why = if text.starts_with("HS") {
            "; a shared secret cannot be published, so let the issuer sign with a key pair"
        } else {
            ""
        };
        format!("{text:?} is none of {}{why}", Algorithms::default())
    })
}

/// Why a published key is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Not a JWK, or of a type or curve that is not known here.
    #[error("not a key of a kind that is known here")]
    Unknown,
    /// It is not for signatures.
    #[error("it is not for signatures")]
    OtherUse,
    /// Its `alg` is none that goes with its type, or is not taken.
    #[error("its alg is none that is taken with its type")]
    Algorithm,
    /// It is right, and of an algorithm that the settings leave out.
    #[error("it is for {0}, which is not among the algorithms that are taken from this issuer")]
    NotAllowed(&'static str),
    /// It is too short to be safe.
    #[error("it is too short")]
    TooShort,
    /// It has a private part, so anybody may have signed with it.
    #[error("it is published together with its private part")]
    Private,
}

impl PartialEq for VerificationKey {
    fn eq(&self, other: &Self) -> bool {
        self.jwk == other.jwk
    }
}

impl std::fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} key {}",
            self.algorithm_name(),
            self.kid().unwrap_or("without a name")
        )
    }
}

impl VerificationKey {
    /// Reads a JWK (a member of a key set, or the `jwk` of a proof), for use with one of these algorithms.
    pub fn from_jwk(value: &Value, allowed: &Algorithms) -> Result<Self, Unusable> {
        if value.get("d").is_some() {
            return Err(Unusable::Private);
        }
        let jwk: Jwk = serde_json::from_value(value.clone()).map_err(|_| Unusable::Unknown)?;
        let algorithm = algorithm_of(&jwk, allowed)?;
        check_use(&jwk)?;
        check_length(&jwk)?;
        let read = Self {
            algorithm,
            key: DecodingKey::from_jwk(&jwk).map_err(|_| Unusable::Unknown)?,
            jwk,
        };
        if allowed.has(algorithm) {
            Ok(read)
        } else {
            Err(Unusable::NotAllowed(name(algorithm)))
        }
    }

    /// What tokens call it, if it has a name.
    pub fn kid(&self) -> Option<&str> {
        self.jwk.common.key_id.as_deref().filter(|kid| !kid.is_empty())
    }

    /// RFC 7638 section 3, with SHA-256: the same for every spelling of this key.
    pub fn thumbprint(&self) -> Result<String, Unusable> {
        self.jwk
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|_| Unusable::Unknown)
    }

    /// The one algorithm it is used with, as a token's header spells it.
    pub fn algorithm_name(&self) -> &'static str {
        name(self.algorithm)
    }

    /// Whether `signature` (base64url) is this key's of `message`.
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        crypto::verify(signature, message, &self.key, self.algorithm).unwrap_or(false)
    }
}

/// Whether a token's header names an algorithm with a public key.
pub fn is_algorithm(text: &str) -> bool {
    ALGORITHMS.into_iter().any(|algorithm| name(algorithm) == text)
}

fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "ES256",
        Algorithm::ES384 => "ES384",
        Algorithm::EdDSA => "EdDSA",
        Algorithm::RS256 => "RS256",
        Algorithm::RS384 => "RS384",
        Algorithm::RS512 => "RS512",
        Algorithm::PS256 => "PS256",
        Algorithm::PS384 => "PS384",
        Algorithm::PS512 => "PS512",
        _ => "",
    }
}

fn algorithm_of(jwk: &Jwk, allowed: &Algorithms) -> Result<Algorithm, Unusable> {
    let by_type = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => Algorithm::ES256,
            EllipticCurve::P384 => Algorithm::ES384,
            _ => return Err(Unusable::Unknown),
        },
        AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::RSA(_) => return rsa_algorithm(jwk.common.key_algorithm, allowed),
        _ => return Err(Unusable::Unknown),
    };
    match jwk.common.key_algorithm {
        Some(declared) if declared != by_type.into() => Err(Unusable::Algorithm),
        _ => Ok(by_type),
    }
}

/// An RSA key without `alg` is used with RS256, as issuers that leave it out mean it, unless the settings leave that
/// out and name another.
fn rsa_algorithm(declared: Option<KeyAlgorithm>, allowed: &Algorithms) -> Result<Algorithm, Unusable> {
    let algorithm = match declared {
        None if allowed.has(Algorithm::RS256) => Algorithm::RS256,
        None => allowed
            .0
            .iter()
            .copied()
            .find(|algorithm| is_rsa(*algorithm))
            .unwrap_or(Algorithm::RS256),
        Some(declared) => declared.try_into().map_err(|_| Unusable::Algorithm)?,
    };
    if is_rsa(algorithm) {
        Ok(algorithm)
    } else {
        Err(Unusable::Algorithm)
    }
}

fn is_rsa(algorithm: Algorithm) -> bool {
    matches!(name(algorithm).get(..1), Some("R" | "P"))
}

fn check_use(jwk: &Jwk) -> Result<(), Unusable> {
    let common = &jwk.common;
    let other_use = common
        .public_key_use
        .as_ref()
        .is_some_and(|key_use| *key_use != PublicKeyUse::Signature);
    let other_operations = common
        .key_operations
        .as_ref()
        .is_some_and(|operations| !operations.contains(&KeyOperations::Verify));
    if other_use || other_operations {
        Err(Unusable::OtherUse)
    } else {
        Ok(())
    }
}

fn check_length(jwk: &Jwk) -> Result<(), Unusable> {
    let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else {
        return Ok(());
    };
    let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).map_err(|_| Unusable::Unknown)?;
    let bytes = modulus.iter().skip_while(|byte| **byte == 0).count();
    if bytes < LEAST_RSA_BYTES {
        Err(Unusable::TooShort)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn ec() -> Value {
        json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "k1", "alg": "ES256", "use": "sig"})
    }

    fn rsa(bytes: usize) -> Value {
        json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(vec![0xab; bytes]), "e": "AQAB", "kid": "k1"})
    }

    fn with(mut jwk: Value, name: &str, value: Value) -> Value {
        jwk[name] = value;
        jwk
    }

    fn algorithm(jwk: &Value) -> Result<&'static str, Unusable> {
        VerificationKey::from_jwk(jwk, &Algorithms::default()).map(|key| key.algorithm_name())
    }

    #[test]
    fn the_algorithm_is_the_keys() {
        assert_eq!(algorithm(&ec()), Ok("ES256"));
        let mut without = ec();
        without
            .as_object_mut()
            .unwrap()
            .retain(|name, _| name != "alg" && name != "use");
        assert_eq!(algorithm(&without), Ok("ES256"));
        assert_eq!(algorithm(&rsa(256)), Ok("RS256"));
        for alg in ["RS384", "RS512", "PS256", "PS384", "PS512"] {
            assert_eq!(algorithm(&with(rsa(256), "alg", json!(alg))), Ok(alg));
        }
        let okp =
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "k"});
        assert_eq!(algorithm(&okp), Ok("EdDSA"));
    }

    #[test]
    fn keys_that_cannot_or_must_not_be_used_say_why() {
        let cases = [
            (
                json!({"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "HS256"}),
                Unusable::Unknown,
            ),
            (with(ec(), "alg", json!("HS256")), Unusable::Algorithm),
            (with(ec(), "alg", json!("ES384")), Unusable::Algorithm),
            (with(ec(), "alg", json!("ES512")), Unusable::Algorithm),
            (with(ec(), "crv", json!("P-521")), Unusable::Unknown),
            (with(ec(), "crv", json!("secp256k1")), Unusable::Unknown),
            (with(ec(), "use", json!("enc")), Unusable::OtherUse),
            (with(ec(), "key_ops", json!(["sign"])), Unusable::OtherUse),
            (with(ec(), "kid", json!(1)), Unusable::Unknown),
            (with(ec(), "d", json!("AAAA")), Unusable::Private),
            (with(ec(), "x", json!("not base64!")), Unusable::Unknown),
            (with(rsa(256), "alg", json!("RSA-OAEP")), Unusable::Algorithm),
            (with(rsa(256), "alg", json!("HS256")), Unusable::Algorithm),
            (rsa(128), Unusable::TooShort),
            (json!("text"), Unusable::Unknown),
            (json!({}), Unusable::Unknown),
        ];
        for (jwk, why) in cases {
            assert_eq!(algorithm(&jwk), Err(why), "{jwk}");
        }
    }

    #[test]
    fn a_key_may_have_no_name() {
        let kid = |jwk: &Value| {
            let key = VerificationKey::from_jwk(jwk, &Algorithms::default()).unwrap();
            key.kid().map(str::to_owned)
        };
        let mut nameless = ec();
        nameless.as_object_mut().unwrap().remove("kid");
        assert_eq!((kid(&nameless), kid(&with(ec(), "kid", json!("")))), (None, None));
        assert_eq!(kid(&ec()).as_deref(), Some("k1"));
    }

    #[test]
    fn the_thumbprint_depends_on_the_key_alone() {
        let thumbprint = |jwk: &Value| {
            let key = VerificationKey::from_jwk(jwk, &Algorithms::default()).unwrap();
            key.thumbprint().unwrap()
        };
        // RFC 8037 appendix A.3.
        let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        assert_eq!(thumbprint(&okp), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(thumbprint(&ec()), thumbprint(&with(ec(), "kid", json!("other"))));
    }

    #[test]
    fn a_modulus_padded_with_zeros_is_as_short_as_before() {
        let mut modulus = vec![0; 128];
        modulus.extend([0xab; 128]);
        let jwk = with(rsa(256), "n", json!(URL_SAFE_NO_PAD.encode(modulus)));
        assert_eq!(algorithm(&jwk), Err(Unusable::TooShort));
    }

    #[test]
    fn only_algorithms_that_are_allowed_are_used_and_an_rsa_key_may_be_for_several() {
        let pss = Algorithms::parse(["PS256"]).unwrap();
        let used = |jwk: &Value| VerificationKey::from_jwk(jwk, &pss).map(|key| key.algorithm_name());
        assert_eq!(used(&rsa(256)), Ok("PS256"));
        assert_eq!(
            used(&with(rsa(256), "alg", json!("RS256"))),
            Err(Unusable::NotAllowed("RS256"))
        );
        assert_eq!(used(&ec()), Err(Unusable::NotAllowed("ES256")));
        assert!(Algorithms::parse(["HS256"]).unwrap_err().contains("key pair"));
        assert!(Algorithms::parse(["RS256", "none"]).is_err());
    }

    #[test]
    fn only_algorithms_with_a_public_key_are_algorithms() {
        assert!(is_algorithm("ES256") && is_algorithm("PS512") && is_algorithm("EdDSA"));
        for alg in [
            "none", "None", "", "HS256", "HS512", "es256", "ES512", "ES256K", "RSA-OAEP",
        ] {
            assert!(!is_algorithm(alg), "{alg}");
        }
    }
}
