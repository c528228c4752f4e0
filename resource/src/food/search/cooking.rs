//! Ways of cooking: what a query says of it fits names that say it in other words. Whether a food is raw or cooked is
//! told by [`state`](crate::food::state).
//!
//! The data tells one way of cooking where people name another: "steamed broccoli" is there boiled, "grilled pork"
//! broiled, "uncooked rice" raw or dry.

/// Stems of other words that say nearly the same, and how nearly: 1 is the same.
pub(super) fn kin(stem: &str) -> &'static [(&'static str, f32)] {
    let known = KIN.iter().find(|(word, _)| *word == stem);
    known.map_or(&[], |(_, kin)| kin)
}

/// By stems, on both sides.
const KIN: &[(&str, &[(&str, f32)])] = &[
    (
        "cook",
        &[
            ("boil", 0.95),
            ("roast", 0.95),
            ("bake", 0.9),
            ("broil", 0.9),
            ("grill", 0.9),
            ("brais", 0.85),
            ("stew", 0.85),
            ("steam", 0.9),
            ("fri", 0.6),
            ("microwav", 0.8),
            ("heat", 0.6),
            ("prepar", 0.6),
        ],
    ),
    ("boil", &[("cook", 0.8), ("steam", 0.7), ("poach", 0.7)]),
    ("steam", &[("boil", 0.85), ("cook", 0.8), ("microwav", 0.7)]),
    ("poach", &[("boil", 0.8), ("cook", 0.7), ("moist", 0.8)]),
    ("grill", &[("broil", 0.9), ("bake", 0.7), ("roast", 0.7), ("cook", 0.7)]),
    ("broil", &[("grill", 0.9), ("bake", 0.7), ("roast", 0.7), ("cook", 0.7)]),
    (
        "roast",
        &[("bake", 0.85), ("broil", 0.7), ("grill", 0.7), ("cook", 0.7)],
    ),
    ("bake", &[("roast", 0.85), ("broil", 0.7), ("cook", 0.7)]),
    (
        "barbecu",
        &[("grill", 0.8), ("broil", 0.8), ("roast", 0.7), ("cook", 0.6)],
    ),
    ("saut", &[("fri", 0.8), ("cook", 0.7)]),
    ("saute", &[("fri", 0.8), ("cook", 0.7)]),
    ("fri", &[("saut", 0.8), ("saute", 0.8), ("cook", 0.5)]),
    ("brais", &[("stew", 0.8), ("simmer", 0.8), ("cook", 0.7)]),
    ("stew", &[("brais", 0.8), ("simmer", 0.8), ("cook", 0.7)]),
    ("simmer", &[("brais", 0.8), ("stew", 0.8), ("boil", 0.8), ("cook", 0.7)]),
    (
        "raw",
        &[("uncook", 1.0), ("dry", 0.8), ("unprepar", 0.8), ("unheat", 0.7)],
    ),
    (
        "uncook",
        &[("raw", 1.0), ("dry", 1.0), ("unprepar", 0.8), ("unheat", 0.7)],
    ),
    ("dry", &[("uncook", 0.9), ("raw", 0.8), ("unprepar", 0.8)]),
    ("dri", &[("dry", 0.9), ("dehydr", 0.9)]),
];

#[cfg(test)]
mod tests {
    use super::super::text::stem;
    use super::*;

    #[test]
    fn kin_is_written_in_stems() {
        for word in [
            "cooked", "boiled", "steamed", "poached", "grilled", "broiled", "roasted", "baked",
        ]
        .into_iter()
        .chain([
            "sauteed", "fried", "braised", "stewed", "simmered", "raw", "uncooked", "dry", "dried",
        ])
        .chain(["barbecued"])
        {
            assert!(!kin(&stem(word)).is_empty(), "{word} is {}", stem(word));
        }
        for word in [
            "moist",
            "microwaved",
            "heated",
            "prepared",
            "unprepared",
            "unheated",
            "dehydrated",
        ] {
            let known = |(_, kin): &(&str, &[(&str, f32)])| kin.iter().any(|(other, _)| *other == stem(word));
            assert!(KIN.iter().any(known), "{word} is {}", stem(word));
        }
    }
}
