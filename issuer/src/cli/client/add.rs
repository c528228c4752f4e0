//! `issuer client add NAME`: a client that somebody registers beforehand.
//!
//! Its options say what it is for, and its grants follow: `--redirect-uri` (authorization code), `--device` (RFC 8628
//! section 3.4), `--scope` (client credentials); in any mixture.

use std::fs;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::{Value, json};
use shared::audience::Audience;
use shared::clock::Clock;
use shared::fetch::guarded::Reach;
use shared::scope::Scope;

use super::told;
use crate::cli::json_flag;
use crate::client::ClientMetadata;
use crate::client::metadata::{AskedKeys, Registration};
use crate::client::method::AuthMethod;
use crate::client::stored::{self, Origin};
use crate::config::Config;
use crate::grant_types::{AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN};
use crate::resource::Resources;
use crate::store::Store;
use crate::store::stored_clients::Service;

/// The sub-command.
pub(super) fn command() -> Command {
    let name = Arg::new("name")
        .value_name("NAME")
        .required(true)
        .help("What people see of it");
    let redirect_uri = Arg::new("redirect-uri")
        .long("redirect-uri")
        .value_name("URI")
        .action(ArgAction::Append)
        .required_unless_present_any(["device", "scope", "resource"])
        .help("Where codes may go; may come several times");
    let scope = Arg::new("scope")
        .long("scope")
        .value_name("SCOPE")
        .help("What it gets by itself, without a person (client_credentials): scopes, separated by spaces");
    let scope_at = Arg::new("scope-at")
        .long("scope-at")
        .value_name("URL")
        .action(ArgAction::Append)
        .requires("scope")
        .help("A resource that its own tokens may be for; may come several times; without this, the first of the settings");
    let method = Arg::new("method")
        .long("method")
        .value_name("METHOD")
        .help("How it authenticates: none, client_secret_basic, client_secret_post or private_key_jwt; without this, by a secret in either way");
    let resource = Arg::new("resource")
        .long("resource")
        .value_name("URL")
        .help("The resource it serves: it may introspect tokens for that, and for no other");
    let jwks = Arg::new("jwks")
        .long("jwks")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The public keys of a client that signs (private_key_jwt): a JWK Set");
    Command::new("add")
        .about("Add a client; its secret is shown this once")
        .arg(name)
        .arg(redirect_uri)
        .arg(device())
        .arg(method)
        .arg(scope)
        .arg(scope_at)
        .arg(resource)
        .arg(jwks)
        .arg(jwks_uri())
        .arg(json_flag())
}

fn device() -> Arg {
    let device = Arg::new("device").long("device").action(ArgAction::SetTrue);
    device.help("People may type codes for it: a program without a browser (RFC 8628); ISSUER_DEVICE_GRANT must be on")
}

fn jwks_uri() -> Arg {
    let jwks_uri = Arg::new("jwks-uri")
        .long("jwks-uri")
        .value_name("URL")
        .conflicts_with("jwks");
    jwks_uri.help("Where the public keys of a client that signs are; it may change them there")
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, store: &Store, config: &Config) -> Result<(), String> {
    if matches.get_flag("device") && !config.device_grant {
        return Err("--device is of no use while nobody may type codes: set ISSUER_DEVICE_GRANT=on first".to_owned());
    }
    let method = method(matches)?;
    let scope_at = scope_at(matches, &config.resources)?;
    let scope = scope(matches, &config.resources, &scope_at)?;
    let service = Service {
        scope_at: scope.is_some().then(|| scope_at.to_string()),
        scope,
        resource: resource(matches, &config.resources)?,
    };
    if method == AuthMethod::None && service != Service::default() {
        return Err("a client that acts by itself must authenticate: leave --method none out".to_owned());
    }
    let keys = Keys::read(matches, config)?;
    let mut metadata = metadata(matches, method)?;
    metadata.set_keys(keys.asked()).map_err(|error| error.to_string())?;
    metadata.any_secret_method = !matches.contains_id("method");
    if service.scope.is_some() {
        metadata.add_client_credentials();
    }
    let stored = stored::keep(store, &metadata, Origin::Added(&service), Clock::System.now())
        .await
        .map_err(|error| format!("cannot store the client: {error}"))?;
    told(&stored.information(&metadata), matches.get_flag("json"))
}

fn method(matches: &ArgMatches) -> Result<AuthMethod, String> {
    let Some(typed) = matches.get_one::<String>("method") else {
        return Ok(AuthMethod::ClientSecretBasic);
    };
    let unknown = || format!("--method {typed} is not known; known are: {}", AuthMethod::listed());
    AuthMethod::parse(typed).ok_or_else(unknown)
}

fn resource(matches: &ArgMatches, resources: &Resources) -> Result<Option<String>, String> {
    let typed = matches.get_one::<String>("resource");
    typed.map(|typed| known("resource", typed, resources)).transpose()
}

/// The identifier that this spelling of an option means.
fn known(option: &str, typed: &str, resources: &Resources) -> Result<String, String> {
    let known = resources.find(typed).map(|resource| resource.identifier.clone());
    known.ok_or_else(|| {
        format!(
            "--{option} {typed} is none of ISSUER_RESOURCES (or ISSUER_RESOURCES_FILE): {}",
            resources.identifiers().collect::<Vec<_>>().join(", ")
        )
    })
}

fn scope_at(matches: &ArgMatches, resources: &Resources) -> Result<Audience, String> {
    let typed = matches.get_many::<String>("scope-at").into_iter().flatten();
    let at: Vec<_> = typed
        .map(|typed| known("scope-at", typed, resources))
        .collect::<Result<_, _>>()?;
    Ok(Audience::of(at).unwrap_or_else(|| Audience::one(&resources.default_resource().identifier)))
}

fn scope(matches: &ArgMatches, resources: &Resources, at: &Audience) -> Result<Option<String>, String> {
    let Some(typed) = matches.get_one::<String>("scope") else {
        return Ok(None);
    };
    let asked = Scope::parse(typed).map_err(|error| format!("--scope: {error}"))?;
    let allowed = resources.scope_of_services(&asked, at);
    if !allowed.covers(&asked) || asked.is_empty() {
        return Err(format!(
            "--scope {typed:?} names scopes that are about a person or not known at {at}; of these a client may have: \
             {allowed}; --scope-at names other resources"
        ));
    }
    Ok(Some(allowed.to_string()))
}

fn jwks(matches: &ArgMatches) -> Result<Option<Value>, String> {
    let Some(path) = matches.get_one::<PathBuf>("jwks") else {
        return Ok(None);
    };
    let text = fs::read(path).map_err(|error| format!("--jwks {}: {error}", path.display()))?;
    let broken = |error| format!("--jwks {}: it is not JSON: {error}", path.display());
    serde_json::from_slice(&text).map(Some).map_err(broken)
}

/// What was typed about keys.
struct Keys<'a> {
    jwks: Option<Value>,
    jwks_uri: Option<&'a str>,
    reach: Option<Reach>,
}

impl<'a> Keys<'a> {
    fn read(matches: &'a ArgMatches, config: &Config) -> Result<Self, String> {
        Ok(Self {
            jwks: jwks(matches)?,
            jwks_uri: matches.get_one("jwks-uri").map(String::as_str),
            reach: config.cimd.enabled.then(|| config.cimd.reach()),
        })
    }

    fn asked(&self) -> AskedKeys<'_> {
        AskedKeys {
            jwks: self.jwks.as_ref(),
            jwks_uri: self.jwks_uri,
            reach: self.reach,
        }
    }
}

/// What was typed, by the rules of a registration; its keys come later.
fn metadata(matches: &ArgMatches, method: AuthMethod) -> Result<ClientMetadata, String> {
    let redirect_uris: Vec<&String> = matches.get_many("redirect-uri").into_iter().flatten().collect();
    let name = matches.get_one::<String>("name").map_or("", String::as_str);
    let grant_types = grant_types(!redirect_uris.is_empty(), matches.get_flag("device"));
    if grant_types.is_empty() {
        return Ok(ClientMetadata::of_service(name, method));
    }
    let registration = json!({"client_name": name, "redirect_uris": redirect_uris, "grant_types": grant_types});
    let registration: Registration = serde_json::from_value(registration).map_err(|error| error.to_string())?;
    let mut metadata = ClientMetadata::read(registration, None).map_err(|error| error.to_string())?;
    metadata.token_endpoint_auth_method = method;
    Ok(metadata)
}

/// The grants that a person begins, and refresh tokens with them.
fn grant_types(by_redirect: bool, by_device: bool) -> Vec<&'static str> {
    let begun_by = [(by_redirect, AUTHORIZATION_CODE), (by_device, DEVICE_CODE)];
    let begun: Vec<_> = begun_by.into_iter().filter(|(wanted, _)| *wanted).collect();
    let refreshed = (!begun.is_empty()).then_some(REFRESH_TOKEN);
    begun
        .into_iter()
        .map(|(_, grant_type)| grant_type)
        .chain(refreshed)
        .collect()
}
