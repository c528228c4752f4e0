//! The README's settings tables say what the programs' settings are.

use std::fmt::Write;

use shared::settings::Setting;

use super::text;

/// The table as it must stand between the marks.
fn table(settings: &[Setting]) -> String {
    let mut table = "| variable | default | meaning |\n|---|---|---|\n".to_owned();
    for setting in settings {
        let default = if setting.default.is_empty() {
            String::new()
        } else {
            format!("`{}`", setting.default)
        };
        let secret = if setting.secret { " *secret*" } else { "" };
        let help = setting.help.replace('|', "\\|");
        writeln!(table, "| `{}`{secret} | {default} | {help} |", setting.name).unwrap();
    }
    table
}

/// What stands between the marks of one program.
fn between<'a>(readme: &'a str, program: &str) -> &'a str {
    let begin = format!("<!-- settings: {program} -->\n");
    let (_, rest) = readme
        .split_once(&begin)
        .unwrap_or_else(|| panic!("README.md has no {begin}"));
    rest.split_once("<!-- end -->").unwrap().0
}

fn check(program: &str, settings: &[Setting]) {
    let (readme, wanted) = (text("README.md"), table(settings));
    let is = between(&readme, program);
    assert!(
        is.trim() == wanted.trim(),
        "README.md, settings of {program}: paste this between the marks\n\n{wanted}"
    );
}

#[test]
fn the_readme_lists_the_issuers_settings() {
    check("issuer", issuer::config::SETTINGS);
}

#[test]
fn the_readme_lists_the_resource_servers_settings() {
    check("resource", resource::config::SETTINGS);
}

#[test]
fn flags_are_named_as_the_readme_says() {
    for (prefix, settings) in [
        ("ISSUER_", issuer::config::SETTINGS),
        ("RESOURCE_", resource::config::SETTINGS),
    ] {
        for setting in settings {
            let name = setting.name.strip_prefix(prefix).unwrap_or(setting.name);
            assert_eq!(setting.flag, name.to_lowercase().replace('_', "-"));
        }
    }
}
