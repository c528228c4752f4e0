//! The direction of imports.
//!
//! Each package has a table: module, and the modules of its package that it may import. It reads from
//! the ground up, and a module may name only modules above it in the table, so there are no cycles.
//! In words: `store` knows no HTTP and no OAuth error; endpoints do not import each other; only
//! `routes` imports endpoints; `shared` imports neither program; `resource` never depends on `issuer`.

use super::{is_test_file, rust_files, text, without_tests};

type Table = &'static [(&'static str, &'static [&'static str])];

const SHARED: Table = &[
    ("clock", &[]),
    ("random", &[]),
    ("scope", &[]),
    ("params", &[]),
    ("settings", &[]),
    ("shutdown", &[]),
    ("logging", &[]),
    ("database", &[]),
    ("metadata", &[]),
    ("fetch", &[]),
    ("claims", &["clock", "scope"]),
    ("http", &["fetch", "random"]),
];

const ISSUER: Table = &[
    ("hash", &[]),
    ("error", &[]),
    ("pkce", &["hash"]),
    ("resource", &[]),
    ("scopes", &[]),
    ("config", &["resource"]),
    ("store", &["hash", "pkce"]),
    ("app", &["config", "store"]),
    ("token", &["app", "error"]),
    ("routes", &["app", "token"]),
    ("server", &["app", "routes"]),
    ("cli", &["app", "config", "server"]),
];

const RESOURCE: Table = &[
    ("identifier", &[]),
    ("principal", &[]),
    ("answer", &[]),
    ("food", &["principal"]),
    ("config", &["identifier"]),
    ("app", &["config", "food"]),
    ("metadata", &["app", "answer", "config"]),
    ("routes", &["app", "metadata", "answer", "identifier"]),
    ("server", &["app", "routes"]),
    ("cli", &["app", "config", "server"]),
];

/// Outside packages that a module must not know, and what must not be named in its text.
const BANNED: &[(&str, &[&str])] = &[
    ("issuer/src/store", &["actix_web", "OAuthError", "reqwest"]),
    ("resource/src/food", &["actix_web", "rmcp", "reqwest"]),
    ("shared/src", &["issuer::", "resource::", "rmcp"]),
    ("issuer/src", &["resource::config", "rmcp"]),
    ("resource/src", &["issuer::"]),
];

/// An import from one module of a package to another.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    from: String,
    to: String,
}

/// The module that a file belongs to: the first name below `src`. None for `lib.rs` and `main.rs`,
/// which only list modules.
fn module_of(path: &str) -> Option<&str> {
    let (_, inner) = path.split_once("src/")?;
    let first = inner.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then_some(name)
}

/// The first names behind every `crate::`, and behind every `super::` that leaves the module.
fn imports(path: &str, source: &str) -> Vec<Import> {
    let Some(from) = module_of(path) else { return Vec::new() };
    let code = without_comments(source);
    let depth = path.split_once("src/").unwrap().1.matches('/').count();
    let is_folder_root = path.ends_with("/mod.rs");
    // `super` of a file leaves its module when it climbs above the module's own folder.
    let climb = "super::".repeat(if is_folder_root { depth } else { depth + 1 });
    let behind = |mark: &str| {
        let rests = code.split(mark).skip(1).filter(|rest| !is_macro(rest));
        rests.flat_map(first_names).collect::<Vec<_>>()
    };
    let mut names = behind("crate::");
    names.extend(behind(&climb));
    let mut found: Vec<_> = names
        .into_iter()
        .filter(|to| to != from && to.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|to| Import {
            from: from.to_owned(),
            to,
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// `name!` of an exported macro, which has no module.
fn is_macro(rest: &str) -> bool {
    rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
        .starts_with('!')
}

fn without_comments(source: &str) -> String {
    let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// `a` of `a::b`, and `a` and `c` of `{a::b, c}`.
fn first_names(rest: &str) -> Vec<String> {
    let word = |text: &str| {
        text.trim()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let (mut depth, mut names, mut current) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(&std::mem::take(&mut current))),
            _ => current.push(c),
        }
    }
    names.push(word(&current));
    names.retain(|name| !name.is_empty());
    names
}

/// What the table does not allow.
fn against(table: Table, imports: &[Import]) -> Vec<String> {
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

fn check(package: &str, table: Table) {
    let files = rust_files(&format!("{package}/src"));
    let files = files.iter().filter(|(path, _)| !is_test_file(path));
    let (mut found, mut modules) = (Vec::new(), Vec::new());
    for (path, text) in files {
        modules.extend(module_of(path));
        found.extend(imports(path, without_tests(text)));
    }
    let rows: Vec<_> = table.iter().map(|(module, _)| *module).collect();
    let missing: Vec<_> = modules.iter().filter(|module| !rows.contains(module)).collect();
    let gone: Vec<_> = rows.iter().filter(|row| !modules.contains(row)).collect();
    let mut wrong = against(table, &found);
    wrong.sort();
    wrong.dedup();
    assert!(
        wrong.is_empty() && missing.is_empty() && gone.is_empty(),
        "{package}: {wrong:#?}; modules without a row: {missing:?}; rows without a module: {gone:?}"
    );
}

#[test]
fn imports_of_shared_go_one_way() {
    check("shared", SHARED);
}

#[test]
fn imports_of_the_issuer_go_one_way() {
    check("issuer", ISSUER);
}

#[test]
fn imports_of_the_resource_server_go_one_way() {
    check("resource", RESOURCE);
}

#[test]
fn a_module_names_only_modules_above_it() {
    for table in [SHARED, ISSUER, RESOURCE] {
        for (at, (module, may)) in table.iter().enumerate() {
            let above: Vec<_> = table[..at].iter().map(|(above, _)| above).collect();
            let upward: Vec<_> = may.iter().filter(|to| !above.contains(to)).collect();
            assert!(
                upward.is_empty(),
                "{module} may import {upward:?}, which stand below it"
            );
        }
    }
}

#[test]
fn modules_do_not_know_what_is_not_theirs() {
    for (folder, words) in BANNED {
        for (path, source) in rust_files(folder).iter().filter(|(path, _)| !is_test_file(path)) {
            let code = without_comments(without_tests(source));
            let known: Vec<_> = words.iter().filter(|word| code.contains(*word)).collect();
            assert!(known.is_empty(), "{path} knows {known:?}");
        }
    }
}

#[test]
fn packages_depend_one_way() {
    let depends = |package: &str, on: &str| {
        let manifest = text(&format!("{package}/Cargo.toml"));
        manifest
            .lines()
            .any(|line| line.starts_with(&format!("{on}.")) || line.starts_with(&format!("{on} =")))
    };
    for (package, on) in [
        ("shared", "issuer"),
        ("shared", "resource"),
        ("shared", "rmcp"),
        ("issuer", "resource"),
        ("issuer", "rmcp"),
        ("resource", "issuer"),
    ] {
        assert!(!depends(package, on), "{package} depends on {on}");
    }
    assert!(depends("start", "issuer") && depends("issuer", "shared"));
}

#[test]
fn an_upward_import_is_caught() {
    let planted =
        "use crate::{store::Store, routes::{configure, x}};\n// crate::server\nfn f() { crate::cli::run(); }\n";
    let found = imports("issuer/src/store/clients.rs", planted);
    assert_eq!(against(ISSUER, &found), ["store imports cli", "store imports routes"]);
    let sideways = imports(
        "issuer/src/store/clients.rs",
        "use super::super::app::App;\nuse super::grants::Grant;\n",
    );
    assert_eq!(against(ISSUER, &sideways), ["store imports app"]);
    let from_root = imports("issuer/src/store/mod.rs", "use super::app::App;\n");
    assert_eq!(against(ISSUER, &from_root), ["store imports app"]);
}
