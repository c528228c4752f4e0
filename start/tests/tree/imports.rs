//! What a source file imports of its own package, read from its text.

/// Module, and the modules of its package that it may import. A row may be a folder (`token`) or one
/// of its files (`client::metadata`), which then is a module of its own.
pub(super) type Table = &'static [(&'static str, &'static [&'static str])];

/// An import from one module of a package to another.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    from: String,
    to: String,
}

/// The path of a file's module below `src`: `["token", "refresh_token"]`. Empty for `lib.rs` and
/// `main.rs`, which only list modules.
pub(super) fn module_path(path: &str) -> Vec<&str> {
    let inner = path.split_once("src/").unwrap().1.trim_end_matches(".rs");
    let names = inner.split('/').filter(|name| !matches!(*name, "mod" | "lib" | "main"));
    names.collect()
}

/// The row that a module belongs to: the longest that is its beginning, or else its first name.
pub(super) fn row_of(table: Table, module: &[&str]) -> String {
    let whole = module.join("::");
    let rows = table.iter().map(|(row, _)| *row);
    let fitting = rows.filter(|row| whole == *row || whole.starts_with(&format!("{row}::")));
    let longest = fitting.max_by_key(|row| row.len());
    longest.or(module.first().copied()).unwrap_or_default().to_owned()
}

/// What a file imports of its own package, as rows of the table: by `crate::`, and by `super::`.
pub(super) fn imports(table: Table, path: &str, source: &str) -> Vec<Import> {
    let (code, here) = (without_comments(source), module_path(path));
    let from = row_of(table, &here);
    let mut found = Vec::new();
    for (start, base) in named_paths(&code, &here) {
        for names in first_names(start) {
            let target: Vec<&str> = base.iter().copied().chain(names.iter().map(String::as_str)).collect();
            let is_module = target
                .first()
                .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
            let to = row_of(table, &target);
            if is_module && to != from {
                found.push(Import { from: from.clone(), to });
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Where in the text paths begin that lead into this package, each with the module that it begins in.
fn named_paths<'a>(code: &'a str, here: &[&'a str]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut paths: Vec<_> = code.split("crate::").skip(1).map(|rest| (rest, Vec::new())).collect();
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue; // counted with the first of its row
        }
        let mut rest = &code[at..];
        let mut base = here.to_vec();
        while let Some(after) = rest.strip_prefix("super::") {
            rest = after;
            base.pop();
        }
        paths.push((rest, base));
    }
    paths.retain(|(rest, _)| !is_macro(rest));
    paths
}

/// `name!` of an exported macro, which has no module.
fn is_macro(rest: &str) -> bool {
    rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
        .starts_with('!')
}

/// The first two names of each path: of `a::b::c` and of each member of `{a::b, c}` and `a::{b, c}`.
fn first_names(rest: &str) -> Vec<Vec<String>> {
    let Some(group) = rest.strip_prefix('{') else {
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(after) = rest[name.len()..].strip_prefix("::") else {
            return vec![vec![name]];
        };
        let seconds = members(after).into_iter().map(|second| vec![name.clone(), second]);
        return seconds.collect();
    };
    group_members(group)
        .iter()
        .flat_map(|member| first_names(member.trim()))
        .collect()
}

/// The names that may follow `a::`.
fn members(after: &str) -> Vec<String> {
    let first = |text: &str| {
        first_names(text.trim())
            .into_iter()
            .filter_map(|names| names.into_iter().next())
            .collect()
    };
    match after.strip_prefix('{') {
        Some(group) => group_members(group)
            .iter()
            .flat_map(|member| -> Vec<String> { first(member) })
            .collect(),
        None => first(after),
    }
}

/// The members of a group that begins after its brace, nested groups whole.
fn group_members(group: &str) -> Vec<String> {
    let (mut depth, mut members, mut current) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => {
                members.push(std::mem::take(&mut current));
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        current.push(c);
    }
    members.push(current);
    members.retain(|member| !member.trim().is_empty());
    members
}

pub(super) fn without_comments(source: &str) -> String {
    let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// What the table does not allow.
pub(super) fn against(table: Table, imports: &[Import]) -> Vec<String> {
    let allowed = |import: &Import| {
        let row = table.iter().find(|(module, _)| *module == import.from);
        row.is_some_and(|(_, may)| may.contains(&import.to.as_str()))
    };
    imports
        .iter()
        .filter(|import| !allowed(import))
        .map(|Import { from, to }| format!("{from} imports {to}"))
        .collect()
}

#[test]
fn an_upward_import_is_caught() {
    const TABLE: Table = &[
        ("app", &[]),
        ("store", &[]),
        ("client", &["app"]),
        ("client::registration", &["client"]),
        ("routes", &[]),
    ];
    let caught = |path: &str, source: &str| against(TABLE, &imports(TABLE, path, source));
    let planted =
        "use crate::{store::Store, routes::{configure, x}};\n// crate::server\nfn f() { crate::app::run(); }\n";
    assert_eq!(
        caught("a/src/store/clients.rs", planted),
        ["store imports app", "store imports routes"]
    );
    let sideways = "use super::super::app::App;\nuse super::grants::Grant;\n";
    assert_eq!(caught("a/src/store/clients.rs", sideways), ["store imports app"]);
    assert_eq!(
        caught("a/src/store/mod.rs", "use super::app::App;\n"),
        ["store imports app"]
    );
    let downward = "use crate::client::{Client, registration::{self, endpoint}};\n";
    assert_eq!(
        caught("a/src/client/mod.rs", downward),
        ["client imports client::registration"]
    );
    assert_eq!(
        caught("a/src/client/mod.rs", "use crate::app::App;\ncrate::a_macro!(x);\n"),
        Vec::<String>::new()
    );
    assert_eq!(
        caught("a/src/client/registration.rs", "use super::{Client, find};\n"),
        Vec::<String>::new()
    );
    assert_eq!(
        caught("a/src/routes.rs", "use crate::client::{Client,\n registration};\n"),
        ["routes imports client", "routes imports client::registration"]
    );
}
