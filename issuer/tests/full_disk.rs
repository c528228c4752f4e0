//! threats.md B18: the disk is full in the middle of refreshes. Who asks hears when to try again, no token is used up, what
//! only reads goes on, and so does everything when there is room again.
//!
//! A limit on the size of files stands for the disk: past it the system refuses to write, to the database as to its journal.

use std::fs::File;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::person::{Person, authorize};
use crate::support::process::Process;
use crate::support::{Answer, REDIRECT_URI, TestIssuer, client, read, refresh_form, text};

const CLIENTS: usize = 25;
const REFRESHES: usize = 500;
/// What is free at the beginning.
const ROOM: u64 = 128 << 10;

struct Kept {
    client_id: String,
    token: String,
}

/// The program on the database and keys of an issuer that was stopped, with files of no more than this size.
async fn limited(issuer: &TestIssuer, bytes: u64) -> Process {
    // A shell counts blocks of 512 bytes; signal 25 is SIGXFSZ, which would end the program.
    let script = format!("trap '' 25; ulimit -S -f {}; exec \"$0\" serve", bytes / 512);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_issuer")]);
    let log = tempfile::tempfile().unwrap();
    let settings = [("ISSUER_RATE_LIMITS", "off"), ("RUST_LOG", "error")];
    Process::of(command, &issuer.database.url(), &issuer.keys_dir(), &settings, log).await
}

/// Makes room.
fn lift(process: &Process) {
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &process.id().to_string(), "--fsize=unlimited"]);
    assert!(prlimit.stdin(Stdio::null()).status().unwrap().success());
}

async fn refresh(url: &str, kept: &Kept) -> (u16, Value) {
    let request = client()
        .post(format!("{url}/oauth/token"))
        .form(&refresh_form(&kept.client_id, &kept.token));
    let answer = request.send().await.unwrap();
    let later = answer.headers().get("retry-after").cloned();
    let answer: Answer = read(answer).await;
    if answer.0 != 200 {
        assert_eq!((answer.0, text(&answer.1, "error")), (503, "temporarily_unavailable"));
        assert_eq!(later.unwrap(), "1");
    }
    answer
}

async fn get(url: &str, path: &str) -> u16 {
    let answer = client().get(format!("{url}{path}")).send().await;
    answer.unwrap().status().as_u16()
}

#[actix_web::test]
async fn it_costs_no_token_and_what_only_reads_goes_on() {
    let issuer = TestIssuer::now(TestDatabase::sqlite()).await;
    let mut kept = Vec::new();
    for _ in 0..CLIENTS {
        let (client_id, tokens) = issuer.signed_in().await;
        let token = text(&tokens, "refresh_token").to_owned();
        kept.push(Kept { client_id, token });
    }
    let app = issuer.client_named("Local", &[REDIRECT_URI]).await;
    let issuer = issuer.stop().await;
    let path = issuer.database.url().strip_prefix("sqlite:").unwrap().to_owned();
    let size = File::open(&path).unwrap().metadata().unwrap().len();
    let process = limited(&issuer, size + ROOM).await;

    let (mut refreshed, mut refused) = (0, 0);
    for n in 0..REFRESHES {
        let kept = &mut kept[n % CLIENTS];
        match refresh(&process.url, kept).await {
            (200, tokens) => {
                text(&tokens, "refresh_token").clone_into(&mut kept.token);
                refreshed += 1;
            }
            _ => refused += 1,
        }
    }
    assert!(refreshed > 5 && refused > REFRESHES / 2, "{refreshed} {refused}");

    // Other servers need these to judge tokens, so a full disk must not take the issuer from them.
    for path in [
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/oauth/status-lists/0",
        "/readyz",
    ] {
        assert_eq!(get(&process.url, path).await, 200, "{path}");
    }
    let mut person = Person::of(&process.url);
    let page = person.get(&authorize(&app, REDIRECT_URI, "")).await;
    assert_eq!(page.status, 503);
    assert!(
        page.text.contains("<h1>") && !page.header("retry-after").is_empty(),
        "{}",
        page.text
    );

    lift(&process);
    for kept in &mut kept {
        let (status, tokens) = refresh(&process.url, kept).await;
        assert_eq!(status, 200, "{tokens}");
        text(&tokens, "refresh_token").clone_into(&mut kept.token);
    }
    assert_eq!(person.get(&authorize(&app, REDIRECT_URI, "")).await.status, 303);
    drop(process);
    let count = async |statement| issuer.database.count(statement).await;
    let live = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";
    assert_eq!(count(live).await, i64::try_from(CLIENTS).unwrap());
    let reuse = "SELECT COUNT(*) FROM audit_events WHERE kind = 'refresh_reuse'";
    assert_eq!(count(reuse).await, 0);
    let damage = "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
    assert_eq!(count(damage).await, 0);
}
