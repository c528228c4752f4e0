//! Text from strangers, made fit to be read by a person: Unicode TR 36 and UTS 55 (spoofing).
//!
//! A client chooses its own name. Escaping keeps it from being markup; this keeps it from being a trick:
//! direction marks that turn the rest of a sentence around, invisible characters, line breaks, and
//! names so long or so tall that they push the warning off the screen.

/// Characters of a name that are shown.
const SHOWN: usize = 60;
/// Accents that may pile up on one character.
const MARKS: usize = 2;

/// The name a client gives itself, to be shown in quotes. Empty names get words of ours.
pub fn client_name(raw: Option<&str>) -> String {
    let name = plain(raw.unwrap_or_default(), SHOWN);
    if name.is_empty() {
        "a program without a name".to_owned()
    } else {
        name
    }
}

/// The text on one line, cut to `shown` characters, to be shown in quotes of ours: so it may have none of that kind.
pub fn plain(raw: &str, shown: usize) -> String {
    cut(&one_line(raw).replace(['“', '”', '„', '"'], "'"), shown)
}

/// The text without what cannot be seen, on one line.
pub fn one_line(raw: &str) -> String {
    let visible = raw.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let visible: String = calm(visible.filter(|&c| !is_invisible(c)));
    let words: Vec<&str> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn cut(text: &str, shown: usize) -> String {
    if text.chars().count() <= shown {
        return text.to_owned();
    }
    let kept: String = text.chars().take(shown.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Drops combining marks beyond the second on one character.
fn calm(text: impl Iterator<Item = char>) -> String {
    let mut marks = 0;
    text.filter(|&c| {
        marks = if unicode_normalization::char::is_combining_mark(c) {
            marks + 1
        } else {
            0
        };
        marks <= MARKS
    })
    .collect()
}

/// Control and format characters, fillers, private use: nothing that a name needs.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["Claude Code (food)", "VS Code", "Étude 3", "食事アプリ", "مساعد"] {
            assert_eq!(client_name(Some(name)), name);
        }
    }

    #[test]
    fn tricks_are_taken_out() {
        assert_eq!(client_name(Some("Bank\u{202e}edoC")), "BankedoC");
        assert_eq!(client_name(Some("a\u{200b}\u{feff}b\r\nc\td")), "ab c d");
        assert_eq!(client_name(Some("Claude” and “you")), "Claude' and 'you");
        assert_eq!(
            client_name(Some(&format!("Z{}", "\u{301}".repeat(50)))).chars().count(),
            3
        );
        assert_eq!(client_name(Some(&"x".repeat(500))).chars().count(), SHOWN);
        for empty in [None, Some(""), Some(" \u{200b} \u{3164}")] {
            assert_eq!(client_name(empty), "a program without a name");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_one_short_visible_line(raw in any::<String>()) {
            let name = client_name(Some(&raw));
            prop_assert!(!name.is_empty() && name.chars().count() <= SHOWN);
            prop_assert!(!name.chars().any(|c| is_invisible(c) || c == '\n' || c == '“' || c == '"'));
        }
    }
}
