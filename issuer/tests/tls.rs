//! The issuer with TLS of its own, as a program: pages, metadata, health, and a new certificate while it runs.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair};

use crate::support::program::{complaint, free_address, program, run};

/// A running program, killed at the end.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// Writes a new pair into this folder; the certificate as PEM.
fn new_pair(folder: &Path) -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = pem("CERTIFICATE", certificate.self_signed(&key).unwrap().der());
    std::fs::write(folder.join("certificate.pem"), &certificate).unwrap();
    std::fs::write(folder.join("key.pem"), pem("PRIVATE KEY", &key.serialize_der())).unwrap();
    certificate
}

/// A client that trusts this certificate alone, with no connection kept.
#[expect(clippy::disallowed_methods, reason = "a test, on loopback")]
fn trusting(certificate: &str) -> reqwest::Client {
    let certificate = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
    let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
    builder.tls_certs_only([certificate]).build().unwrap()
}

async fn eventually(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while !done().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn the_program_serves_https_and_takes_a_new_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let first = new_pair(folder.path());
    let address = free_address();
    let url = format!("https://localhost:{}", address.rsplit(':').next().unwrap());
    let settings = [
        ("ISSUER_LISTEN", address.as_str()),
        ("ISSUER_PUBLIC_URL", &url),
        ("ISSUER_TLS_CERT_FILE", "certificate.pem"),
        ("ISSUER_TLS_KEY_FILE", "key.pem"),
    ];
    let mut serve = program(&["serve"], &settings, folder.path());
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    serve.stdout(log.try_clone().unwrap()).stderr(log);
    let _running = Running(serve.spawn().unwrap());
    eventually("healthcheck", async || {
        program(&["healthcheck"], &settings, folder.path())
            .output()
            .unwrap()
            .status
            .success()
    })
    .await;
    let client = trusting(&first);
    let page = client.get(format!("{url}/")).send().await.unwrap();
    assert_eq!(page.headers()["strict-transport-security"], "max-age=63072000");
    let metadata = client
        .get(format!("{url}/.well-known/openid-configuration"))
        .send()
        .await
        .unwrap();
    let metadata: serde_json::Value = metadata.json().await.unwrap();
    assert_eq!(metadata["issuer"], url.as_str());
    let second = trusting(&new_pair(folder.path()));
    let health = format!("{url}/healthz");
    assert!(second.get(&health).send().await.is_err());
    eventually("the new certificate", async || second.get(&health).send().await.is_ok()).await;
    let anew = trusting(&first).get(&health).send().await;
    assert!(
        anew.is_err(),
        "nobody gets the old one any more, but who resumes a session"
    );
}

#[test]
fn a_start_without_https_or_with_half_of_it_says_what_to_do() {
    let exposed = ("ISSUER_PUBLIC_URL", "http://id.example.com");
    let told = run(&["serve"], &[exposed]);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(
        told.contains("must be https") && told.contains("ISSUER_ALLOW_PLAIN_HTTP=on"),
        "{told}"
    );
    let address = free_address();
    let listen = ("ISSUER_LISTEN", address.as_str());
    let half = run(&["serve"], &[listen, ("ISSUER_TLS_CERT_FILE", "certificate.pem")]);
    assert!(String::from_utf8_lossy(&half.stderr).contains("set together, or neither"));
    let gone = [
        listen,
        ("ISSUER_TLS_CERT_FILE", "gone.pem"),
        ("ISSUER_TLS_KEY_FILE", "key.pem"),
    ];
    assert!(complaint(&run(&["serve"], &gone)).contains("cannot read gone.pem"));
}
