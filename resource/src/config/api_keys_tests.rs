//! What the settings about keys mean, and what is said about mistakes.

use super::*;
use crate::config::Config;
use shared::settings::Mistakes;

fn read(variables: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Config::read(Config::typed(variables, []))
}

fn told(variables: &[(&str, &str)]) -> String {
    let Mistakes(told) = read(variables).unwrap_err();
    assert_eq!(told.len(), 1, "{told:?}");
    told.concat()
}

#[test]
fn keys_are_not_taken_unless_somebody_says_so() {
    let config = read(&[]).unwrap();
    assert_eq!(config.api_keys.mode, AuthMode::OAuth);
    assert_eq!((config.api_keys.deprecation(1), config.issuers.len()), (None, 1));
}

#[test]
fn in_api_key_mode_no_issuer_is_trusted_whatever_else_is_set() {
    for name in ["AUTH_MODE", "RESOURCE_AUTH_MODE"] {
        let config = read(&[(name, "api_key"), ("OAUTH_ISSUER", "https://id.example.com")]).unwrap();
        assert_eq!((config.api_keys.mode, config.issuers.len()), (AuthMode::ApiKey, 0));
        assert_eq!(read(&[(name, "both")]).unwrap().issuers.len(), 1);
    }
    assert!(told(&[("AUTH_MODE", "none")]).contains("oauth, api_key or both"));
    let twice = [("AUTH_MODE", "both"), ("RESOURCE_AUTH_MODE", "oauth")];
    assert!(told(&twice).contains("RESOURCE_AUTH_MODE and AUTH_MODE are both set"));
}

#[test]
fn a_static_token_needs_a_mode_that_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "planted-0123456789\n").unwrap();
    let file = (FILE, path.to_str().unwrap());
    let config = read(&[file, ("AUTH_MODE", "both")]).unwrap();
    assert!(config.api_keys.static_token.is_some() && !format!("{config:?}").contains("planted"));
    assert!(told(&[file]).contains("RESOURCE_AUTH_MODE is oauth"));
    assert!(told(&[(FILE, "no such file"), ("AUTH_MODE", "both")]).contains("no such file"));
}

#[test]
fn the_warning_has_a_beginning_and_an_end() {
    let day = ("RESOURCE_API_KEY_SUNSET", "2027-12-31");
    let of = |variables: &[(&str, &str)]| read(variables).unwrap().api_keys.deprecation(7).unwrap();
    let since = of(&[("API_KEY_DEPRECATION_WARNING", "2027-01-15"), day]);
    assert_eq!((since.since, since.sunset), (1_799_971_200, Some(1_830_211_200)));
    assert_eq!(of(&[("API_KEY_DEPRECATION_WARNING", "true")]).since, 7);
    assert!(told(&[day]).contains("nobody is told"));
    assert!(told(&[(WARNING, "2028-01-01"), day]).contains("before"));
    assert!(told(&[(WARNING, "soon")]).contains("true, false or a day"));
}
