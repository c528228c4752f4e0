//! The sizes that keep files and functions readable.

use super::{all_rust_files, is_test_file, without_tests};

const MOST_LINES_OF_A_FILE: usize = 500;
const MOST_LINES_OF_A_FUNCTION: usize = 60;

/// Functions longer than `most` lines: name and length. Relies on rustfmt's layout: a function ends
/// at the first line that is a brace at its own depth.
fn long_functions(text: &str, most: usize) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (begin, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let signature = lines[begin..].iter().find(|line| line.ends_with(['{', ';', '}']));
        if !signature.is_some_and(|line| line.ends_with('{')) {
            continue; // of one line, or a declaration
        }
        let length = lines[begin..].iter().position(|line| **line == end).unwrap() + 1;
        if length > most {
            long.push((name.to_owned(), length));
        }
    }
    long
}

/// The name in a line that begins a function.
fn function_name(line: &str) -> Option<&str> {
    let words = ["pub", "pub(crate)", "pub(super)", "const", "async", "extern", "default"];
    let mut rest = line.trim_start();
    while let Some((_, after)) = rest.split_once(' ').filter(|(word, _)| words.contains(word)) {
        rest = after;
    }
    let name = rest.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}

#[test]
fn no_file_is_longer_than_one_can_overlook() {
    let long = all_rust_files()
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path));
    let long: Vec<_> = long.filter(|(lines, _)| *lines > MOST_LINES_OF_A_FILE).collect();
    assert!(
        long.is_empty(),
        "over {MOST_LINES_OF_A_FILE} lines, split them: {long:#?}"
    );
}

#[test]
fn no_function_is_longer_than_one_can_overlook() {
    let code = all_rust_files().into_iter().filter(|(path, _)| !is_test_file(path));
    let long = code.flat_map(|(path, text)| {
        let long = long_functions(without_tests(&text), MOST_LINES_OF_A_FUNCTION);
        long.into_iter()
            .map(move |(name, lines)| format!("{path}: {name} has {lines} lines"))
    });
    let long: Vec<_> = long.collect();
    assert!(
        long.is_empty(),
        "over {MOST_LINES_OF_A_FUNCTION} lines, split them: {long:#?}"
    );
}

#[test]
fn every_file_says_what_it_is() {
    let silent = all_rust_files()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "));
    let silent: Vec<_> = silent.map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "without a //! header: {silent:#?}");
}

#[test]
fn long_functions_are_seen() {
    let text = "impl A {\n    pub(crate) async fn long<T>(\n        a: T,\n    ) {\n        if a {\n        }\n    }\n}\n\
                trait B {\n    fn declared(&self);\n    fn short(&self) {}\n}\nfn two() {\n}\n";
    assert_eq!(long_functions(text, 5), [("long".to_owned(), 6)]);
    let names: Vec<_> = long_functions(text, 0).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["long", "two"]);
}
