//! A real server, real files, real connections.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

const OFTEN: Duration = Duration::from_millis(10);

/// A self-signed certificate for localhost and its key, as PEM, and the certificate alone.
fn pair() -> (String, String, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    (
        pem("CERTIFICATE", certificate.der()),
        pem("PRIVATE KEY", &key.serialize_der()),
        certificate.der().clone(),
    )
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn files(folder: &TempDir, certificate: &str, key: &str) -> TlsFiles {
    let files = TlsFiles {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    put(&files.certificate, certificate);
    put(&files.key, key);
    files
}

fn put(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
}

fn serve(files: &TlsFiles) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = files.server_config_looking(OFTEN).unwrap();
    let server = HttpServer::new(|| App::new().route("/", web::get().to(HttpResponse::NoContent)));
    let server = server
        .workers(1)
        .listen_rustls_0_23(listener, config)
        .unwrap()
        .disable_signals();
    actix_web::rt::spawn(server.run());
    address
}

/// A connection that trusts this certificate and no other.
async fn connect(address: SocketAddr, trusted: &CertificateDer<'static>) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// The status line of one request on an open connection.
async fn get(stream: &mut TlsStream<TcpStream>) -> String {
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut answer = vec![0; 1024];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length])
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

async fn until_connected(address: SocketAddr, trusted: &CertificateDer<'static>) -> TlsStream<TcpStream> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match connect(address, trusted).await {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(OFTEN).await;
    }
}

#[actix_web::test]
async fn a_new_certificate_is_taken_and_open_connections_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (pair(), pair());
    let files = files(&folder, &old.0, &old.1);
    let address = serve(&files);
    let mut open = connect(address, &old.2).await.unwrap();
    assert_eq!(get(&mut open).await, "HTTP/1.1 204 No Content");
    assert!(connect(address, &new.2).await.is_err());
    put(&files.certificate, &new.0);
    put(&files.key, &new.1);
    let mut fresh = until_connected(address, &new.2).await;
    assert_eq!(get(&mut fresh).await, "HTTP/1.1 204 No Content");
    assert_eq!(get(&mut open).await, "HTTP/1.1 204 No Content", "it was open before");
    assert!(connect(address, &old.2).await.is_err());
}

#[actix_web::test]
async fn half_of_a_new_pair_and_rubbish_change_nothing_and_the_other_half_completes_it() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (pair(), pair());
    let files = files(&folder, &old.0, &old.1);
    let provider = aws_lc_rs::default_provider();
    let mut known = files.content().unwrap();
    let current = Current(ArcSwap::from_pointee(files.certified(&known, &provider).unwrap()));
    let in_use = |current: &Current| current.0.load().cert.first().unwrap().clone();
    for (certificate, key) in [
        (&new.0, &old.1),
        (&"rubbish".to_owned(), &old.1),
        (&new.0, &String::new()),
    ] {
        put(&files.certificate, certificate);
        put(&files.key, key);
        files.renew(&current, &mut known, &provider);
        assert_eq!(in_use(&current), old.2);
    }
    std::fs::remove_file(&files.key).unwrap();
    files.renew(&current, &mut known, &provider);
    assert_eq!(in_use(&current), old.2);
    put(&files.key, &new.1);
    files.renew(&current, &mut known, &provider);
    assert_eq!(in_use(&current), new.2);
}

#[test]
fn what_is_wrong_at_the_start_names_the_file_and_not_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (pair(), pair());
    for (certificate, key, told) in [
        ("", one.1.as_str(), "certificate.pem: there is no certificate"),
        (
            one.0.as_str(),
            "-----BEGIN PLANTED-----",
            "key.pem: there is no private key",
        ),
        (one.0.as_str(), other.1.as_str(), "key.pem: "),
    ] {
        let files = files(&folder, certificate, key);
        let error = files.server_config().unwrap_err().to_string();
        assert!(error.contains(told) && !error.contains("PLANTED"), "{error}");
    }
    let gone = TlsFiles {
        certificate: folder.path().join("gone.pem"),
        key: folder.path().join("key.pem"),
    };
    assert!(gone.server_config().unwrap_err().to_string().contains("cannot read"));
}
