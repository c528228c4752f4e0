//! threats.md B36: of the codes nothing is left behind, neither in the log nor in the database.

use std::io::{Read, Seek};

use serde_json::{Value, json};

use super::{DEVICE_CODE, Device, ON};
use crate::secrets::contains;
use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, Person};
use crate::support::process::Process;
use crate::support::{TestIssuer, client, read, text};

/// A program begins at this issuer.
async fn begin(process: &Process) -> Device {
    let url = |path: &str| format!("{}{path}", process.url);
    let metadata = json!({"client_name": "Tool", "grant_types": [DEVICE_CODE, "refresh_token"]});
    let registered = client().post(url("/oauth/register")).json(&metadata).send().await;
    let registered: Value = registered.unwrap().json().await.unwrap();
    let client_id = text(&registered, "client_id");
    let request = client().post(url("/oauth/device_authorization"));
    let (status, body) = read(request.form(&[("client_id", client_id)]).send().await.unwrap()).await;
    assert_eq!(status, 200, "{body}");
    Device::of(client_id, &body)
}

/// A person follows the link with the code, signs in and allows it; the name of the request on the way.
async fn allow(process: &Process, device: &Device) -> String {
    let mut alex = Person::of(&process.url);
    let page = alex.visit(&format!("/device?user_code={}", device.user_code)).await;
    let (csrf, onward) = (page.field("csrf"), page.field("device"));
    let form = [
        ("csrf", csrf.as_str()),
        ("device", &onward),
        ("username", "alex"),
        ("password", PASSWORD),
    ];
    assert_eq!(alex.post("/sign-in", &form).await.status, 303);
    let page = alex.type_code(&device.user_code).await;
    assert!(alex.decide_device(&page, "allow").await.text.contains("You allowed"));
    page.field("waiting")
}

#[actix_web::test]
async fn a_run_leaves_no_code_in_the_log_or_the_database() {
    let issuer = TestIssuer::now(TestDatabase::of_this_run()).await;
    issuer.account("alex").await;
    let issuer = issuer.stop().await;
    let mut log = tempfile::tempfile().unwrap();
    let settings = [("RUST_LOG", "trace"), ON[0]];
    let process = Process::start(&issuer, &settings, log.try_clone().unwrap()).await;
    let device = begin(&process).await;
    let handle = allow(&process, &device).await;
    let request = client()
        .post(format!("{}/oauth/token", process.url))
        .form(&device.form());
    let (status, tokens) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 200, "{tokens}");
    drop(process);

    let mut left = Vec::new();
    log.rewind().unwrap();
    log.read_to_end(&mut left).unwrap();
    assert!(contains(&left, "grant_begun"), "the log is there");
    left.extend(issuer.database.bytes().await);
    let plain = device.user_code.replace('-', "");
    for secret in [&device.code, &device.user_code, &plain, &handle] {
        assert!(!contains(&left, secret), "{secret} was left behind");
    }
}
