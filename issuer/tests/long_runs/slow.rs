//! threats.md B25: thousands of connections that send a byte now and then, and a client beside them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::{TestIssuer, client, refresh_form, text};

/// Longest that anybody else may wait: the limit of what people still take for an answer.
const MOST: Duration = Duration::from_secs(2);

/// Never sends a whole head, and begins anew when it is cut off.
async fn slow(address: &str, go_on: &Cell<bool>) {
    while go_on.get() {
        let Ok(mut stream) = TcpStream::connect(address).await else {
            sleep(Duration::from_millis(200)).await;
            continue;
        };
        let mut going = stream.write_all(b"POST /oauth/token HTTP/1.1\r\nX: ").await;
        while going.is_ok() && go_on.get() {
            sleep(Duration::from_secs(1)).await;
            going = stream.write_all(b"a").await;
        }
    }
}

/// Somebody refreshes every so often for so long; the waits, the longest last.
async fn refreshes(url: &str, client_id: &str, token: &mut String, time: Duration) -> Vec<Duration> {
    let (begun, mut waits) = (Instant::now(), Vec::new());
    while begun.elapsed() < time {
        let asked = Instant::now();
        let request = client()
            .post(format!("{url}/oauth/token"))
            .form(&refresh_form(client_id, token));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        text(&answer.json().await.unwrap(), "refresh_token").clone_into(token);
        waits.push(asked.elapsed());
        sleep(Duration::from_millis(50)).await;
    }
    waits.sort();
    waits
}

#[actix_web::test]
#[ignore = "takes a minute and 10,000 open files; slow_connections_do_not_keep_others_out is the short form"]
async fn five_thousand_slow_connections_for_a_minute_do_not_keep_others_waiting() {
    let issuer = TestIssuer::now(TestDatabase::sqlite()).await;
    let (client_id, tokens) = issuer.signed_in().await;
    let mut token = text(&tokens, "refresh_token").to_owned();
    let issuer = issuer.stop().await;
    let settings = [("ISSUER_RATE_LIMITS", "off")];
    let process = Process::start(&issuer, &settings, tempfile::tempfile().unwrap()).await;
    let address = process.url.strip_prefix("http://").unwrap();
    let before = refreshes(&process.url, &client_id, &mut token, Duration::from_secs(10)).await;
    let go_on = Cell::new(true);
    let slow = join_all((0..5000).map(|_| slow(address, &go_on)));
    let others = async {
        let waits = refreshes(&process.url, &client_id, &mut token, Duration::from_mins(1)).await;
        go_on.set(false);
        waits
    };
    let (_, beside) = tokio::join!(slow, others);
    for (what, waits) in [("before", &before), ("beside 5,000 slow connections", &beside)] {
        let (median, most) = (waits[waits.len() / 2], waits[waits.len() - 1]);
        println!(
            "refreshes {what}: {} in all, median {median:?}, longest {most:?}",
            waits.len()
        );
    }
    assert!(beside[beside.len() - 1] < MOST.max(2 * before[before.len() - 1]));
}
