//! `issuer client block|unblock CLIENT_ID`: also for a client that has no row yet, by its URL or by an identifier that
//! describes itself.

use clap::{ArgMatches, Command};
use serde_json::json;
use shared::clock::Clock;

use super::{client_id, id};
use crate::app::App;
use crate::cli::json_flag;
use crate::client;
use crate::config::Config;
use crate::store::revocations::Selection;

/// The two sub-commands.
pub(super) fn commands() -> [Command; 2] {
    let command = |verb, about| Command::new(verb).about(about).arg(id()).arg(json_flag());
    [
        command(
            "block",
            "Keep a client from getting any code or token, and end its grants",
        ),
        command("unblock", "Let a blocked client be used again; what ended stays ended"),
    ]
}

/// Runs it.
pub(super) async fn run(verb: &str, matches: &ArgMatches, config: Config) -> Result<(), String> {
    let failed = |error| format!("cannot change the client: {error}");
    let app = App::open(config, Clock::System).await?;
    let client_id = client_id(matches);
    if verb == "unblock" {
        if !client::unblock(&app, client_id).await.map_err(failed)? {
            return Err(format!("{client_id:?} is not blocked"));
        }
        tell(
            matches,
            &format!("unblocked {client_id}"),
            &json!({"client_id": client_id, "blocked": false}),
        );
        return Ok(());
    }
    if !client::block(&app, client_id).await.map_err(failed)? {
        return Err(format!(
            "{client_id:?} is no client that this issuer knows or could know"
        ));
    }
    let grants = app.store.revoke(Selection::Client(client_id), app.clock.now()).await;
    let grants = grants.map_err(|error| format!("it is blocked, but its grants could not be ended: {error}"))?;
    let line = json!({"client_id": client_id, "blocked": true, "grants_revoked": grants});
    tell(matches, &format!("blocked {client_id}; ended: {grants} grants"), &line);
    Ok(())
}

fn tell(matches: &ArgMatches, words: &str, line: &serde_json::Value) {
    if matches.get_flag("json") {
        println!("{line}");
    } else {
        println!("{words}");
    }
}
