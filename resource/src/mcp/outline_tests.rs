//! A message says what its tree says when it is kept, and what may be read in two ways has no outline.

use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn read(text: &str) -> Option<Outline> {
    Outline::read(text.as_bytes()).ok()
}

fn plain(method: Option<&str>, name: Option<&str>) -> Outline {
    let [method, name] = [method, name].map(|text| text.map(str::to_owned));
    Outline::Plain { method, name }
}

#[test]
fn only_what_stands_in_its_place_counts() {
    for (text, outline) in [
        (
            r#"{"method":"a","params":{"name":"b"}}"#,
            Some(plain(Some("a"), Some("b"))),
        ),
        (
            r#"{"params":{"name":"b","x":{"name":"c"}},"method":"a"}"#,
            Some(plain(Some("a"), Some("b"))),
        ),
        (
            r#"{"m\u0065thod":"a","params":{"\u006eame":"\u0062"}}"#,
            Some(plain(Some("a"), Some("b"))),
        ),
        (r#"{"method":["a"],"params":[{"name":"b"}]}"#, Some(plain(None, None))),
        (
            r#"{"method":{"method":"a"},"params":{"params":{"name":"b"}}}"#,
            Some(plain(None, None)),
        ),
        (
            r#"{"method":1,"params":{"name":null},"name":"b"}"#,
            Some(plain(None, None)),
        ),
        (
            r#"{"a":{"method":"a"},"b":{"params":{"name":"b"}}}"#,
            Some(plain(None, None)),
        ),
        ("{}", Some(plain(None, None))),
        ("[{}]", Some(Outline::Array)),
        ("\"a\"", Some(Outline::Other)),
        ("{}{}", None),
    ] {
        assert_eq!(read(text), outline, "{text}");
    }
}

#[test]
fn a_member_that_stands_twice_is_found_however_deep_and_however_spelled() {
    for text in [
        r#"{"method":"a","method":"a"}"#,
        r#"{"method":"a","m\u0065thod":"b"}"#,
        r#"{"params":{"name":"a"},"params":{"name":"b"}}"#,
        r#"{"params":{"name":"a","x":1,"\u006e\u0061me":"b"}}"#,
        r#"{"params":{"arguments":[{"a":[{"b":1,"b":2}]}]}}"#,
        r#"{"":1,"":2}"#,
    ] {
        assert_eq!(read(text), Some(Outline::Ambiguous), "{text}");
    }
    let members = |count: usize| {
        let members: Vec<String> = (0..count).map(|n| format!("\"m{n}\":{{}}")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_eq!(read(&members(MOST_MEMBERS)), Some(plain(None, None)));
    assert_eq!(read(&members(MOST_MEMBERS + 1)), Some(Outline::Ambiguous));
}

#[test]
fn what_cannot_be_kept_is_refused_here_too() {
    for text in [
        r#"{"a":1e400}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"\ud800":1}"#,
        r#"{"a":01}"#,
        "{\"a\":\"\n\"}",
        r#"{"a":1,}"#,
        "{\"a\"}",
        &format!("{}1{}", "[".repeat(128), "]".repeat(128)),
    ] {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        assert_eq!(read(text), None, "{text}");
    }
    assert!(Outline::read(b"{\"a\":\"\xff\"}").is_err() && Outline::read(b"{\"\xff\":1}").is_err());
}

/// JSON texts of few names, so that some of them come twice.
fn texts() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["method", "params", "name", "m\\u0065thod", "n\\u0061me", "x"]);
    let leaf = prop::sample::select(vec![
        "1",
        "-2.5e3",
        "null",
        "true",
        "\"tools/call\"",
        "\"a\\\"b\"",
        "\"\\u0061\"",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 40, 5, move |inner| {
        let members = prop::collection::vec((name.clone(), inner.clone()), 0..5);
        let object = members.prop_map(|members| {
            let members: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("\"{name}\" : {value}"))
                .collect();
            format!("{{{}}}", members.join(" ,"))
        });
        let array = prop::collection::vec(inner, 0..4).prop_map(|values| format!("[{}]", values.join(", ")));
        prop_oneof![4 => object, 1 => array]
    })
}

/// The text of a value, each member as often as it stands there.
fn written(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.len() + members.values().map(written).sum::<usize>(),
        Value::Array(values) => values.iter().map(written).sum(),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn a_plain_message_says_what_its_tree_says(text in texts()) {
        let tree: Value = serde_json::from_str(&text).unwrap();
        let told = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        // A colon stands behind each name, and nowhere else.
        let is_whole = written(&tree) == text.matches(" : ").count();
        let expected = match &tree {
            Value::Object(_) if is_whole => Outline::Plain {
                method: told(tree.get("method")),
                name: told(tree.get("params").filter(|params| params.is_object()).and_then(|params| params.get("name"))),
            },
            Value::Object(_) => Outline::Ambiguous,
            Value::Array(_) => Outline::Array,
            _ => Outline::Other,
        };
        prop_assert_eq!(read(&text), Some(expected));
    }
}
