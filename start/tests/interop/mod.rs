//! Both programs with software that nobody here wrote. The programs in `node/` and `python/` are short, and show how to
//! connect.

mod clients;
mod glewlwyd;
mod installed;
mod oauth2_mock_server;
mod oidc_provider;
mod scene;

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Names and versions of what is installed, as `package.json` and `requirements.txt` have them.
fn versions() -> Vec<(String, String)> {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name);
        fs::read_to_string(path).unwrap()
    };
    let package: Value = serde_json::from_str(&read("node/package.json")).unwrap();
    let npm = package["dependencies"].as_object().unwrap().clone();
    let npm = npm
        .iter()
        .map(|(name, version)| (format!("{name} (npm)"), version.as_str().unwrap().to_owned()));
    let requirements = read("python/requirements.txt");
    let authlib = requirements
        .lines()
        .find_map(|line| line.strip_prefix("Authlib=="))
        .unwrap();
    npm.chain([("Authlib (PyPI)".to_owned(), authlib.to_owned())]).collect()
}

#[test]
fn the_documents_name_the_versions_that_are_installed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/README.md");
    let text = fs::read_to_string(path).unwrap();
    let versions = versions();
    assert_eq!(versions.len(), 5);
    for (name, version) in versions {
        let mut rows = text.lines().filter(|line| line.starts_with(&format!("| {name}")));
        let row = rows
            .next()
            .unwrap_or_else(|| panic!("deploy/README.md has no row for {name}"));
        assert!(row.contains(&format!("| {version} |")), "{version}: {row}");
    }
}
