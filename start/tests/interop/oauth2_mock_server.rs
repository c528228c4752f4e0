//! oauth2-mock-server (npm) in our issuer's place: the loose one.

use super::scene::Scene;

const CLIENT: [(&str, &str); 4] = [
    ("CLIENT", "known"),
    ("CLIENT_ID", "any"),
    ("SCOPE", "openid food:read"),
    ("FIELDS", "{}"),
];

/// `claims` are what its access tokens say beside the ordinary; `knobs` how the resource server takes them.
async fn scene(claims: &str, knobs: &str) -> Option<Scene> {
    let mut scene = Scene::new("");
    scene.node_issuer("oauth2-mock-server", &[("CLAIMS", claims)]).await?;
    let issuer = &scene.issuer;
    let settings = format!("[[issuer]]\nissuer = {issuer:?}\ntyp = \"jwt\"\nalgorithms = [\"RS256\"]\n{knobs}\n");
    scene.resource(&settings).await;
    Some(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_audience_is_refused() {
    let Some(scene) = scene("{}", "").await else { return };
    let refused = scene.client(&CLIENT).unwrap_err();
    assert!(refused.contains("invalid_token"), "{refused}");
    assert!(scene.logs().contains("aud: "), "{}", scene.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_audience_passes_for_a_client_that_is_listed() {
    let knobs = "aud_mode = \"none\"\nclients = [\"any\"]";
    let Some(scene) = scene(r#"{"client_id": "any"}"#, knobs).await else {
        return;
    };
    scene.client(&CLIENT).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_audience_is_refused_for_any_other_client() {
    let knobs = "aud_mode = \"none\"\nclients = [\"other\"]";
    let Some(scene) = scene(r#"{"client_id": "any"}"#, knobs).await else {
        return;
    };
    let refused = scene.client(&CLIENT).unwrap_err();
    assert!(refused.contains("invalid_token"), "{refused}");
}

/// Scopes as roles under other names, and the audience that somebody configured long ago.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_shape_passes_by_settings_alone() {
    let claims = r#"{"aud": ["api://food"], "roles": ["Food.Reader"]}"#;
    let knobs = r#"audiences = ["api://food"]
scope_from = ["roles"]
scope_map = { "Food.Reader" = "food:read" }"#;
    let Some(scene) = scene(claims, knobs).await else {
        return;
    };
    scene.client(&CLIENT).unwrap();
}
