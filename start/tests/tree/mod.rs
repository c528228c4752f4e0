//! What holds for the tree of files: direction of imports, sizes, and documents that say what the code says.

mod aims;
mod imports;
mod layers;
mod settings_table;
mod specs;

use std::fs;
use std::path::{Path, PathBuf};

/// The workspace's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the workspace, by its path from the root.
fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust file below a folder of the workspace: path from the root, text.
fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Every Rust file of the packages.
fn all_rust_files() -> Vec<(String, String)> {
    let folders = ["bench", "shared", "issuer", "resource", "start"].into_iter();
    let folders = folders.flat_map(|package| [format!("{package}/src"), format!("{package}/tests")]);
    let files: Vec<_> = folders
        .filter(|folder| root().join(folder).is_dir())
        .flat_map(|folder| rust_files(&folder))
        .collect();
    assert!(files.len() > 50, "only {} files found", files.len());
    files
}

/// The text of a source file without its tests, which may use what they like.
fn without_tests(text: &str) -> &str {
    let end = ["#[cfg(test)]\nmod ", "#[cfg(all(test"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min();
    &text[..end.unwrap_or(text.len())]
}

/// Whether a whole file is tests.
fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs")
}
