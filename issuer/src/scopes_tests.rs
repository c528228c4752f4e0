//! What scopes bring with them, and what people read of them.

use super::*;

fn scope(token: &str, words: &str, implies: &[&str]) -> KnownScope {
    KnownScope {
        token: token.to_owned(),
        words: words.to_owned(),
        implies: implies.iter().map(|token| (*token).to_owned()).collect(),
        default: false,
        listed: true,
    }
}

fn known(scopes: &Scopes, asked: &str) -> String {
    scopes.known(&Scope::parse(asked).unwrap()).to_string()
}

#[test]
fn a_scope_brings_what_it_implies_by_however_many_steps() {
    let food = Scopes::of_food();
    assert_eq!(known(&food, "food"), "food food:read food:write");
    assert_eq!(known(&food, "food:read mcp:tools openid"), "food:read");
    assert_eq!(food.default_scope().to_string(), "food:read food:write");
    let steps = Scopes::new(vec![
        scope("a", "a", &["b"]),
        scope("b", "b", &["c"]),
        scope("c", "c", &[]),
        scope("d", "d", &[]),
    ]);
    assert_eq!(known(&steps.unwrap(), "a"), "a b c");
}

#[test]
fn people_read_the_widest_words_only() {
    let food = Scopes::of_food();
    let all = Scope::parse("food food:read food:write").unwrap();
    let read = |scopes: &Scopes, scope: &Scope| -> Vec<String> {
        scopes
            .in_words(scope)
            .into_iter()
            .map(|meaning| meaning.words.to_owned())
            .collect()
    };
    assert_eq!(food.in_words(&all).len(), 2, "`food` has no words of its own");
    let notes = Scopes::new(vec![
        scope("all", "do everything", &["read"]),
        scope("read", "read notes", &[]),
        scope("new", "add notes", &[]),
    ])
    .unwrap();
    let words = |text| read(&notes, &Scope::parse(text).unwrap());
    assert_eq!(words("all read new"), ["do everything", "add notes"]);
    assert_eq!(words("read"), ["read notes"]);
}

#[test]
fn a_table_that_cannot_be_meant_is_refused_with_every_mistake() {
    let told = Scopes::new(vec![
        scope("a", "", &[]),
        scope("b", "b", &["x"]),
        scope("b", "b", &[]),
        scope("openid", "who you are", &[]),
        scope("c", "c", &["d"]),
        scope("d", "d", &["c"]),
        scope("e", "e", &["e"]),
    ])
    .unwrap_err();
    let scopes: Vec<_> = told.iter().map(|(scope, _)| scope.as_str()).collect();
    assert_eq!(scopes, ["a", "b", "b", "openid", "c", "d", "e"], "{told:?}");
}

#[test]
fn offline_access_is_accepted_but_not_listed() {
    assert!(of_people().contains("offline_access"));
    assert_eq!(listed_of_people(), ["openid", "profile", "email"]);
    assert_eq!(Scopes::of_food().listed(), ["food:read", "food:write"]);
}
