//! What keeps the programs from starting is said in one clear line, with what to do.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::process::Place;

/// The lines for people: those that are not log lines.
fn lines(said: &str) -> Vec<&str> {
    said.lines().filter(|line| !line.starts_with('{')).collect()
}

/// Exactly one line has all of these words.
fn one_line_says(said: &str, words: &[&str]) {
    let saying = lines(said)
        .into_iter()
        .filter(|line| words.iter().all(|word| line.contains(word)));
    assert_eq!(saying.count(), 1, "{words:?} in:\n{said}");
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_setting() {
    for setting in ["ISSUER_LISTEN", "RESOURCE_LISTEN"] {
        let place = Place::new();
        let port = if setting == "ISSUER_LISTEN" {
            place.issuer_port
        } else {
            place.resource_port
        };
        let _other = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let said = place.start_in_vain().await;
        one_line_says(&said, &["another program has this port", setting]);
        assert_eq!(lines(&said).len(), 1, "{said}");
    }
}

#[tokio::test]
async fn a_second_pair_does_not_take_the_first_for_its_own() {
    let place = Place::new();
    let first = place.start().await;
    let second = Place {
        issuer_port: place.issuer_port,
        resource_port: place.resource_port,
        ..Place::new()
    };
    let said = second.start_in_vain().await;
    one_line_says(&said, &["another program has this port", "ISSUER_LISTEN"]);
    one_line_says(&said, &["another program has this port", "RESOURCE_LISTEN"]);
    assert!(first.children().into_iter().all(super::process::is_alive));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    // A file in the folder's place: root, as which tests may run, could write into any folder.
    for folder in ["data", "keys"] {
        let place = Place::new();
        fs::write(place.path(folder), "").unwrap();
        let said = place.start_in_vain().await;
        one_line_says(&said, &["issuer: ", folder]);
        one_line_says(&said, &["start: the issuer ended"]);
        assert_eq!(lines(&said).len(), 2, "{said}");
        assert!(place.ports_are_free());
    }
}

/// Starts once, ends, and starts again with a changed file.
async fn start_with_damaged(file: impl Fn(&Place) -> PathBuf, damage: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let place = Place::new();
    let mut running = place.start().await;
    running.signal("INT");
    assert!(running.ended().await.success(), "{}", running.said());
    let file = file(&place);
    fs::write(&file, damage(fs::read(&file).unwrap())).unwrap();
    let said = place.start_in_vain().await;
    assert!(place.ports_are_free());
    said
}

fn scribbled(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[..100].fill(b'x');
    bytes
}

#[tokio::test]
async fn a_damaged_key_is_named() {
    let key = |place: &Place| {
        let keys = fs::read_dir(place.path("keys"))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        keys.into_iter()
            .find(|path| path.extension() == Some(OsStr::new("pem")))
            .unwrap()
    };
    for damage in [
        scribbled as fn(Vec<u8>) -> Vec<u8>,
        |bytes| bytes[..bytes.len() / 2].to_vec(),
        |_| Vec::new(),
    ] {
        let said = start_with_damaged(key, damage).await;
        one_line_says(&said, &["issuer: ", ".pem"]);
    }
}

#[tokio::test]
async fn a_damaged_database_is_named() {
    for (program, file) in [("issuer: ", "data/issuer.db"), ("resource: ", "data/resource.db")] {
        let said = start_with_damaged(|place| place.path(file), scribbled).await;
        one_line_says(&said, &[program, file, "restore it from a backup"]);
    }
}

#[tokio::test]
async fn mistakes_in_the_settings_of_both_are_told_together_and_nothing_is_started() {
    let place = Place::new();
    let mut command = place.command(&[]);
    command
        .env("ISSUER_CODE_SECONDS", "0")
        .env("OAUTH_ISUER", "x")
        .env("RESOURCE_LISTEN", OsStr::from_bytes(b"\xff"));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    for word in [
        "3 mistake(s)",
        "ISSUER_CODE_SECONDS=0",
        "did you mean OAUTH_ISSUER?",
        "RESOURCE_LISTEN=",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!place.path("data").exists());
}

#[tokio::test]
async fn an_unknown_argument_is_refused_and_help_is_given() {
    let place = Place::new();
    let refused = place.command(&["serve"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no \"serve\""));
    let help = place.command(&["--help"]).output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("Usage: start"));
}
