//! Reading `WWW-Authenticate`: RFC 9110 sections 11.2 and 11.6.1.
//!
//! Easy to get wrong: a comma separates challenges as well as the parameters of one, so a new challenge begins where
//! a word stands that is no `name=value`.

/// One challenge: a scheme and its parameters, in the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The parameter of this name, in lower case.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Every challenge of these header values.
pub(super) fn challenges<'a>(values: impl Iterator<Item = &'a str>) -> Vec<Challenge> {
    let mut read: Vec<Challenge> = Vec::new();
    for part in values.flat_map(parts) {
        let (word, rest) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
        let parameter = if word.contains('=') || rest.trim_start().starts_with('=') {
            part
        } else {
            read.push(Challenge {
                scheme: word.to_owned(),
                parameters: Vec::new(),
            });
            rest
        };
        if let (Some(challenge), Some(pair)) = (read.last_mut(), pair(parameter)) {
            challenge.parameters.push(pair);
        }
    }
    read
}

/// The text between commas that are not inside quotes.
fn parts(value: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let split = value.split(move |character: char| {
        let separates = character == ',' && !quoted;
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\' && quoted && !escaped;
        separates
    });
    split.map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let value = value.trim();
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let value = inner.map_or_else(|| value.to_owned(), unescaped);
    Some((name.trim().to_ascii_lowercase(), value))
}

fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' {
            characters.next()
        } else {
            Some(character)
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_and_parameters_are_told_apart() {
        let read = challenges(
            [r#"Bearer resource_metadata="https://h/x", scope="a, b", DPoP algs="ES256 \"x\"", Basic"#].into_iter(),
        );
        let schemes: Vec<_> = read.iter().map(|challenge| challenge.scheme.as_str()).collect();
        assert_eq!(schemes, ["Bearer", "DPoP", "Basic"]);
        assert_eq!(read[0].parameter("resource_metadata"), Some("https://h/x"));
        assert_eq!(read[0].parameter("scope"), Some("a, b"));
        assert_eq!(read[0].parameter("algs"), None);
        assert_eq!(read[1].parameter("algs"), Some("ES256 \"x\""));
    }

    #[test]
    fn several_headers_follow_each_other_and_tokens_need_no_quotes() {
        let read = challenges(["DPoP algs=ES256", "bearer Scope = a, error = b"].into_iter());
        assert_eq!(read[0].parameter("algs"), Some("ES256"));
        assert_eq!((read[1].scheme.as_str(), read.len()), ("bearer", 2));
        assert_eq!(
            (read[1].parameter("scope"), read[1].parameter("error")),
            (Some("a"), Some("b"))
        );
    }
}
