//! The code that a person types: RFC 8628 sections 5.1 and 6.1.
//!
//! Eight of twenty letters, without vowels so that no words come of it: 34 bits, to be guessed within ten minutes by
//! somebody who is slowed after a few tries. Upper or lower case and whatever stands between the letters mean nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::random::{self, NoRandomness};

use crate::app::App;
use crate::hash::SecretHash;

const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
/// Characters that are read of what was typed.
const TYPED: usize = 40;
/// The largest number of whole alphabets in a byte: what is above would make some letters more likely.
const FAIR: u8 = 240;

/// A code, in capitals without a dash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authorize) struct UserCode(String);

impl UserCode {
    /// A new one.
    pub(super) fn random() -> Result<Self, NoRandomness> {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            let fair = random::bytes::<LENGTH>()?.into_iter().filter(|byte| *byte < FAIR);
            let letters = fair.filter_map(|byte| LETTERS.get(usize::from(byte) % LETTERS.len()));
            let missing = LENGTH - code.len();
            code.extend(letters.take(missing).map(|letter| char::from(*letter)));
        }
        Ok(Self(code))
    }

    /// What was typed; `None` when no code of ours could be meant.
    pub(in crate::authorize) fn parse(typed: &str) -> Option<Self> {
        let typed = typed.chars().take(TYPED).filter(|c| c.is_alphanumeric());
        let code: String = typed.map(|c| c.to_ascii_uppercase()).collect();
        let is_ours = code.len() == LENGTH && code.bytes().all(|c| LETTERS.contains(&c));
        is_ours.then_some(Self(code))
    }

    /// As people see it: `WDJB-MJHT`.
    pub(in crate::authorize) fn shown(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }

    /// What is stored of it. A plain hash of so few letters could be tried out, so the MAC key goes into it.
    pub(super) fn hash(&self, app: &App) -> SecretHash {
        SecretHash::of(&URL_SAFE_NO_PAD.encode(app.keys.mac.tag("user code", self.0.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_code_is_read_in_any_case_with_any_dashes_and_nothing_else_is_one() {
        let code = UserCode("WDJBMJHT".to_owned());
        for typed in [
            "WDJB-MJHT",
            "wdjbmjht",
            " Wdjb mjht ",
            "W-D-J-B\u{2013}M.J.H.T",
            "wdjb\tmjht",
        ] {
            assert_eq!(UserCode::parse(typed), Some(code.clone()), "{typed:?}");
        }
        for typed in [
            "",
            "WDJB-MJH",
            "WDJB-MJHTT",
            "WDJB-MJHA",
            "WDJB-MJH0",
            "WDJB-MJHY",
            "ＷＤＪＢ-MJHT",
            "-",
        ] {
            assert_eq!(UserCode::parse(typed), None, "{typed:?}");
        }
        assert_eq!(UserCode::parse(&format!("WDJB{}MJHT", "-".repeat(10_000))), None);
        assert_eq!(code.shown(), "WDJB-MJHT");
    }

    #[test]
    fn codes_have_every_letter_equally_often() {
        let mut seen: HashMap<char, u32> = HashMap::new();
        for _ in 0..5_000 {
            let code = UserCode::random().unwrap();
            assert_eq!(UserCode::parse(&code.shown()), Some(code.clone()));
            code.0.chars().for_each(|letter| *seen.entry(letter).or_default() += 1);
        }
        assert_eq!(seen.len(), LETTERS.len());
        // 2000 of each are expected; 200 are more than four standard deviations.
        assert!(seen.values().all(|count| (1_800..2_200).contains(count)), "{seen:?}");
    }
}
