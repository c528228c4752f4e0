//! docs/specs.md: each requirement names a file that exists and a test that exists; and so do the rows of docs/threats.md.

use super::{all_rust_files, root, text};

/// A row `| requirement | file | test |`; files and tests stand in backticks.
#[derive(Debug, PartialEq)]
struct Row<'a> {
    requirement: &'a str,
    files: Vec<&'a str>,
    tests: Vec<&'a str>,
}

fn rows(document: &str) -> Vec<Row<'_>> {
    document.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row<'_>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
    let is_rule = cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':')));
    if is_rule || cells[0].eq_ignore_ascii_case("requirement") {
        return None;
    }
    let [requirement, files, tests] = cells[..] else {
        panic!("not three cells: {line}")
    };
    Some(Row {
        requirement,
        files: quoted(files),
        tests: quoted(tests),
    })
}

/// What stands in backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The names of all test functions in a file.
fn tests_of(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let mut names = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_test =
            line.starts_with("#[") && line.split(['(', ']']).next().is_some_and(|name| name.ends_with("test"));
        if !is_test {
            continue;
        }
        let function = lines[at + 1..]
            .iter()
            .find(|line| !line.starts_with("#[") && !line.starts_with("//"));
        let name = function
            .and_then(|line| line.split_once("fn "))
            .and_then(|(_, name)| name.split('(').next());
        names.extend(name);
    }
    names
}

/// What a row refers to and is not there.
fn dangling(row: &Row<'_>, has_file: impl Fn(&str) -> bool, has_test: impl Fn(&str) -> bool) -> Vec<String> {
    let mut told = Vec::new();
    let requirement = row.requirement;
    if row.files.is_empty() || row.tests.is_empty() {
        told.push(format!("{requirement}: names no file or no test (in backticks)"));
    }
    told.extend(
        row.files
            .iter()
            .filter(|file| !has_file(file))
            .map(|file| format!("{requirement}: no file {file}")),
    );
    told.extend(
        row.tests
            .iter()
            .filter(|test| !has_test(test))
            .map(|test| format!("{requirement}: no test {test}")),
    );
    told
}

#[test]
fn every_requirement_names_a_file_and_a_test_that_exist() {
    let document = text("docs/specs.md");
    let files = all_rust_files();
    let tests: Vec<&str> = files.iter().flat_map(|(_, text)| tests_of(text)).collect();
    let rows = rows(&document);
    assert!(!rows.is_empty(), "docs/specs.md has no rows");
    // `module::name` is looked up by its last part.
    let has_test = |test: &str| tests.contains(&test.rsplit("::").next().unwrap());
    let told: Vec<_> = rows
        .iter()
        .flat_map(|row| dangling(row, |file| root().join(file).is_file(), has_test))
        .collect();
    assert!(told.is_empty(), "docs/specs.md: {told:#?}");
}

#[test]
fn every_threat_names_a_test_or_a_place_of_tests_that_exists() {
    let document = text("docs/threats.md");
    let files = all_rust_files();
    let tests: Vec<&str> = files.iter().flat_map(|(_, text)| tests_of(text)).collect();
    let told: Vec<_> = quoted(&document)
        .into_iter()
        .filter(|name| !tests.contains(name) && !root().join(name).exists())
        .collect();
    assert!(told.is_empty(), "docs/threats.md: {told:#?}");
    assert!(document.lines().filter(|line| line.starts_with("| B")).count() > 30);
}

#[test]
fn a_dangling_reference_is_seen() {
    let document = "text\n\n| Requirement | File | Test |\n|---|:--|---|\n| A code works once (RFC 6749 4.1.2) | `a.rs` | `once` |\n\
                    | B | `b.rs`, `a.rs` | `twice`, `once` |\n| C | a.rs | `once` |\n";
    let rows = rows(document);
    assert_eq!(rows.len(), 3);
    let told = |row| dangling(row, |file| file == "a.rs", |test| test == "once");
    assert_eq!(told(&rows[0]), Vec::<String>::new());
    assert_eq!(told(&rows[1]), ["B: no file b.rs", "B: no test twice"]);
    assert_eq!(told(&rows[2]).len(), 1);
}

#[test]
fn only_test_functions_are_tests() {
    let text = "fn helper() {}\n#[test]\n#[should_panic]\nfn a() {}\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn b() {}\n\
                proptest! {\n    #[test]\n    /// why\n    fn c(x in 0..1) {}\n}\n#[actix_web::test]\nasync fn d() {}\n";
    assert_eq!(tests_of(text), ["a", "b", "c", "d"]);
}
