//! The settings of the resources: a list of food servers, or a file for any.

mod file;

use shared::settings::{Setting, Typed};

use crate::resource::Resources;

/// The rows of the table of settings.
pub(super) const RESOURCES: Setting = Setting {
    name: "ISSUER_RESOURCES",
    flag: "resources",
    default: "http://localhost:8081/mcp",
    help: "Resource identifiers of food servers that tokens may be for, separated by commas; the first is the default.",
    secret: false,
};
pub(super) const FILE: Setting = Setting {
    name: "ISSUER_RESOURCES_FILE",
    flag: "resources-file",
    default: "",
    help: "A TOML file of resources with scopes, texts and lifetimes of their own, instead of ISSUER_RESOURCES.",
    secret: false,
};

pub(super) fn read(typed: &mut Typed) -> Option<Resources> {
    let path = typed.text(FILE.name).to_owned();
    let listed = typed.read(RESOURCES.name, Resources::parse);
    if path.is_empty() {
        return listed;
    }
    if typed.is_typed(RESOURCES.name) {
        typed.mistake(format!("{} and {} are both set; keep one", RESOURCES.name, FILE.name));
    }
    let told = match std::fs::read_to_string(&path) {
        Ok(text) => match file::read(&text) {
            Ok(resources) => return Some(resources),
            Err(told) => told,
        },
        Err(error) => vec![format!("cannot be read: {error}")],
    };
    for mistake in told {
        typed.mistake(format!("{}={path}: {mistake}", FILE.name));
    }
    None
}
