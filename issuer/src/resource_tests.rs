//! Which resource a request means, and what tokens for it have.

use proptest::prelude::*;

use super::*;
use crate::scopes::KnownScope;

fn found<'a>(resources: &'a Resources, asked: &str) -> Option<&'a str> {
    resources.find(asked).map(|resource| resource.identifier.as_str())
}

#[test]
fn slash_and_origin_mean_the_canonical_identifier() {
    let resources = Resources::parse("http://localhost:8081/mcp").unwrap();
    for spelling in [
        "http://localhost:8081/mcp",
        "http://localhost:8081/mcp/",
        "http://localhost:8081",
        "http://localhost:8081/",
    ] {
        assert_eq!(
            found(&resources, spelling),
            Some("http://localhost:8081/mcp"),
            "{spelling}"
        );
    }
}

#[test]
fn nothing_else_does() {
    let resources = Resources::parse("http://localhost:8081/mcp").unwrap();
    for other in [
        "http://localhost:8081/mcp2",
        "http://localhost:8081/mcp/x",
        "http://localhost:8082",
        "https://localhost:8081/mcp",
        "http://localhost:8081/mcp//",
        "http://localhost:8081/MCP",
        "http://localhost:8081/mcp#a",
        "",
    ] {
        assert_eq!(resources.find(other), None, "{other}");
    }
}

#[test]
fn an_origin_with_two_resources_names_neither() {
    let resources = Resources::parse("http://h/a,http://h/b").unwrap();
    assert_eq!(found(&resources, "http://h/"), None);
    assert_eq!(found(&resources, "http://h/b/"), Some("http://h/b"));
    assert_eq!(resources.default_resource().identifier, "http://h/a");
}

#[test]
fn identifiers_are_absolute_http_urls() {
    for bad in ["", "mcp", "ftp://h/", "http://h/#a", "http://u:p@h/", "http://h/\u{a0}"] {
        assert!(Resources::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    /// threats.md B40, for what is named in `protected_resources`.
    #[test]
    fn whatever_the_settings_an_identifier_is_a_plain_url(
        text in "(https?://|HTTP://|http:|//)[a-z0-9.@:\\\\\\[\\]-]{0,8}(/[ -~]{0,6}|\\PC{0,6}){0,2}",
    ) {
        if let Ok(resources) = Resources::parse(&text) {
            for identifier in resources.identifiers() {
                prop_assert!(identifier.bytes().all(|c| c.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&c)), "{}", identifier);
                let url = Url::parse(identifier).unwrap();
                prop_assert!(url.host().is_some() && url.username().is_empty(), "{}", identifier);
            }
        }
    }
}

fn notes() -> Resource {
    let scope = |token: &str, default| KnownScope {
        token: token.to_owned(),
        words: token.to_owned(),
        implies: Vec::new(),
        default,
        listed: true,
    };
    Resource {
        identifier: "http://h/notes".to_owned(),
        name: Some("Notes".to_owned()),
        scopes: Scopes::new(vec![scope("notes:read", true), scope("notes:write", false)]).unwrap(),
        access_token_seconds: Some(600),
    }
}

fn food_and_notes(together: &[&str]) -> Resources {
    let food = ["http://h/food", "http://h/other"].map(|identifier| of_food(identifier).unwrap());
    let resources = food.into_iter().chain([notes()]).collect();
    let together = together.iter().map(|identifier| (*identifier).to_owned()).collect();
    Resources::new(resources, vec![together]).unwrap()
}

#[test]
fn several_resources_are_taken_only_where_they_were_put_together() {
    let select = |asked: &[&str]| {
        let resources = food_and_notes(&["http://h/food", "http://h/notes"]);
        let target = resources.select(asked.iter().copied());
        target.map(|target| target.map(|target| target.audience().to_string()))
    };
    assert_eq!(select(&[]), Ok(None));
    assert_eq!(select(&["http://h/notes/"]), Ok(Some("http://h/notes".to_owned())));
    let both = Ok(Some("http://h/food http://h/notes".to_owned()));
    assert_eq!(
        select(&["http://h/notes", "http://h/food"]),
        both,
        "in the order of the settings"
    );
    assert_eq!(select(&["http://h/food", "http://h/notes", "http://h/food/"]), both);
    assert_eq!(
        select(&["http://h/food", "http://h/other"]),
        Err(InvalidTarget::NotTogether)
    );
    assert_eq!(
        select(&["http://h/food", "http://h/notes", "http://h/other"]),
        Err(InvalidTarget::NotTogether)
    );
    assert_eq!(select(&["http://h/food", "http://h/x"]), Err(InvalidTarget::Unknown));
}

#[test]
fn a_target_has_the_scopes_of_its_resources_and_the_shortest_lifetime() {
    let resources = food_and_notes(&["http://h/food", "http://h/notes"]);
    let granted = |asked: &[&str], scope: &str| {
        let target = resources.select(asked.iter().copied()).unwrap().unwrap();
        (
            target.granted(&Scope::parse(scope).unwrap()).to_string(),
            target.access_token_seconds(3600),
        )
    };
    let expected = |scope: &str, seconds| (scope.to_owned(), seconds);
    let (food, notes) = ("http://h/food", "http://h/notes");
    assert_eq!(
        granted(&[food], "food notes:read"),
        expected("food food:read food:write", 3600)
    );
    assert_eq!(
        granted(&[notes], "food:read"),
        expected("notes:read", 600),
        "the default"
    );
    assert_eq!(granted(&[notes], "openid"), expected("openid", 600));
    let both = expected("food:read food:write notes:read", 600);
    assert_eq!(granted(&[food, notes], ""), both);
    assert_eq!(
        granted(&[food, notes], "notes:write food:read").0,
        "food:read notes:write"
    );
    assert_eq!(resources.longest_seconds(60), 600);
}

#[test]
fn a_service_gets_no_scope_about_a_person() {
    let all = Scope::parse("food:read openid profile email offline_access food:write x").unwrap();
    let resources = food_and_notes(&[]);
    let at = Audience::one("http://h/food");
    assert_eq!(
        resources.scope_of_services(&all, &at).to_string(),
        "food:read food:write"
    );
    let target = resources.first_known(&at).unwrap();
    assert_eq!(target.of_services(&all).to_string(), "food:read food:write");
}

#[test]
fn a_service_has_scopes_of_the_resources_that_it_is_for() {
    let resources = food_and_notes(&[]);
    let asked = Scope::parse("food:read notes:read").unwrap();
    let scope = |at: &str| {
        resources
            .scope_of_services(&asked, &Audience::parse(at).unwrap())
            .to_string()
    };
    assert_eq!(scope("http://h/food"), "food:read");
    assert_eq!(scope("http://h/notes"), "notes:read");
    assert_eq!(scope("http://h/notes http://h/other"), "food:read notes:read");
    let first = |at: &str| {
        resources
            .first_known(&Audience::parse(at).unwrap())
            .map(|target| target.audience())
    };
    assert_eq!(
        first("http://h/gone http://h/notes http://h/food"),
        Some(Audience::one("http://h/notes"))
    );
    assert_eq!(first("http://h/gone"), None);
}

#[test]
fn the_metadata_lists_the_scopes_of_all_resources_once() {
    let listed = food_and_notes(&[]).listed_scopes();
    let expected = [
        "food:read",
        "food:write",
        "notes:read",
        "notes:write",
        "openid",
        "profile",
        "email",
    ];
    assert_eq!(listed, expected);
}
