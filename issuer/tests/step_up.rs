//! Step-up: a client that asks for more keeps what it has (docs/decisions/0011-step-up.md).

use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::person::{Person, Shown, authorize};
use crate::support::{OTHER_RESOURCE, TestIssuer, refresh_form, text};

const LOCAL: &str = "http://localhost/callback";
const WEB: &str = "https://client.example/callback";

const READ: &str = "<li>look up foods, and read the foods you saved";
const WRITE: &str = "<li>save foods for you, and change or delete the foods you saved";
const NEW: &str = " <span class=\"since\">new</span></li>";
const BEFORE: &str = " <span class=\"since\">allowed before</span></li>";

struct Scene {
    issuer: TestIssuer,
    client_id: String,
    redirect_uri: &'static str,
    person: Person,
}

impl Scene {
    async fn on(database: TestDatabase, redirect_uri: &'static str) -> Self {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let client_id = issuer.client_named("Test", &[redirect_uri]).await;
        let person = issuer.signed_in_person("alex").await;
        Self {
            issuer,
            client_id,
            redirect_uri,
            person,
        }
    }

    async fn new() -> Self {
        Self::on(TestDatabase::of_this_run(), LOCAL).await
    }

    /// What the browser is shown when the client asks for this.
    async fn asks(&mut self, besides: &str) -> Shown {
        let link = authorize(&self.client_id, self.redirect_uri, besides);
        self.person.visit(&link).await
    }

    async fn allows(&mut self, page: &Shown) -> Value {
        let (csrf, request, before) = (page.field("csrf"), page.field("request"), page.field("before"));
        let form = [
            ("csrf", csrf.as_str()),
            ("request", &request),
            ("before", &before),
            ("decision", "allow"),
        ];
        let answer = self.person.post("/consent", &form).await;
        self.tokens(&answer).await
    }

    async fn tokens(&self, answer: &Shown) -> Value {
        self.issuer.tokens(&self.client_id, answer).await
    }

    /// The scope that the client has after it asked for this and was allowed it.
    async fn gets(&mut self, besides: &str) -> String {
        let page = self.asks(besides).await;
        let tokens = self.allows(&page).await;
        text(&tokens, "scope").to_owned()
    }
}

#[actix_web::test]
async fn a_client_that_asks_for_more_keeps_what_it_has_and_the_page_says_what_is_new() {
    for database in TestDatabase::each() {
        let mut scene = Scene::on(database, LOCAL).await;
        let page = scene.asks("&scope=food:read").await;
        assert!(
            page.text.contains(&format!("{READ}</li>")) && !page.text.contains("class=\"since\""),
            "{}",
            page.text
        );
        assert_eq!(text(&scene.allows(&page).await, "scope"), "food:read");
        let page = scene.asks("&scope=food:write").await;
        assert!(page.text.contains(&format!("{READ}{BEFORE}")), "{}", page.text);
        assert!(page.text.contains(&format!("{WRITE}{NEW}")), "{}", page.text);
        let tokens = scene.allows(&page).await;
        assert_eq!(text(&tokens, "scope"), "food:read food:write");
        let (_, tokens) = scene
            .issuer
            .refresh(&scene.client_id, text(&tokens, "refresh_token"))
            .await;
        assert_eq!(text(&tokens, "scope"), "food:read food:write");
    }
}

#[actix_web::test]
async fn what_counts_is_the_same_person_client_and_resource() {
    let mut scene = Scene::new().await;
    assert_eq!(scene.gets("&scope=food:write").await, "food:write");
    let elsewhere = authorize(&scene.client_id, LOCAL, "&scope=food:read").replace("8081", "8082");
    assert!(elsewhere.contains(OTHER_RESOURCE));
    let page = scene.person.visit(&elsewhere).await;
    assert_eq!(
        text(&scene.allows(&page).await, "scope"),
        "food:read",
        "another resource"
    );
    scene.client_id = scene.issuer.client_named("Test 2", &[LOCAL]).await;
    assert_eq!(scene.gets("&scope=food:read").await, "food:read", "another client");
    scene.issuer.account("robin").await;
    scene.person = scene.issuer.signed_in_person("robin").await;
    assert_eq!(scene.gets("&scope=openid").await, "openid", "another person");
}

#[actix_web::test]
async fn what_was_taken_back_or_has_ended_counts_no_more() {
    let mut scene = Scene::new().await;
    let page = scene.asks("&scope=food:write").await;
    let tokens = scene.allows(&page).await;
    let form = [
        ("client_id", scene.client_id.as_str()),
        ("token", text(&tokens, "refresh_token")),
    ];
    let revoked = scene
        .issuer
        .request("POST", "/oauth/revoke")
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(revoked.status(), 200);
    assert_eq!(scene.gets("&scope=food:read").await, "food:read");
    scene.issuer.advance(31 * 86_400);
    scene.person = scene.issuer.signed_in_person("alex").await;
    assert_eq!(scene.gets("&scope=openid").await, "openid", "unused for 30 days");
}

#[actix_web::test]
async fn a_refresh_with_less_does_not_shrink_what_is_held() {
    let mut scene = Scene::new().await;
    let page = scene.asks("&scope=food:read%20food:write").await;
    let tokens = scene.allows(&page).await;
    let mut form = refresh_form(&scene.client_id, text(&tokens, "refresh_token"));
    form.push(("scope", "food:read"));
    let (_, tokens) = scene.issuer.post_token(&form).await;
    assert_eq!(text(&tokens, "scope"), "food:read");
    assert_eq!(scene.gets("&scope=openid").await, "food:read food:write openid");
}

#[actix_web::test]
async fn what_the_page_showed_is_what_holds() {
    let mut scene = Scene::new().await;
    let page = scene.asks("&scope=food:read").await;
    assert_eq!(
        scene.gets("&scope=food:write").await,
        "food:write",
        "in another window, meanwhile"
    );
    assert_eq!(text(&scene.allows(&page).await, "scope"), "food:read");
    for (before, expected) in [
        ("food:read food:write", "food:read food:write openid"),
        ("food:read profile x email", "food:read openid"),
        ("\"", "openid"),
        ("", "openid"),
    ] {
        let name = format!("Test of {before}");
        scene.client_id = scene.issuer.client_named(&name, &[LOCAL]).await;
        assert_eq!(
            scene.gets("&scope=food:read%20food:write").await,
            "food:read food:write"
        );
        let page = scene.asks("&scope=openid").await;
        let (csrf, request) = (page.field("csrf"), page.field("request"));
        let form = [
            ("csrf", csrf.as_str()),
            ("request", &request),
            ("before", before),
            ("decision", "allow"),
        ];
        let answer = scene.person.post("/consent", &form).await;
        assert_eq!(
            text(&scene.tokens(&answer).await, "scope"),
            expected,
            "a form with {before:?}"
        );
    }
}

#[actix_web::test]
async fn a_server_that_is_remembered_gets_the_union_without_a_page_and_nothing_that_it_was_not_allowed() {
    let mut scene = Scene::on(TestDatabase::of_this_run(), WEB).await;
    assert_eq!(scene.gets("&scope=food:read").await, "food:read");
    assert_eq!(scene.gets("&scope=food:write").await, "food:read food:write");
    let answer = scene.asks("&scope=food:read").await;
    assert_eq!(answer.status, 303, "no page: {}", answer.text);
    assert_eq!(text(&scene.tokens(&answer).await, "scope"), "food:read food:write");
    let page = scene.asks("&scope=openid").await;
    assert_eq!(page.status, 200, "something new is asked about");
}
