//! The revocation endpoint: RFC 7009.

use crate::support::{TestIssuer, error, read, text};

async fn revoke(issuer: &TestIssuer, client_id: &str, token: &str) -> u16 {
    let form = [("token", token), ("client_id", client_id)];
    let answer = issuer
        .request("POST", "/oauth/revoke")
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    answer.status().as_u16()
}

#[actix_web::test]
async fn giving_back_a_refresh_token_ends_the_grant() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let refresh_token = text(&tokens, "refresh_token");
    assert_eq!(revoke(&issuer, &client_id, refresh_token).await, 200);
    assert_eq!(
        error(&issuer.refresh(&client_id, refresh_token).await),
        (400, "invalid_grant")
    );
    assert_eq!(
        revoke(&issuer, &client_id, refresh_token).await,
        200,
        "a second time is no error"
    );
}

#[actix_web::test]
async fn a_sign_out_as_claude_code_sends_it_is_200_twice_whatever_the_hints_say() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    for (member, hint) in [
        ("refresh_token", "access_token"),
        ("access_token", "access_token"),
        ("refresh_token", "refresh_token"),
        ("access_token", "never heard of"),
    ] {
        let token = text(&tokens, member);
        let form = [("token", token), ("token_type_hint", hint), ("client_id", &client_id)];
        let answer = issuer
            .request("POST", "/oauth/revoke")
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{member}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.text().await.unwrap(), "", "{member}");
    }
    let refused = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(error(&refused), (400, "invalid_grant"));
}

#[actix_web::test]
async fn giving_back_an_access_token_ends_the_grant_also_after_the_token_ended() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    issuer.advance(7200);
    assert_eq!(revoke(&issuer, &client_id, text(&tokens, "access_token")).await, 200);
    let refused = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(error(&refused), (400, "invalid_grant"));
}

#[actix_web::test]
async fn an_old_refresh_token_ends_the_grant_too() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let (_, next) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(revoke(&issuer, &client_id, text(&tokens, "refresh_token")).await, 200);
    assert_eq!(
        error(&issuer.refresh(&client_id, text(&next, "refresh_token")).await),
        (400, "invalid_grant")
    );
}

#[actix_web::test]
async fn another_clients_token_stays_and_the_answer_does_not_tell() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let stranger = issuer.client().await;
    for member in ["refresh_token", "access_token"] {
        assert_eq!(revoke(&issuer, &stranger, text(&tokens, member)).await, 200);
    }
    assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 200);
}

#[actix_web::test]
async fn unknown_and_altered_tokens_are_200_and_end_nothing() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let (refresh_token, access_token) = (text(&tokens, "refresh_token"), text(&tokens, "access_token"));
    let signature = access_token.rfind('.').unwrap() + 1;
    let swapped = if access_token[signature..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    let forged = format!(
        "{}{swapped}{}",
        &access_token[..signature],
        &access_token[signature + 1..]
    );
    for token in ["x", &refresh_token[..78], &format!("{refresh_token}A"), &forged] {
        assert_eq!(revoke(&issuer, &client_id, token).await, 200, "{token}");
    }
    assert_eq!(issuer.refresh(&client_id, refresh_token).await.0, 200);
}

#[actix_web::test]
async fn an_unknown_client_and_a_missing_token_are_told() {
    let issuer = TestIssuer::start().await;
    let post = async |form: &[(&str, &str)]| {
        read(issuer.request("POST", "/oauth/revoke").form(form).send().await.unwrap()).await
    };
    assert_eq!(
        error(&post(&[("token", "x"), ("client_id", "nobody")]).await),
        (401, "invalid_client")
    );
    let client_id = issuer.client().await;
    assert_eq!(
        error(&post(&[("client_id", &client_id)]).await),
        (400, "invalid_request")
    );
}
