//! Comma-separated values as in RFC 4180: fields may stand in double quotes, and a quote in them is doubled.

/// The rows of a text. Quoted fields may contain commas and line ends.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut row = Vec::new();
        loop {
            let (field, after) = field(rest);
            row.push(field);
            let more = after.strip_prefix(',');
            rest = more.unwrap_or_else(|| line_end(after));
            if more.is_none() {
                return Some(row);
            }
        }
    })
}

fn line_end(text: &str) -> &str {
    let text = text.strip_prefix('\r').unwrap_or(text);
    text.strip_prefix('\n').unwrap_or(text)
}

/// The first field and what follows it.
fn field(text: &str) -> (String, &str) {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\r', '\n']).unwrap_or(text.len());
        let (field, after) = text.split_at(end);
        return (field.to_owned(), after);
    };
    let mut field = String::new();
    while let Some((part, after)) = rest.split_once('"') {
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return (field, after),
        }
    }
    (field + rest, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_fields() {
        let found: Vec<Vec<String>> = rows("a,b\r\n\"c, \"\"d\"\"\",\n,\"e\nf\"\n").collect();
        assert_eq!(found, [vec!["a", "b"], vec!["c, \"d\"", ""], vec!["", "e\nf"]]);
    }
}
