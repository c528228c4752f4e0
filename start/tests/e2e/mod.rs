//! The whole main job over real HTTP: both programs as processes, and rmcp's own OAuth client in
//! place of one written for the test.

mod browser;
mod doctor;
pub(crate) mod pair;
mod status_list;

use std::time::Duration;

use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::service::RunningService;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::{AuthClient, AuthorizationRequest, OAuthState};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{RoleClient, model::CallToolResult};
use serde_json::{Value, json};

use browser::Decision;
use pair::Pair;

type Client = RunningService<RoleClient, ()>;

/// Discovery, registration, sign-in, consent and code exchange, all driven by rmcp's client.
async fn authorized(pair: &Pair) -> OAuthState {
    let mut oauth = OAuthState::new(pair.mcp_url.as_str(), None).await.unwrap();
    let request = AuthorizationRequest::new("http://localhost:50123/callback").with_client_name("rmcp test");
    oauth.start_authorization(request).await.unwrap();
    let url = oauth.get_authorization_url().await.unwrap();
    let callback = browser::visit(&url, "alice", pair::PASSWORD, Decision::Allow).await;
    oauth.handle_callback_url(&callback).await.unwrap();
    oauth
}

async fn connect(pair: &Pair, oauth: OAuthState) -> Client {
    let manager = oauth.into_authorization_manager().unwrap();
    let client = AuthClient::new(pair::http(), manager);
    let config = StreamableHttpClientTransportConfig::with_uri(pair.mcp_url.as_str());
    ().serve(StreamableHttpClientTransport::with_client(client, config))
        .await
        .unwrap()
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> CallToolResult {
    let arguments = arguments.as_object().unwrap().clone();
    client
        .call_tool(CallToolRequestParams::new(tool).with_arguments(arguments))
        .await
        .unwrap()
}

async fn tokens(oauth: &OAuthState) -> (String, Value) {
    let (client_id, response) = oauth.get_credentials().await.unwrap();
    (client_id, serde_json::to_value(response.unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn rmcps_own_client_signs_in_and_calls_every_tool() {
    let pair = Pair::start().await;
    pair.add_user("alice");
    let client = connect(&pair, authorized(&pair).await).await;

    let tools = client.list_all_tools().await.unwrap();
    let mut names: Vec<_> = tools.iter().map(|tool| tool.name.to_string()).collect();
    names.sort();
    assert_eq!(names, ["calculate_meal", "get_nutrition", "save_food", "search_food"]);

    let found = call(&client, "search_food", json!({"query": "banana"}))
        .await
        .structured_content
        .unwrap();
    assert_eq!(found["results"][0]["id"], "09040", "{found}");

    let banana = json!({"foodId": "09040", "amount": 1, "unit": "medium"});
    let banana = call(&client, "get_nutrition", banana).await.structured_content.unwrap();
    let calories = banana["nutrients"]["calories"]["value"].as_f64().unwrap();
    assert!((calories - 105.0).abs() < 1.0, "{banana}");

    let meal = json!({"items": [
        {"query": "large egg", "amount": 2, "unit": "large"},
        {"query": "whole-wheat toast", "amount": 1, "unit": "slice"},
        {"query": "butter", "amount": 1, "unit": "tbsp"},
    ]});
    let meal = call(&client, "calculate_meal", meal).await;
    assert_ne!(meal.is_error, Some(true), "{meal:?}");
    let calories = meal.structured_content.unwrap()["totals"]["calories"]["value"]
        .as_f64()
        .unwrap();
    assert!(
        (300.0..380.0).contains(&calories),
        "two eggs, toast and butter have {calories} kcal"
    );

    let bar = json!({"name": "Granny's oat bar", "servingSize": {"amount": 1, "unit": "bar", "grams": 40},
        "nutrients": {"calories": 180, "protein_g": 4, "total_carbs_g": 25, "total_fat_g": 7}});
    let saved = call(&client, "save_food", bar).await;
    assert_ne!(saved.is_error, Some(true), "{saved:?}");
    let again = call(&client, "search_food", json!({"query": "granny oat bar"}))
        .await
        .structured_content
        .unwrap();
    assert_eq!(again["results"][0]["source"], "custom", "{again}");
    client.cancel().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_rotates_and_revocation_ends_it() {
    let pair = Pair::start().await;
    pair.add_user("alice");
    let oauth = authorized(&pair).await;
    let (client_id, first) = tokens(&oauth).await;
    assert_eq!(first["expires_in"], 3600);

    oauth.refresh_token().await.unwrap();
    let (_, second) = tokens(&oauth).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);

    let refresh_token = second["refresh_token"].as_str().unwrap();
    let form = [("token", refresh_token), ("client_id", &client_id)];
    let revoked = pair::http()
        .post(pair.issuer("/oauth/revoke"))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(revoked.status(), 200);
    let refused = oauth.refresh_token().await.unwrap_err().to_string();
    assert!(refused.contains("rejected"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn denying_tells_the_client_access_denied() {
    let pair = Pair::start().await;
    pair.add_user("alice");
    let mut oauth = OAuthState::new(pair.mcp_url.as_str(), None).await.unwrap();
    let request = AuthorizationRequest::new("http://localhost:50123/callback");
    oauth.start_authorization(request).await.unwrap();
    let url = oauth.get_authorization_url().await.unwrap();
    let callback = browser::visit(&url, "alice", pair::PASSWORD, Decision::Deny).await;
    assert!(
        callback.contains("error=access_denied") && callback.contains("iss="),
        "{callback}"
    );
    assert!(oauth.handle_callback_url(&callback).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_still_work_while_the_issuer_is_away_and_after_both_restart() {
    let mut pair = Pair::start().await;
    pair.add_user("alice");
    let oauth = authorized(&pair).await;
    let (_, response) = tokens(&oauth).await;
    let access_token = response["access_token"].as_str().unwrap().to_owned();

    pair.stop_issuer();
    assert_eq!(pair.discover(&access_token).await, 200, "the keys are kept");
    pair.restart_resource();
    assert_eq!(
        pair.wait_for_status(&access_token, 200, Duration::from_secs(1)).await,
        503,
        "no keys yet: not the token's fault"
    );
    pair.start_issuer().await;
    assert_eq!(
        pair.wait_for_status(&access_token, 200, Duration::from_mins(1)).await,
        200
    );
    oauth.refresh_token().await.unwrap();
}
