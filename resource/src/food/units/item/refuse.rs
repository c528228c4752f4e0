//! Peel, bones and shells in the name of an item: they belong to its weight.

/// The name without words that say that the weight includes peel or bones, and those words.
pub fn without_refuse(name: &str) -> Option<(String, &'static str)> {
    let lower = name.to_lowercase();
    let phrase = REFUSE.iter().find(|phrase| lower.contains(**phrase))?;
    let rest = lower.replacen(phrase, " ", 1);
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    (!rest.is_empty()).then_some((rest.trim_end_matches(',').to_owned(), phrase))
}

/// Words that say that a weight includes what is thrown away.
const REFUSE: &[&str] = &[
    "with the skin",
    "with skin",
    "with its skin",
    "with the peel",
    "with peel",
    "with its peel",
    "with the rind",
    "with rind",
    "with the bones",
    "with bones",
    "with the bone",
    "with bone",
    "bone-in",
    "bone in",
    "in the shell",
    "in shell",
    "in their shells",
    "with shells",
    "with shell",
    "with the core",
    "with core",
    "with pits",
    "with pit",
    "with the stone",
    "with stone",
    "unpeeled",
    "unshelled",
    "as purchased",
];
