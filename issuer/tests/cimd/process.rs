//! What the real program says and does about documents.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::net::TcpListener;

use serde_json::Value;

use super::{REDIRECT_URI, WITH_PORT};
use crate::support::documents::{DocumentServer, LOOPBACK, Served};
use crate::support::person::authorize;
use crate::support::process::Process;
use crate::support::{TestIssuer, client};

fn lines(mut log: File) -> String {
    let mut lines = String::new();
    log.rewind().unwrap();
    log.read_to_string(&mut lines).unwrap();
    lines
}

async fn advertised(process: &Process) -> Option<Value> {
    let url = format!("{}/.well-known/oauth-authorization-server", process.url);
    let metadata: Value = client().get(url).send().await.unwrap().json().await.unwrap();
    metadata.get("client_id_metadata_document_supported").cloned()
}

#[actix_web::test]
async fn loopback_is_permitted_loudly_and_the_use_of_a_seed_is_told() {
    let issuer = TestIssuer::start().await.stop().await;
    let server = DocumentServer::start();
    let folder = tempfile::tempdir().unwrap();
    let seeds = folder.path().join("seeds.json");
    let client_id = server.client_id("/client");
    let seed = serde_json::json!([{"client_id": client_id, "redirect_uris": [REDIRECT_URI]}]);
    std::fs::write(&seeds, seed.to_string()).unwrap();
    server.serve("/client", Served::status(503));
    let log = tempfile::tempfile().unwrap();
    let settings = [LOOPBACK, ("ISSUER_CIMD_SEED_FILE", seeds.to_str().unwrap())];
    let process = Process::start(&issuer, &settings, log.try_clone().unwrap()).await;
    let url = format!("{}{}", process.url, authorize(&client_id, WITH_PORT, ""));
    assert_eq!(client().get(url).send().await.unwrap().status(), 303);
    drop(process);
    let log = lines(log);
    for words in [
        "ISSUER_CIMD_ALLOW_LOOPBACK is on",
        "status 503",
        "the one that came with this server is used",
        &client_id,
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
}

#[actix_web::test]
async fn without_root_certificates_documents_are_not_advertised_and_the_program_runs() {
    let issuer = TestIssuer::start().await.stop().await;
    for (settings, expected) in [
        (vec![("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "/nowhere")], None),
        (vec![], Some(Value::Bool(true))),
    ] {
        let log = tempfile::tempfile().unwrap();
        let process = Process::start(&issuer, &settings, log.try_clone().unwrap()).await;
        assert_eq!(advertised(&process).await, expected);
        drop(process);
        assert_eq!(lines(log).contains("as with ISSUER_CIMD=off"), expected.is_none());
    }
}

/// A proxy looks the names up itself, past the check of the addresses.
#[actix_web::test]
async fn no_proxy_of_the_environment_is_asked() {
    let issuer = TestIssuer::start().await.stop().await;
    let server = DocumentServer::start();
    let plain = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    // What connects waits here until it is looked for; nobody answers.
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let variables = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ];
    let settings: Vec<_> = variables
        .iter()
        .map(|name| (*name, url.as_str()))
        .chain([LOOPBACK])
        .collect();
    let process = Process::start(&issuer, &settings, tempfile::tempfile().unwrap()).await;
    let asked = async |client_id: &str| {
        let url = format!("{}{}", process.url, authorize(client_id, WITH_PORT, ""));
        client().get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!((asked(&plain).await, server.asked("/client")), (303, 1));
    let encrypted = plain.replace("http:", "https:");
    assert_eq!(asked(&encrypted).await, 503, "the server knows no TLS");
    assert_eq!(proxy.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
