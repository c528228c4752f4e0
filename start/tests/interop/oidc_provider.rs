//! oidc-provider (npm) in our issuer's place.

use std::fs;

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::scene::{Scene, provider};

/// What its pages ask for; any login is taken.
const FIELDS: &str = r#"{"login": "alice", "password": "any"}"#;

async fn scene() -> Option<Scene> {
    let mut scene = Scene::new("");
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(scene.path("cert.pem"), cert.pem()).unwrap();
    fs::write(scene.path("key.pem"), signing_key.serialize_pem()).unwrap();
    let trusted = scene.path("cert.pem");
    let settings = [("NODE_EXTRA_CA_CERTS", trusted.to_str().unwrap())];
    scene.node_issuer("oidc-provider", &settings).await?;
    let settings = provider("oidc-provider", "https://oidc.example.com", &scene.issuer);
    scene.resource(&settings).await;
    Some(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_registers_a_client_whose_token_calls_a_tool() {
    let Some(scene) = scene().await else { return };
    scene
        .client(&[
            ("CLIENT", "registered"),
            ("SCOPE", "openid food:read"),
            ("FIELDS", FIELDS),
        ])
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_binds_a_token_to_a_key() {
    let Some(scene) = scene().await else { return };
    let bound = [
        ("CLIENT", "registered"),
        ("DPOP", "yes"),
        ("SCOPE", "food:read"),
        ("FIELDS", FIELDS),
    ];
    scene.client(&bound).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_knows_a_client_by_its_document() {
    let Some(scene) = scene().await else { return };
    let (cert, key) = (scene.path("cert.pem"), scene.path("key.pem"));
    let files = [
        ("TLS_CERT_FILE", cert.to_str().unwrap()),
        ("TLS_KEY_FILE", key.to_str().unwrap()),
    ];
    scene
        .client(
            &[
                &files[..],
                &[("CLIENT", "document"), ("SCOPE", "food:read"), ("FIELDS", FIELDS)],
            ]
            .concat(),
        )
        .unwrap();
}
