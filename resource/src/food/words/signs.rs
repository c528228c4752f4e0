//! The signs of numbers, in ASCII: vulgar fractions, digits of other scripts, dashes.

/// Lower case, and the signs of numbers in ASCII: "1½" is "1 1/2", "٢" is "2", "1–2" is "1-2".
pub(in crate::food) fn spell_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        // As most are; in ASCII only "~" stands for another sign.
        if c.is_ascii() && c != '~' {
            out.push(c);
            continue;
        }
        match VULGAR_FRACTIONS.iter().find(|(vulgar, _)| *vulgar == c) {
            Some((_, ascii)) => {
                out.push(' ');
                out.push_str(ascii);
                out.push(' ');
            }
            None if c == '×' => out.push_str(" times "),
            None => out.push(ascii_sign(c)),
        }
    }
    out
}

/// The sign of a number that a character stands for; other characters as they are.
fn ascii_sign(c: char) -> char {
    let digit = |zero: &u32| {
        u32::from(c)
            .checked_sub(*zero)
            .and_then(|digit| char::from_digit(digit, 10))
    };
    match c {
        '\u{2044}' | '\u{2215}' => '/',
        '‒' | '–' | '—' | '−' => '-',
        '٫' => '.',
        '\u{a0}' | '\u{202f}' | '~' | '≈' => ' ',
        _ if c.is_ascii() => c,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - FULL_WIDTH).unwrap_or(c),
        _ => ZEROS.iter().find_map(digit).unwrap_or(c),
    }
}

const VULGAR_FRACTIONS: &[(char, &str)] = &[
    ('½', "1/2"),
    ('⅓', "1/3"),
    ('⅔', "2/3"),
    ('¼', "1/4"),
    ('¾', "3/4"),
    ('⅕', "1/5"),
    ('⅖', "2/5"),
    ('⅗', "3/5"),
    ('⅘', "4/5"),
    ('⅙', "1/6"),
    ('⅚', "5/6"),
    ('⅛', "1/8"),
    ('⅜', "3/8"),
    ('⅝', "5/8"),
    ('⅞', "7/8"),
];

/// How far the full-width form of a sign is from its ASCII form.
const FULL_WIDTH: u32 = 0xFEE0;

/// The zeros of the decimal digits that people type: Arabic, Persian, Devanagari, Bengali, Thai.
const ZEROS: &[u32] = &[0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50];
