//! Too many requests: RFC 6585 section 4. What is refused, in which words, and what never is.

use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, refresh_form, text};

async fn limited(limits: &str) -> TestIssuer {
    TestIssuer::with(TestDatabase::of_this_run(), &[("ISSUER_RATE_LIMITS", limits)]).await
}

#[actix_web::test]
async fn programs_get_json_that_says_when_to_come_back() {
    let issuer = limited("token=5,register=5,introspect=5").await;
    for path in ["/oauth/token", "/oauth/register", "/oauth/introspect"] {
        for _ in 0..5 {
            assert!(matches!(
                issuer.request("POST", path).send().await.unwrap().status().as_u16(),
                400 | 401
            ));
        }
        let refused = issuer.request("POST", path).send().await.unwrap();
        assert_eq!(refused.status(), 429, "{path}");
        for (name, value) in [
            ("retry-after", "12"),
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(refused.headers()[name], value, "{path}");
        }
        if path != "/oauth/introspect" {
            assert_eq!(refused.headers()["access-control-allow-origin"], "*", "{path}");
            let exposed = refused.headers()["access-control-expose-headers"].to_str().unwrap();
            assert!(exposed.contains("Retry-After"));
        }
        let body = refused.json().await.unwrap();
        assert_eq!(text(&body, "error"), "temporarily_unavailable");
        assert_eq!(text(&body, "error_description"), "too many requests; try again in 12 s");
    }
    issuer.advance(12);
    assert_ne!(
        issuer.request("POST", "/oauth/token").send().await.unwrap().status(),
        429
    );
}

#[actix_web::test]
async fn people_get_a_page_that_says_when_to_come_back() {
    let issuer = limited("pages=3,authorize=2").await;
    for (path, free) in [("/sign-in", 3), ("/oauth/authorize?client_id=x", 2)] {
        for _ in 0..free {
            assert_ne!(issuer.person().get(path).await.status, 429);
        }
        let page = issuer.person().get(path).await;
        assert_eq!(page.status, 429, "{path}");
        assert!(page.text.contains("Too many requests from your network") && page.text.contains("Wait "));
        assert!(page.header("content-type").starts_with("text/html") && !page.header("retry-after").is_empty());
        assert!(
            page.header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
    }
}

#[actix_web::test]
async fn what_clients_need_to_find_their_way_is_never_limited() {
    let issuer = limited("authorize=1,pages=1,token=1,register=1,introspect=1,client=1").await;
    let style = issuer.person().get("/").await.text;
    let style = style
        .split("href=\"")
        .find_map(|rest| rest.split('"').next().filter(|path| path.starts_with("/assets/")));
    for path in [
        "/healthz",
        "/readyz",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/oauth/keys",
        style.unwrap(),
    ] {
        for _ in 0..20 {
            assert_eq!(
                issuer.request("GET", path).send().await.unwrap().status(),
                200,
                "{path}"
            );
        }
    }
}

#[actix_web::test]
async fn a_client_in_a_loop_is_stopped_and_its_neighbor_is_not() {
    let issuer = limited("client=5").await;
    let ((looping, tokens), (other, others)) = (issuer.signed_in().await, issuer.signed_in().await);
    let mut token = text(&tokens, "refresh_token").to_owned();
    for _ in 0..4 {
        let (status, tokens) = issuer.refresh(&looping, &token).await;
        assert_eq!(status, 200, "{tokens}");
        text(&tokens, "refresh_token").clone_into(&mut token);
    }
    let form = refresh_form(&looping, &token);
    assert_eq!(issuer.post_token(&form).await.0, 429);
    assert_eq!(issuer.refresh(&other, text(&others, "refresh_token")).await.0, 200);
    issuer.advance(12);
    assert_eq!(
        issuer.post_token(&form).await.0,
        200,
        "the token was not used up by the refusal"
    );
}

#[actix_web::test]
async fn a_preflight_is_not_counted() {
    let issuer = limited("token=1").await;
    for _ in 0..5 {
        let request = issuer.request("OPTIONS", "/oauth/token");
        let answer = request
            .header("access-control-request-method", "POST")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204);
    }
    assert_ne!(
        issuer.request("POST", "/oauth/token").send().await.unwrap().status(),
        429
    );
}
