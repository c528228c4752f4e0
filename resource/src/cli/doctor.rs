//! `resource doctor [MCP-URL]`: shows what MCP clients will meet there; with `--login`, as one of them.

use std::process::{Command as Program, Stdio};

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::fetch::Fetch;

use crate::config::Config;
use crate::doctor::examine_with_way;
use crate::doctor::login::{Attempt, Call, Login, Steps, Way, register_as_each};
use crate::doctor::report::Report;

const URL: &str = "MCP-URL";
const JSON: &str = "json";
const LOGIN: &str = "login";
const REGISTER: &str = "register";
const CLIENT_ID: &str = "client-id";
const CALL: &str = "call";
const ARGUMENTS: &str = "arguments";
const NO_BROWSER: &str = "no-browser";

pub(super) fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let of_login = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).requires(LOGIN).help(help)
    };
    Command::new("doctor")
        .about("Examine an MCP server and its issuer as MCP clients meet them")
        .long_about(
            "Makes the requests that MCP clients make before anybody signs in, and shows for each client what works, \
             what does not, and what to change. Registers nothing unless --register or --login says so. Fails when \
             something is broken for some client.",
        )
        .arg(Arg::new(URL).help("The URL that people type into their client [default: RESOURCE_PUBLIC_URL]"))
        .arg(flag(JSON, "Print JSON instead of a table"))
        .arg(flag(
            REGISTER,
            "Register for real, once as each client does; an issuer may keep these registrations",
        ))
        .arg(flag(
            LOGIN,
            "Go the whole way: register, sign in through the browser, get a token, call a tool",
        ))
        .arg(of_login(
            CLIENT_ID,
            "ID",
            "A public client that is registered already, instead of registering one",
        ))
        .arg(of_login(
            CALL,
            "TOOL",
            "The tool to call; one that only reads when not given",
        ))
        .arg(of_login(ARGUMENTS, "JSON", "Its arguments [default: {}]").requires(CALL))
        .arg(flag(NO_BROWSER, "Show the address to open, and do not open it"))
}

/// The settings are read only when no URL is given.
pub(super) async fn run(
    matches: Option<&ArgMatches>,
    config: impl FnOnce() -> Result<Config, String>,
) -> Result<(), String> {
    let url = match matches.and_then(|matches| matches.get_one::<String>(URL)) {
        Some(url) => url.clone(),
        None => own(&config()?)?,
    };
    let fetch = Fetch::new().map_err(|error| error.to_string())?;
    let progress = |request: &str| eprintln!("{request}");
    let examined = examine_with_way(&url, &fetch, &Clock::System, &progress).await;
    let (report, way) = examined.map_err(|error| format!("{url:?} is not a URL: {error}"))?;
    let result = match matches {
        Some(matches) => further(matches, &fetch, way, report).await?,
        None => Outcome::of(report),
    };
    let json = matches.is_some_and(|matches| matches.get_flag(JSON));
    println!("{}", result.shown(json));
    if result.is_broken() {
        return Err(format!("{url}: something is broken; the report says what to change"));
    }
    Ok(())
}

/// Our own server, where it has something to do with OAuth.
fn own(config: &Config) -> Result<String, String> {
    if config.api_keys.mode.takes_tokens() {
        return Ok(config.public_url.as_str().to_owned());
    }
    Err(format!(
        "RESOURCE_AUTH_MODE is api_key, so nobody signs in at {}, and clients find nothing of OAuth there on purpose; \
         give them a key: --header \"Authorization: Bearer KEY\"",
        config.public_url.as_str()
    ))
}

/// What was examined and tried.
struct Outcome {
    report: Report,
    attempts: Option<Vec<Attempt>>,
    login: Option<Steps>,
}

/// What goes beyond looking.
async fn further(matches: &ArgMatches, fetch: &Fetch, way: Option<Way>, report: Report) -> Result<Outcome, String> {
    let mut outcome = Outcome::of(report);
    if !matches.get_flag(LOGIN) && !matches.get_flag(REGISTER) {
        return Ok(outcome);
    }
    let call = call(matches)?;
    let Some(way) = way else {
        eprintln!("{}", outcome.shown(false));
        return Err(
            "nobody can register or sign in: the way to the issuer is broken; the report says where".to_owned(),
        );
    };
    if matches.get_flag(REGISTER) {
        outcome.attempts = Some(register_as_each(fetch, &way).await);
    }
    if matches.get_flag(LOGIN) {
        let opens = !matches.get_flag(NO_BROWSER);
        let login = Login {
            fetch,
            client_id: matches.get_one::<String>(CLIENT_ID).map(String::as_str),
            call: call.as_ref(),
            open: &|url| open(url, opens),
        };
        outcome.login = Some(login.go(&way).await);
    }
    Ok(outcome)
}

fn call(matches: &ArgMatches) -> Result<Option<Call>, String> {
    let Some(tool) = matches.get_one::<String>(CALL) else {
        return Ok(None);
    };
    let arguments = matches.get_one::<String>(ARGUMENTS).map_or("{}", String::as_str);
    let arguments: Value = serde_json::from_str(arguments).map_err(|error| format!("--{ARGUMENTS}: {error}"))?;
    if !arguments.is_object() {
        return Err(format!("--{ARGUMENTS}: must be a JSON object"));
    }
    let tool = tool.clone();
    Ok(Some(Call { tool, arguments }))
}

/// Shows the address, and opens it where there is something that does.
fn open(url: &str, opens: bool) {
    eprintln!("Open this in a browser on this computer, and sign in:\n{url}");
    let (program, arguments): (_, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
        _ => ("xdg-open", &[]),
    };
    if opens {
        let mut program = Program::new(program);
        program.args(arguments).arg(url);
        // Where there is none, the person opens it: the address was shown.
        drop(
            program
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn(),
        );
    }
}

impl Outcome {
    fn of(report: Report) -> Self {
        Self {
            report,
            attempts: None,
            login: None,
        }
    }

    fn is_broken(&self) -> bool {
        let failed = |attempts: &Vec<Attempt>| attempts.iter().any(|attempt| attempt.outcome.is_err());
        self.report.is_broken()
            || self.attempts.as_ref().is_some_and(failed)
            || self.login.as_ref().is_some_and(Steps::is_broken)
    }

    fn shown(&self, json: bool) -> String {
        if json {
            format!("{:#}", self.to_json())
        } else {
            self.to_text()
        }
    }

    fn to_json(&self) -> Value {
        let mut all = self.report.to_json();
        if let Some(members) = all.as_object_mut() {
            members.insert("broken".to_owned(), self.is_broken().into());
            let attempts = self.attempts.as_ref();
            let attempts = attempts.map(|attempts| attempts.iter().map(Attempt::to_json).collect::<Value>());
            members.extend(attempts.map(|attempts| ("register".to_owned(), attempts)));
            members.extend(
                self.login
                    .as_ref()
                    .map(|steps| ("login".to_owned(), json!(steps.to_json()))),
            );
        }
        all
    }

    fn to_text(&self) -> String {
        let mut text = self.report.to_string();
        if let Some(attempts) = &self.attempts {
            text.push_str("\nregistration as each client\n");
            text.extend(attempts.iter().map(|attempt| format!("{attempt}\n")));
        }
        if let Some(steps) = &self.login {
            text.extend(["\nlogin\n".to_owned(), steps.to_string()]);
        }
        text
    }
}
