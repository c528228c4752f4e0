//! glewlwyd (a Debian package, in C) in our issuer's place: by its JWTs, and asked about each token.

use std::fs;
use std::process::{Command, Stdio};

use super::installed::{Language, missing, program};
use super::scene::Scene;
use crate::e2e::pair::PASSWORD;

/// Where Debian keeps its tables.
const TABLES: &str = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
/// Letters alone: it does not take a secret as RFC 6749 section 2.3.1 wants it encoded.
const SECRET: &str = "WhatTheResourceServerAsksWith";

fn configuration(scene: &Scene) -> String {
    let (port, url) = (scene.issuer_port, scene.issuer.trim_end_matches("/api/oidc"));
    let lib = "/usr/lib/glewlwyd";
    format!(
        "port={port}\nbind_address=\"127.0.0.1\"\nexternal_url=\"{url}\"\napi_prefix=\"api\"\nlogin_url=\"login.html\"\n\
         log_mode=\"console\"\nlog_level=\"INFO\"\ncookie_secure=0\nsession_key=\"GLEWLWYD2_SESSION_ID\"\n\
         session_expiration=86400\nadmin_scope=\"g_admin\"\nprofile_scope=\"g_profile\"\nhash_algorithm=\"SHA512\"\n\
         user_module_path=\"{lib}/user\"\nclient_module_path=\"{lib}/client\"\n\
         user_auth_scheme_module_path=\"{lib}/scheme\"\nplugin_module_path=\"{lib}/plugin\"\n\
         database = {{ type = \"sqlite3\"; path = \"glewlwyd.db\" }}\n"
    )
}

/// glewlwyd, set up and running, and the resource server with these knobs for it.
async fn scene(knobs: &str) -> Option<Scene> {
    let installed = Command::new("glewlwyd").arg("--version").stdout(Stdio::null()).status();
    if installed.is_err() {
        return missing("glewlwyd is not installed (Debian: apt-get install glewlwyd)");
    }
    let mut set_up = program(Language::Node, "glewlwyd.mjs")?;
    let mut scene = Scene::new("/api/oidc");
    make_tables(&scene);
    fs::write(scene.path("glewlwyd.conf"), configuration(&scene)).unwrap();
    let mut glewlwyd = Command::new("glewlwyd");
    glewlwyd.args(["--config-file", "glewlwyd.conf"]);
    let ready = scene.issuer.replace("/api/oidc", "/config");
    scene.serve("glewlwyd", glewlwyd, &ready).await;
    let output = set_up
        .envs([("ISSUER", &scene.issuer), ("RESOURCE", &scene.mcp_url)])
        .envs([("PASSWORD", PASSWORD), ("CLIENT_SECRET", SECRET)])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stderr),
        scene.logs()
    );
    fs::write(scene.path("secret"), SECRET).unwrap();
    let knobs = knobs.replace("ISSUER", &scene.issuer);
    let settings = format!("[[issuer]]\nissuer = {:?}\n{knobs}\n", scene.issuer);
    scene.resource(&settings).await;
    Some(scene)
}

fn make_tables(scene: &Scene) {
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())";
    let made = Command::new("python3")
        .args(["-c", script])
        .arg(scene.path("glewlwyd.db"))
        .arg(TABLES)
        .status();
    assert!(made.unwrap().success());
}

fn client(scene: &Scene, more: &[(&str, &str)]) -> Result<(), String> {
    let fields = format!(r#"{{"username": "alice", "password": "{PASSWORD}"}}"#);
    let settings = [
        ("PERSON", "./glewlwyd-person.mjs"),
        ("CLIENT", "known"),
        ("FIELDS", &fields),
    ];
    scene.client(&[&settings[..], more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn glewlwyds_jwts_call_a_tool() {
    let Some(scene) = scene("algorithms = [\"RS256\"]").await else {
        return;
    };
    client(&scene, &[("CLIENT_ID", "public"), ("SCOPE", "openid food:read")]).unwrap();
    client(
        &scene,
        &[("CLIENT_ID", "public"), ("SCOPE", "food:read"), ("DPOP", "yes")],
    )
    .unwrap();
}

/// The knobs with which the resource server asks about each token, and keeps the answer for a second.
const ASK: &str = r#"mode = "introspection"
introspection = { url = "ISSUER/introspect", client_id = "food", client_secret_file = "secret", cache_s = 1 }"#;

#[tokio::test(flavor = "multi_thread")]
async fn glewlwyd_is_asked_about_each_token() {
    let Some(scene) = scene(ASK).await else { return };
    let food = [
        ("CLIENT_ID", "food"),
        ("CLIENT_SECRET", SECRET),
        ("SCOPE", "openid food:read"),
    ];
    client(&scene, &[&food[..], &[("REVOKE", "yes")]].concat()).unwrap();
    let bound = [&food[..], &[("DPOP", "yes")]].concat();
    client(&scene, &bound).unwrap();
    // It tells nobody about a token of another client.
    let refused = client(&scene, &[("CLIENT_ID", "public"), ("SCOPE", "food:read")]).unwrap_err();
    assert!(refused.contains("not active"), "{refused}");
}
