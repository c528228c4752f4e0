//! Providers that are run for one.

use jsonwebtoken::Algorithm;
use serde_json::json;

use super::{Provider, RESOURCE, check};

pub(super) const FILES: &[&str] = &[
    "auth0", "clerk", "cognito", "descope", "entra", "okta", "stytch", "supabase", "workos",
];

#[actix_web::test]
async fn auth0() {
    let iss = "https://tenant.eu.auth0.com/";
    let access_token = json!({"iss": iss, "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
        "aud": [RESOURCE, "https://tenant.eu.auth0.com/userinfo"], "azp": "c1",
        "scope": "openid profile", "permissions": ["food:read"]});
    let id_token = json!({"iss": iss, "sub": "auth0|5f7c8ec7c33c6c004bbafe82", "aud": "c1", "nonce": "n", "sid": "s"});
    for (typ, client) in [("JWT", "azp"), ("at+jwt", "client_id")] {
        let mut access_token = access_token.clone();
        access_token[client] = json!("c1");
        if client == "client_id" {
            access_token.as_object_mut().unwrap().remove("azp");
        }
        check(Provider {
            file: "auth0",
            algorithm: Algorithm::RS256,
            typ: Some(typ),
            client: Some(client),
            access_token,
            id_token: id_token.clone(),
        })
        .await;
    }
}

#[actix_web::test]
async fn okta() {
    let iss = "https://company.okta.com/oauth2/default";
    check(Provider {
        file: "okta",
        algorithm: Algorithm::RS256,
        typ: None,
        client: Some("cid"),
        access_token: json!({"iss": iss, "ver": 1, "jti": "AT.1", "aud": "api://default", "cid": "0oa1",
            "uid": "00u1", "scp": ["openid", "food:read"], "auth_time": 1, "sub": "alice@example.com"}),
        id_token: json!({"iss": iss, "ver": 1, "jti": "ID.1", "aud": "0oa1", "sub": "00u1", "amr": ["pwd"],
            "idp": "00o1", "at_hash": "h", "auth_time": 1}),
    })
    .await;
}

#[actix_web::test]
async fn entra() {
    let tid = "11111111-2222-3333-4444-555555555555";
    let (aud, client) = (
        "66666666-7777-8888-9999-aaaaaaaaaaaa",
        "bbbbbbbb-cccc-dddd-eeee-ffffffffffff",
    );
    let iss = format!("https://login.microsoftonline.com/{tid}/v2.0");
    check(Provider {
        file: "entra",
        algorithm: Algorithm::RS256,
        typ: Some("JWT"),
        client: Some("azp"),
        access_token: json!({"iss": iss, "aud": aud, "azp": client, "azpacr": "0", "name": "Alice", "nbf": 0,
            "oid": "12121212-3434-5656-7878-909090909090", "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
            "scp": "Food.Read", "tid": tid, "uti": "u", "ver": "2.0", "rh": "0.A"}),
        // For an application that is its own client: the same aud, and neither nonce nor at_hash.
        id_token: json!({"iss": iss, "aud": aud, "name": "Alice", "nbf": 0, "tid": tid, "ver": "2.0",
            "oid": "12121212-3434-5656-7878-909090909090", "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"}),
    })
    .await;
}

#[actix_web::test]
async fn cognito() {
    let iss = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI";
    let sub = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    check(Provider {
        file: "cognito",
        algorithm: Algorithm::RS256,
        typ: None,
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": sub, "client_id": "1example23456789", "token_use": "access",
            "version": 2, "scope": "openid food-api/food:read", "auth_time": 1, "origin_jti": "o", "event_id": "e",
            "jti": "j", "username": "alice", "cognito:groups": ["cooks"]}),
        id_token: json!({"iss": iss, "sub": sub, "aud": "1example23456789", "token_use": "id", "auth_time": 1,
            "origin_jti": "o", "event_id": "e", "jti": "j", "cognito:username": "alice"}),
    })
    .await;
}

#[actix_web::test]
async fn workos() {
    let iss = "https://company.authkit.app";
    check(Provider {
        file: "workos",
        algorithm: Algorithm::RS256,
        typ: Some("JWT"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": "user_01HBEQ", "aud": RESOURCE, "client_id": "client_01HBEQ",
            "scope": "openid food:read", "sid": "session_01HBEQ", "jti": "01HBEQ", "org_id": "org_1"}),
        id_token: json!({"iss": iss, "sub": "user_01HBEQ", "aud": "client_01HBEQ", "nonce": "n"}),
    })
    .await;
}

#[actix_web::test]
async fn stytch() {
    let iss = "https://login.example.com";
    let project = "project-live-00000000-1111-2222-3333-444444444444";
    check(Provider {
        file: "stytch",
        algorithm: Algorithm::RS256,
        typ: Some("JWT"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": "user-live-1", "aud": [project], "client_id": "connected-app-live-1",
            "scope": "openid food:read", "nbf": 0, "jti": "j"}),
        id_token: json!({"iss": iss, "sub": "user-live-1", "aud": ["connected-app-live-1"], "nonce": "n"}),
    })
    .await;
}

#[actix_web::test]
async fn descope() {
    let project = "P2abcdefghijklmnopqrstuvwxyz";
    let iss = format!("https://api.descope.com/v1/apps/{project}");
    check(Provider {
        file: "descope",
        algorithm: Algorithm::RS256,
        typ: Some("JWT"),
        client: Some("azp"),
        access_token: json!({"iss": iss, "sub": "U2x", "aud": [project], "azp": "mcp", "scope": "openid food:read",
            "amr": ["oauth"], "drn": "DS"}),
        id_token: json!({"iss": iss, "sub": "U2x", "aud": ["mcp"], "azp": "mcp", "nonce": "n"}),
    })
    .await;
}

#[actix_web::test]
async fn clerk() {
    let iss = "https://clerk.example.com";
    let client = "oauth_app_1a2b3c4d5e6f";
    check(Provider {
        file: "clerk",
        algorithm: Algorithm::RS256,
        typ: Some("at+jwt"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": "user_2b", "client_id": client, "jti": "oat_1", "nbf": 0,
            "scope": "profile email"}),
        // Its audience is the client, which is not ours.
        id_token: json!({"iss": iss, "sub": "user_2b", "aud": client, "azp": client, "scope": "profile"}),
    })
    .await;
}

#[actix_web::test]
async fn supabase() {
    let iss = "https://abcdefghijklmnop.supabase.co/auth/v1";
    let sub = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    check(Provider {
        file: "supabase",
        algorithm: Algorithm::ES256,
        typ: Some("JWT"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": sub, "aud": "authenticated", "role": "authenticated", "aal": "aal1",
            "session_id": "s", "email": "alice@example.com", "phone": "", "is_anonymous": false, "client_id": "c1",
            "amr": [{"method": "oauth", "timestamp": 1}], "app_metadata": {}, "user_metadata": {}}),
        id_token: json!({"iss": iss, "sub": sub, "aud": "c1", "auth_time": 1, "nonce": "n"}),
    })
    .await;
}
