//! `issuer user add NAME` and `issuer user list`; both work beside a running issuer.
//!
//! The password is typed twice at a terminal, without echo, or comes on stdin (`--password-stdin`), where
//! neither the process list nor the shell's history sees it.

mod change;

use std::io::{self, IsTerminal, Read};

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use shared::clock::Clock;
use shared::random;

use super::json_flag;
use super::terminal::hidden_line;
use crate::account::{PASSWORD_MAX, Password, UserName};
use crate::password::Passwords;
use crate::store::Store;
use crate::store::users::{Created, NewUser};

/// The sub-command and its own sub-commands.
pub(super) fn command() -> Command {
    let add = Command::new("add").about("Add an account").arg(name());
    let add = add.arg(password_stdin()).arg(json_flag());
    let list = Command::new("list").about("List the accounts").arg(json_flag());
    Command::new("user")
        .about("Add, list, change and delete accounts")
        .subcommand_required(true)
        .subcommands([add, list])
        .subcommands(change::commands())
}

fn name() -> Arg {
    let name = Arg::new("name").value_name("NAME").required(true);
    name.help("The user name, as typed at sign-in")
}

fn password_stdin() -> Arg {
    let stdin = Arg::new("password-stdin")
        .long("password-stdin")
        .action(ArgAction::SetTrue);
    stdin.help("Read the password from standard input instead of the terminal")
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    match matches.subcommand() {
        Some(("add", matches)) => add(matches, store).await,
        Some(("list", matches)) => list(matches.get_flag("json"), store).await,
        Some((verb, matches)) => change::run(verb, matches, store).await,
        None => Ok(()),
    }
}

fn account_name(matches: &ArgMatches) -> Result<UserName, String> {
    let typed = matches.get_one::<String>("name").map_or("", String::as_str);
    UserName::parse(typed).map_err(|error| error.to_string())
}

/// The PHC string of the password that is typed or piped.
async fn new_password(matches: &ArgMatches) -> Result<String, String> {
    let password = if matches.get_flag("password-stdin") {
        from_stdin()?
    } else {
        from_terminal()?
    };
    let password = Password::parse(&password).map_err(|error| error.to_string())?;
    let hash = Passwords::new()?.hash(&password).await;
    hash.map_err(|error| error.to_string())
}

async fn add(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let name = account_name(matches)?;
    let password_hash = new_password(matches).await?;
    let user_id = random::uuid().map_err(|error| error.to_string())?;
    let user = NewUser {
        user_id: &user_id,
        name: &name,
        password_hash: &password_hash,
        created_at: Clock::System.now(),
    };
    let created = store.insert_user(&user).await;
    match created.map_err(|error| format!("cannot store the account: {error}"))? {
        Created::Now if matches.get_flag("json") => println!("{}", json!({"user_id": user_id, "name": name.as_str()})),
        Created::Now => println!("added {}", name.as_str()),
        Created::NameTaken | Created::LinkDead => {
            return Err(format!("there is an account named {} already", name.as_str()));
        }
    }
    Ok(())
}

async fn list(as_json: bool, store: &Store) -> Result<(), String> {
    let users = store
        .users()
        .await
        .map_err(|error| format!("cannot read the accounts: {error}"))?;
    for user in &users {
        if as_json {
            let line = json!({"user_id": user.user_id, "name": user.name, "created_at": user.created_at,
                "signed_in_at": user.signed_in_at, "disabled_at": user.disabled_at});
            println!("{line}");
        } else {
            let disabled = if user.disabled_at.is_some() { "  (disabled)" } else { "" };
            println!(
                "{}  {}  {}{disabled}",
                user.user_id,
                super::day(user.created_at),
                user.name
            );
        }
    }
    if users.is_empty() && !as_json {
        println!("there is no account yet; `issuer user add NAME` adds one");
    }
    Ok(())
}

/// The first line of standard input; more than a password may hold is not read.
fn from_stdin() -> Result<String, String> {
    let mut text = String::new();
    let most = u64::try_from(PASSWORD_MAX).unwrap_or(u64::MAX).saturating_add(2);
    io::stdin()
        .take(most)
        .read_to_string(&mut text)
        .map_err(|_| "cannot read the password from standard input")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn from_terminal() -> Result<String, String> {
    if !io::stdin().is_terminal() {
        return Err("there is no terminal to type the password at; use --password-stdin".to_owned());
    }
    let password = hidden_line("Password: ")?;
    if password == hidden_line("The same again: ")? {
        Ok(password)
    } else {
        Err("the two passwords differ".to_owned())
    }
}
