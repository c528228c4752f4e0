//! What a file of resources may say, and how each mistake is told.

use super::*;

const GOOD: &str = r#"
together = [["https://notes.example.com/mcp", "https://food.example.com/mcp"]]

[[resource]]
identifier = "https://notes.example.com/mcp"
name = "Notes"
access_token_seconds = 900

[[resource.scope]]
name = "notes:read"
text = "read your notes"
default = true

[[resource.scope]]
name = "notes:write"
text = "write and delete notes"

[[resource.scope]]
name = "notes"
implies = ["notes:read", "notes:write"]
listed = false

[[resource]]
identifier = "https://food.example.com/mcp"
scope = [{ name = "food:read", text = "look up foods", default = true }]
"#;

#[test]
fn a_file_gives_each_resource_its_scopes_texts_and_lifetime() {
    let resources = read(GOOD).unwrap();
    let notes = resources.default_resource();
    assert_eq!(notes.name.as_deref(), Some("Notes"));
    assert_eq!(notes.access_token_seconds, Some(900));
    assert_eq!(
        resources.listed_scopes()[..3],
        ["notes:read", "notes:write", "food:read"]
    );
    let all = notes.scopes.known(&Scope::parse("notes").unwrap());
    assert_eq!(all.to_string(), "notes notes:read notes:write");
    let words: Vec<_> = notes
        .scopes
        .in_words(&all)
        .into_iter()
        .map(|meaning| meaning.words)
        .collect();
    assert_eq!(words, ["read your notes", "write and delete notes"]);
    let both: Vec<_> = resources.identifiers().collect();
    let target = resources.select(both.into_iter()).unwrap().unwrap();
    assert_eq!(target.granted(&Scope::default()).to_string(), "food:read notes:read");
}

#[test]
fn every_mistake_is_told_with_its_resource_and_scope() {
    let told = read(
        r#"
        together = [["https://a/mcp"], ["https://a/mcp", "https://x/mcp"]]
        colour = "red"
        [[resource]]
        identifier = "https://a/mcp"
        name = ""
        access_token_seconds = 5
        scope = [{ name = "a b", text = "x" }, { text = "y" }, { name = "c", txt = "z", default = 1 }]
        [[resource]]
        identifier = "https://a/mcp/"
        scope = [{ name = "r", implies = ["w"] }, { name = "w" }]
        [[resource]]
        name = "No identifier"
        "#,
    )
    .unwrap_err();
    let expected = [
        "resource: https://a/mcp/ is there twice",
        "together: each list must have at least two identifiers",
        "together: https://x/mcp is no identifier of a [[resource]]",
        "colour: there is no such knob",
        "resource https://a/mcp: name: must be a line of text without spaces around it",
        "resource https://a/mcp: access_token_seconds: must be between 60 and 86400 seconds",
        "resource https://a/mcp: scope a b: name: must be one scope, without spaces, quotes and backslashes",
        "resource https://a/mcp: scope 2: name: is missing",
        "resource https://a/mcp: scope c: default: invalid type: integer `1`, expected a boolean",
        "resource https://a/mcp: scope c: txt: there is no such knob",
        "resource https://a/mcp/: scope: none has default = true, and a client may ask for nothing",
        "resource https://a/mcp/: scope w: text is missing: people must know what they allow",
        "resource 3: identifier: is missing",
        "resource 3: scope: is missing",
    ];
    assert_eq!(told, expected, "{told:#?}");
}

#[test]
fn what_is_no_file_of_resources_is_told() {
    for (text, mistake) in [
        ("", "resource: there is no [[resource]]"),
        ("resource = 1", "resource: invalid type"),
        ("[[resource]\n", "line 1"),
    ] {
        let told = read(text).unwrap_err();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(mistake), "{told:?}");
    }
}
