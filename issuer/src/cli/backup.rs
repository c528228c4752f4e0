//! `issuer backup FILE`: a copy of the database as it is at one moment, beside a running issuer.
//!
//! The copy is looked at before it is called one. The keys are not in it: whoever has both can issue tokens.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::json;
use shared::database::DatabaseUrl;

use super::json_flag;
use crate::config::Config;
use crate::store::Store;

/// The sub-command.
pub(super) fn command() -> Command {
    let file = Arg::new("file")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf));
    Command::new("backup")
        .about("Copy the SQLite database into a new file while the issuer runs; the keys are not in it")
        .arg(file.help("The copy; it must not be there yet"))
        .arg(json_flag())
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, config: &Config) -> Result<(), String> {
    let Some(file) = matches.get_one::<PathBuf>("file") else {
        return Ok(());
    };
    if matches!(config.database_url, DatabaseUrl::Postgres(_)) {
        return Err(format!(
            "PostgreSQL has its own program: pg_dump --format=custom --file={} \"$ISSUER_DATABASE_URL\"",
            file.display()
        ));
    }
    let store = Store::open_as_is(&config.database_url)
        .await
        .map_err(|error| error.to_string())?;
    let options = OpenOptions::new().write(true).create_new(true).mode(0o600).to_owned();
    options
        .open(file)
        .map_err(|error| format!("cannot make {}: {error}; nothing is overwritten", file.display()))?;
    let copied = copy(&store, file).await;
    store.close().await;
    let bytes = copied.inspect_err(|_| drop(fs::remove_file(file)))?;
    if matches.get_flag("json") {
        println!("{}", json!({"file": file, "bytes": bytes}));
    } else {
        println!(
            "{}: {bytes} bytes, whole; keep a copy of {} apart from it",
            file.display(),
            config.keys_dir.display()
        );
    }
    Ok(())
}

/// The size of the copy, which is whole and on the disk.
async fn copy(store: &Store, file: &Path) -> Result<u64, String> {
    let failed = |error: &dyn std::fmt::Display| format!("cannot copy the database into {}: {error}", file.display());
    let name = file.to_str().ok_or_else(|| failed(&"its name is not UTF-8"))?;
    store.copy_into(name).await.map_err(|error| failed(&error))?;
    let copy = Store::open_as_is(&DatabaseUrl::Sqlite(file.to_owned())).await;
    let copy = copy.map_err(|error| failed(&error))?;
    let faults = copy.faults().await.map_err(|error| failed(&error))?;
    copy.close().await;
    if !faults.is_empty() {
        return Err(failed(&format!("the copy is damaged ({})", faults.join("; "))));
    }
    let open = File::open(file).and_then(|file| file.sync_all().and_then(|()| file.metadata()));
    open.map(|metadata| metadata.len()).map_err(|error| failed(&error))
}
