//! Signing out at a client's wish: OpenID Connect RP-Initiated Logout 1.0.

use serde_json::json;

use crate::support::person::Person;
use crate::support::{TestIssuer, text};

const BYE: &str = "https://client.example/bye?x=1";
const BYE_ENCODED: &str = "https%3A%2F%2Fclient.example%2Fbye%3Fx%3D1";

/// A client that registered [`BYE`].
async fn client_with_bye(issuer: &TestIssuer, bye: &str) -> String {
    let metadata = json!({"client_name": "Web", "redirect_uris": ["http://localhost:49152/callback"],
        "post_logout_redirect_uris": [bye]});
    let request = issuer.request("POST", "/oauth/register").json(&metadata);
    let body = request.send().await.unwrap().json().await.unwrap();
    text(&body, "client_id").to_owned()
}

/// An ID token of this user for this client.
async fn hint(issuer: &TestIssuer, client_id: &str, user_id: &str) -> String {
    let code = issuer.code_for(client_id, user_id, "openid").await;
    text(&issuer.exchange(&code).await.1, "id_token").to_owned()
}

async fn is_signed_in(person: &mut Person) -> bool {
    person.get("/").await.text.contains("You are signed in")
}

/// A signed-in person, a client with [`BYE`], and the hint that belongs to both.
async fn scene() -> (TestIssuer, Person, String, String) {
    let issuer = TestIssuer::start().await;
    let user_id = issuer.account("alex").await;
    let client_id = client_with_bye(&issuer, BYE).await;
    let hint = hint(&issuer, &client_id, &user_id).await;
    let person = issuer.signed_in_person("alex").await;
    (issuer, person, client_id, hint)
}

#[actix_web::test]
async fn with_a_hint_of_the_account_the_session_ends_and_the_browser_goes_back_with_state() {
    let (issuer, mut person, client_id, hint) = scene().await;
    issuer.advance(7200); // A hint that has ended is still a hint.
    let before = person.clone();
    let link = format!("/oauth/end-session?id_token_hint={hint}&post_logout_redirect_uri={BYE_ENCODED}&state=a%26b+c");
    let answer = person.get(&link).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert_eq!(answer.location(), format!("{BYE}&state=a%26b%20c"));
    assert!(!is_signed_in(&mut person).await);
    assert!(
        !is_signed_in(&mut before.clone()).await,
        "the session ended on the server"
    );
    let again = person.get(&format!("{link}&client_id={client_id}")).await;
    assert_eq!(
        again.location(),
        format!("{BYE}&state=a%26b%20c"),
        "once more is the same"
    );
}

#[actix_web::test]
async fn without_a_hint_a_page_asks_and_says_where_it_goes() {
    let (_issuer, mut person, client_id, _) = scene().await;
    let link = format!("/oauth/end-session?client_id={client_id}&post_logout_redirect_uri={BYE_ENCODED}&state=s");
    let page = person.get(&link).await;
    assert_eq!((page.status, page.title().contains("Sign out?")), (200, true));
    assert!(page.text.contains("client.example"), "{}", page.text);
    assert!(is_signed_in(&mut person).await, "a link alone signs nobody out");
    let csrf = page.field("csrf");
    let mut fields = vec![
        ("client_id", client_id.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    let refused = person.post("/oauth/end-session/confirm", &fields).await;
    assert_eq!(refused.status, 403, "without its token");
    assert!(is_signed_in(&mut person).await);
    fields.push(("csrf", &csrf));
    let answer = person.post("/oauth/end-session/confirm", &fields).await;
    assert_eq!((answer.status, answer.location()), (303, format!("{BYE}&state=s")));
    assert!(!is_signed_in(&mut person).await);
}

#[actix_web::test]
async fn another_accounts_hint_and_a_forged_one_sign_nobody_out() {
    let (issuer, mut person, client_id, hint_of_alex) = scene().await;
    let other = issuer.account("kim").await;
    let hint_of_kim = hint(&issuer, &client_id, &other).await;
    let forged = format!("{}x", hint_of_alex.rsplit_once('.').unwrap().0);
    let code = issuer.code_for(&client_id, &other, "openid").await;
    let tokens = issuer.exchange(&code).await.1;
    for hint in [hint_of_kim.as_str(), &forged, text(&tokens, "access_token"), "x"] {
        let link = format!("/oauth/end-session?id_token_hint={hint}&post_logout_redirect_uri={BYE_ENCODED}");
        let page = person.get(&link).await;
        assert_eq!((page.status, page.title().contains("Sign out?")), (200, true), "{hint}");
        assert!(is_signed_in(&mut person).await);
    }
    let someone_elses = client_with_bye(&issuer, "https://other.example/bye").await;
    let link = format!("/oauth/end-session?id_token_hint={hint_of_alex}&client_id={someone_elses}");
    assert_eq!(person.get(&link).await.status, 400, "hint and client_id differ");
    assert!(is_signed_in(&mut person).await);
}

#[actix_web::test]
async fn the_browser_goes_to_registered_addresses_only_and_without_a_hint_nowhere_by_itself() {
    let (issuer, mut person, client_id, hint) = scene().await;
    for other in [
        "https%3A%2F%2Fclient.example%2Fbye",
        "https%3A%2F%2Fclient.example%2Fbye%3Fx%3D1%26y",
        "https%3A%2F%2Fevil.example%2F",
        "javascript%3Aalert(1)",
    ] {
        let mut person = person.clone();
        let link = format!("/oauth/end-session?id_token_hint={hint}&post_logout_redirect_uri={other}");
        assert_eq!(person.get(&link).await.location(), "/signed-out", "{other}");
        let link = format!("/oauth/end-session?client_id={client_id}&post_logout_redirect_uri={other}");
        let page = issuer.person().get(&link).await;
        assert!(page.status == 200 && !page.text.contains("Go on to"), "{}", page.text);
    }
    // Anybody can register an address here, so nobody is sent there without a click.
    let link = format!("/oauth/end-session?client_id={client_id}&post_logout_redirect_uri={BYE_ENCODED}");
    let page = issuer.person().get(&link).await;
    assert_eq!((page.status, page.location().as_str()), (200, ""));
    assert!(page.text.contains("Go on to client.example"), "{}", page.text);
    assert_eq!(person.get("/oauth/end-session?client_id=%00&state=x").await.status, 200);
    assert_eq!(person.get("/oauth/end-session?state=x&state=y").await.status, 400);
}

/// Whoever has an account has hints, and may register an address: a link with both must not lead others there.
#[actix_web::test]
async fn a_hint_leads_nowhere_by_itself_in_a_browser_where_its_account_never_signed_in() {
    let (issuer, mut alex, _, hint) = scene().await;
    let link = format!("/oauth/end-session?id_token_hint={hint}&post_logout_redirect_uri={BYE_ENCODED}");
    let page = issuer.person().get(&link).await;
    assert_eq!((page.status, page.location().as_str()), (200, ""));
    assert!(page.text.contains("Go on to client.example"), "{}", page.text);
    issuer.advance(15 * 86_400);
    assert!(!is_signed_in(&mut alex).await);
    assert_eq!(
        alex.get(&link).await.location(),
        BYE,
        "the session ended by itself before"
    );
}

#[actix_web::test]
async fn a_form_of_the_clients_page_is_the_same_as_a_link() {
    let (_issuer, mut person, _, hint) = scene().await;
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
    let answer = person.post("/oauth/end-session", &fields).await;
    assert_eq!(answer.status, 303);
    assert!(is_signed_in(&mut person).await, "another site's form brings no cookies");
    let link = answer.location();
    assert_eq!(person.get(&link).await.location(), BYE);
    assert!(!is_signed_in(&mut person).await);
}
