//! `issuer revoke --user NAME | --client ID | --grant ID | --all`: ends grants, beside a running issuer.
//!
//! Refresh tokens are refused at once. Access tokens are named in the status lists, which resource servers read every
//! few seconds (`ISSUER_STATUS_LIST_SECONDS`); one that does not read them takes a token until its end.

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use serde_json::json;
use shared::clock::Clock;

use super::json_flag;
use crate::account::UserName;
use crate::store::Store;
use crate::store::grants::GrantId;
use crate::store::revocations::Selection;

/// The sub-command.
pub(super) fn command() -> Command {
    let one = |name, value, help| Arg::new(name).long(name).value_name(value).help(help);
    let all = Arg::new("all").long("all").action(ArgAction::SetTrue);
    Command::new("revoke")
        .about("End grants: refresh tokens, access tokens, and codes that wait")
        .arg(one(
            "user",
            "NAME",
            "Those that an account gave; its apps must ask again",
        ))
        .arg(one(
            "client",
            "CLIENT_ID",
            "Those that a client got; it must ask everybody again",
        ))
        .arg(one(
            "grant",
            "GRANT_ID",
            "This one, as the audit log and access tokens name it",
        ))
        .arg(all.help("All: everybody must sign in and allow everything again"))
        .group(
            ArgGroup::new("which")
                .args(["user", "client", "grant", "all"])
                .required(true),
        )
        .arg(json_flag())
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let user = match matches.get_one::<String>("user") {
        Some(typed) => {
            let name = UserName::parse(typed).map_err(|error| error.to_string())?;
            Some(super::account(store, &name).await?.user_id)
        }
        None => None,
    };
    let grant = matches
        .get_one::<String>("grant")
        .map(|typed| read(typed))
        .transpose()?;
    let client = matches.get_one::<String>("client");
    let selection = match (&user, &grant, client) {
        (Some(user_id), ..) => Selection::User(user_id),
        (_, Some(grant_id), _) => Selection::Grant(grant_id),
        (.., Some(client_id)) => Selection::Client(client_id),
        _ => Selection::All,
    };
    let revoked = store.revoke(selection, Clock::System.now()).await;
    let revoked = revoked.map_err(|error| format!("cannot end the grants: {error}"))?;
    if matches.get_flag("json") {
        println!("{}", json!({"grants_revoked": revoked}));
    } else {
        println!("grants ended: {revoked}");
    }
    Ok(())
}

/// In the spelling of the database.
fn read(typed: &str) -> Result<String, String> {
    let grant_id = GrantId::parse(typed).map(|grant_id| grant_id.to_string());
    grant_id.ok_or_else(|| format!("{typed:?} is no grant; `issuer audit` names them"))
}
