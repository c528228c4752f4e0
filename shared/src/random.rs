//! The one place that draws randomness: from the operating system, with nothing to seed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The operating system gave no randomness; nothing secure can be made then.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no randomness: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// `N` random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A token of 256 random bits in 43 URL-safe characters: RFC 6749 section 10.10 asks for at least 128.
pub fn token() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// A random UUID (RFC 9562 version 4), hyphenated.
pub fn uuid() -> Result<String, NoRandomness> {
    Ok(uuid::Builder::from_random_bytes(bytes()?).into_uuid().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_url_safe() {
        let (a, b) = (token().unwrap(), token().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.len(), 43);
        assert!(a.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'));
    }

    #[test]
    fn uuids_are_version_4() {
        assert_eq!(uuid().unwrap().as_bytes().get(14), Some(&b'4'));
    }
}
