//! User names and passwords as people type them: RFC 8265 (PRECIS), NIST SP 800-63B section 3.1.1.
//!
//! A name is kept as typed and compared by its key, so that `Alex` and `alex` are one account. A
//! password is only brought into one spelling of its characters: the same `é` may arrive as one
//! character or as two, depending on the keyboard. Easy to get wrong: trimming or case-folding a
//! password, which weakens it, or taking control characters in a name, which would forge log lines.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

/// The longest user name, in characters.
pub const NAME_CHARACTERS: usize = 64;
/// The shortest password, in bytes: NIST SP 800-63B section 3.1.1.2 asks for 8 characters at least.
pub const PASSWORD_MIN: usize = 8;
/// The longest password, in bytes: room for any passphrase, and a bound for the work.
pub const PASSWORD_MAX: usize = 1024;

/// A user name: what is shown, and what is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName {
    shown: String,
    key: String,
}

/// What is wrong with a name; the text is for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was typed.
    #[error("Enter a user name.")]
    Empty,
    /// More than [`NAME_CHARACTERS`].
    #[error("Use at most 64 characters.")]
    TooLong,
    /// A character that names do not have.
    #[error("Use letters, digits and . _ - + @ only, without spaces.")]
    Character,
}

impl UserName {
    /// Reads a name; spaces around it are forgiven, since phones add them.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let shown: String = text.trim().nfc().collect();
        let allowed = |c: char| c.is_alphanumeric() || "._-+@".contains(c);
        if shown.is_empty() {
            Err(NameError::Empty)
        } else if shown.chars().count() > NAME_CHARACTERS {
            Err(NameError::TooLong)
        } else if shown.chars().all(allowed) {
            let key = name_key(&shown);
            Ok(Self { shown, key })
        } else {
            Err(NameError::Character)
        }
    }

    /// The name as its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The name as it is compared: width and case do not count.
    pub fn key(&self) -> &str {
        &self.key
    }
}

fn name_key(shown: &str) -> String {
    let folded: String = shown.nfkc().flat_map(char::to_lowercase).collect();
    folded.nfkc().collect()
}

/// A password of an allowed length; `Debug` prints nothing of it.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// What is wrong with a new password; the text is for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer bytes than [`PASSWORD_MIN`].
    #[error("Use at least 8 characters.")]
    TooShort,
    /// More bytes than [`PASSWORD_MAX`].
    #[error("Use at most 1024 bytes.")]
    TooLong,
}

impl Password {
    /// Reads a password as typed: nothing is trimmed, every character counts.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let text: String = text.nfc().collect();
        match text.len() {
            0..PASSWORD_MIN => Err(PasswordError::TooShort),
            PASSWORD_MIN..=PASSWORD_MAX => Ok(Self(text.into())),
            _ => Err(PasswordError::TooLong),
        }
    }

    /// Its bytes, for hashing.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_width_and_composition_do_not_make_another_account() {
        let key = |text| UserName::parse(text).unwrap().key().to_owned();
        for (a, b) in [
            ("Alex", "alex"),
            (" alex ", "alex"),
            ("Jos\u{e9}", "JOSE\u{301}"),
            ("\u{ff41}lex", "alex"),
        ] {
            assert_eq!(key(a), key(b), "{a} {b}");
        }
        assert_ne!(key("alex"), key("a1ex"));
        assert_eq!(UserName::parse("Alex").unwrap().as_str(), "Alex");
    }

    #[test]
    fn names_have_no_spaces_controls_or_direction_marks() {
        for bad in [
            "a b",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            "<b>",
            "a\"b",
            "a/b",
            "a\u{0}b",
        ] {
            assert_eq!(UserName::parse(bad), Err(NameError::Character), "{bad:?}");
        }
        assert_eq!(UserName::parse("  "), Err(NameError::Empty));
        assert_eq!(UserName::parse(&"a".repeat(65)), Err(NameError::TooLong));
        assert!(UserName::parse("anna.müller+food@example.org").is_ok());
    }

    #[test]
    fn a_password_keeps_every_character_and_has_8_to_1024_bytes() {
        assert_eq!(Password::parse(" secret ").unwrap().expose(), b" secret ");
        assert_eq!(Password::parse("1234567").unwrap_err(), PasswordError::TooShort);
        assert_eq!(Password::parse(&"a".repeat(1025)).unwrap_err(), PasswordError::TooLong);
        assert!(Password::parse(&"a".repeat(1024)).is_ok());
        let spelled = Password::parse("passe\u{301}word").unwrap();
        assert_eq!(spelled.expose(), "pass\u{e9}word".as_bytes());
    }

    #[test]
    fn a_password_is_never_printed() {
        let password = Password::parse("planted-secret").unwrap();
        assert!(!format!("{password:?}").contains("planted"));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in "\\PC{1,20}") {
            if let Ok(name) = UserName::parse(&text) {
                prop_assert_eq!(name_key(name.key()), name.key());
            }
        }
    }
}
