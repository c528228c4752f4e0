//! The direction of imports.
//!
//! Each package has a table: module, and the modules of its package that it may import. It reads from
//! the ground up, and a module may name only modules above it in the table, so there are no cycles.
//! In words: `store` knows no HTTP and no OAuth error; endpoints do not import each other; only
//! `routes` imports endpoints; `shared` imports neither program; `resource` never depends on `issuer`.

use std::collections::BTreeSet;

use super::imports::{Table, against, imports, module_path, row_of, without_comments};
use super::{is_test_file, rust_files, text, without_tests};

const SHARED: Table = &[
    ("clock", &[]),
    ("random", &[]),
    ("scope", &[]),
    ("audience", &[]),
    ("knobs", &[]),
    ("params", &[]),
    ("settings", &[]),
    ("command_line", &[]),
    ("shutdown", &[]),
    ("logging", &[]),
    ("database", &[]),
    ("metadata", &[]),
    ("fetch", &[]),
    ("jwk", &[]),
    ("status_list", &["clock"]),
    ("members", &[]),
    ("jws", &["jwk", "members"]),
    ("dpop", &["clock", "jwk", "jws", "members"]),
    ("claims", &["audience", "clock", "scope", "status_list"]),
    ("http", &["fetch", "random", "settings"]),
];

const ISSUER: Table = &[
    ("account", &[]),
    ("hash", &[]),
    ("body", &[]),
    ("cached", &[]),
    ("error", &[]),
    ("grant_types", &[]),
    ("display_text", &[]),
    ("redirect_uri", &[]),
    ("scopes", &[]),
    ("resource", &["scopes"]),
    ("pkce", &["hash"]),
    ("form", &["body", "error"]),
    ("limits", &["hash"]),
    ("turns", &[]),
    ("password", &["account"]),
    ("config", &["resource", "scopes"]),
    ("keys", &["config"]),
    ("store", &["account", "grant_types", "hash", "pkce"]),
    ("client::method", &[]),
    ("client::jwks", &[]),
    ("client::remote", &["redirect_uri"]),
    (
        "client::metadata",
        &[
            "client::jwks",
            "client::method",
            "client::remote",
            "display_text",
            "grant_types",
            "redirect_uri",
        ],
    ),
    (
        "client::cimd",
        &[
            "client::metadata",
            "client::method",
            "client::remote",
            "config",
            "display_text",
        ],
    ),
    ("client::key_sets", &["client::jwks", "client::remote", "display_text"]),
    (
        "client::model",
        &["client::metadata", "client::remote", "redirect_uri", "store"],
    ),
    ("client::recent", &["client::metadata", "client::model"]),
    ("rates", &["config", "limits"]),
    ("metrics", &["grant_types"]),
    ("verified", &[]),
    ("status_lists::memory", &["hash", "keys", "store"]),
    (
        "app",
        &[
            "client::cimd",
            "client::key_sets",
            "client::recent",
            "config",
            "keys",
            "limits",
            "metrics",
            "password",
            "rates",
            "status_lists::memory",
            "store",
            "turns",
            "verified",
        ],
    ),
    ("purge", &["app"]),
    (
        "status_lists",
        &["app", "cached", "error", "status_lists::memory", "store"],
    ),
    ("dpop", &["app", "error", "hash", "keys"]),
    ("key_rotation", &["app", "keys", "store"]),
    ("tokens", &["app", "error", "keys", "status_lists", "store"]),
    (
        "client",
        &[
            "app",
            "body",
            "client::cimd",
            "client::jwks",
            "client::metadata",
            "client::method",
            "client::model",
            "client::remote",
            "error",
            "hash",
            "keys",
            "redirect_uri",
            "store",
        ],
    ),
    (
        "token",
        &[
            "app",
            "client",
            "client::method",
            "dpop",
            "error",
            "form",
            "grant_types",
            "hash",
            "limits",
            "metrics",
            "pkce",
            "resource",
            "store",
            "tokens",
        ],
    ),
    ("browser", &["app", "body", "hash", "password", "store"]),
    ("error_help", &["app", "error"]),
    ("throttle", &["app", "browser", "config", "error", "limits"]),
    (
        "pages",
        &[
            "account",
            "app",
            "browser",
            "client",
            "display_text",
            "grant_types",
            "hash",
            "limits",
            "password",
            "redirect_uri",
            "resource",
            "scopes",
            "store",
        ],
    ),
    // Apart from the other pages: its link is also made at the start, by `cli`.
    (
        "pages::setup",
        &["account", "app", "browser", "display_text", "hash", "store"],
    ),
    (
        "authorize",
        &[
            "account",
            "app",
            "browser",
            "client",
            "client::cimd",
            "display_text",
            "dpop",
            "error",
            "form",
            "grant_types",
            "hash",
            "limits",
            "metrics",
            "password",
            "pkce",
            "redirect_uri",
            "resource",
            "scopes",
            "store",
            "turns",
        ],
    ),
    (
        "revocation",
        &["app", "client", "error", "form", "status_lists", "store", "tokens"],
    ),
    (
        "introspection",
        &[
            "app",
            "client",
            "client::method",
            "error",
            "form",
            "status_lists",
            "store",
            "tokens",
        ],
    ),
    ("userinfo", &["app", "dpop", "error", "store", "tokens"]),
    (
        "end_session",
        &["app", "browser", "client", "display_text", "redirect_uri", "tokens"],
    ),
    (
        "discovery",
        &[
            "app",
            "cached",
            "client::method",
            "config",
            "error",
            "grant_types",
            "hash",
            "keys",
            "pkce",
            "scopes",
            "status_lists",
        ],
    ),
    (
        "routes",
        &[
            "app",
            "authorize",
            "browser",
            "client",
            "config",
            "discovery",
            "end_session",
            "error_help",
            "introspection",
            "pages",
            "pages::setup",
            "revocation",
            "status_lists",
            "throttle",
            "token",
            "turns",
            "userinfo",
        ],
    ),
    ("server", &["app", "key_rotation", "purge", "routes"]),
    ("scrape", &["app"]),
    (
        "cli",
        &[
            "account",
            "app",
            "client",
            "client::metadata",
            "client::method",
            "config",
            "grant_types",
            "keys",
            "pages::setup",
            "password",
            "redirect_uri",
            "resource",
            "scrape",
            "server",
            "store",
        ],
    ),
];

const RESOURCE: Table = &[
    ("identifier", &[]),
    ("principal", &[]),
    ("answer", &[]),
    ("food", &["principal"]),
    // Apart from the other foods: it alone asks somebody else.
    ("food::providers", &["food"]),
    ("auth", &["principal"]),
    ("config", &["auth", "food", "food::providers", "identifier"]),
    ("scopes", &[]),
    ("rebinding", &["identifier"]),
    ("challenge", &["answer", "auth"]),
    (
        "protect",
        &["answer", "auth", "challenge", "identifier", "principal", "rebinding"],
    ),
    ("mcp::outline", &[]),
    ("mcp::message", &["mcp::outline"]),
    ("mcp::sessions", &["principal"]),
    ("mcp::uri", &["food"]),
    ("mcp::subscriptions", &["food", "mcp::uri", "principal"]),
    (
        "mcp::listening",
        &["mcp::message", "mcp::sessions", "mcp::subscriptions", "protect"],
    ),
    ("mcp::plain_call", &["principal"]),
    (
        "mcp::transport",
        &[
            "mcp::listening",
            "mcp::message",
            "mcp::plain_call",
            "mcp::sessions",
            "mcp::subscriptions",
            "principal",
            "protect",
        ],
    ),
    (
        "mcp",
        &[
            "auth",
            "food",
            "food::providers",
            "mcp::message",
            "mcp::plain_call",
            "mcp::sessions",
            "mcp::subscriptions",
            "mcp::uri",
            "principal",
        ],
    ),
    (
        "app",
        &[
            "auth",
            "config",
            "food",
            "mcp",
            "mcp::sessions",
            "mcp::subscriptions",
            "mcp::transport",
            "protect",
            "scopes",
        ],
    ),
    ("documentation", &["app"]),
    ("routes", &["answer", "app", "documentation", "protect"]),
    ("server", &["app", "routes"]),
    ("scrape", &["app"]),
    ("doctor", &["auth", "identifier"]),
    (
        "cli",
        &["app", "auth", "config", "doctor", "food", "scopes", "scrape", "server"],
    ),
];

/// Outside packages that a module must not know, and what must not be named in its text.
const BANNED: &[(&str, &[&str])] = &[
    ("issuer/src/store", &["actix_web", "OAuthError", "reqwest"]),
    ("resource/src/food", &["actix_web", "rmcp", "reqwest"]),
    ("shared/src", &["issuer::", "resource::", "rmcp"]),
    ("issuer/src", &["resource::config", "rmcp"]),
    ("resource/src", &["issuer::"]),
];

fn check(package: &str, table: Table) {
    let files = rust_files(&format!("{package}/src"));
    // What is below `src/bin` are programs of their own.
    let files = files
        .iter()
        .filter(|(path, _)| !is_test_file(path) && !path.contains("/src/bin/"));
    let (mut found, mut modules) = (Vec::new(), Vec::new());
    for (path, text) in files {
        modules.push(row_of(table, &module_path(path)));
        found.extend(imports(table, path, without_tests(text)));
    }
    let rows: Vec<_> = table.iter().map(|(module, _)| (*module).to_owned()).collect();
    let missing: BTreeSet<_> = modules
        .iter()
        .filter(|module| !module.is_empty() && !rows.contains(module))
        .collect();
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
