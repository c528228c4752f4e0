//! Providers that people run themselves.

use jsonwebtoken::Algorithm;
use serde_json::json;

use super::{Provider, RESOURCE, check};

pub(super) const FILES: &[&str] = &[
    "authentik",
    "hydra",
    "kanidm",
    "keycloak",
    "oidc-provider",
    "ours",
    "rauthy",
    "zitadel-jwt",
];

#[actix_web::test]
async fn our_own_issuer() {
    let iss = "http://localhost:8080";
    check(Provider {
        file: "ours",
        algorithm: Algorithm::ES256,
        typ: Some("at+jwt"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": "0f6b5c1e-0001-4000-8000-000000000001", "aud": RESOURCE,
            "client_id": "c1", "scope": "food:read food:write", "jti": "t1", "grant_id": "g1"}),
        id_token: json!({"iss": iss, "sub": "0f6b5c1e-0001-4000-8000-000000000001", "aud": "c1", "nonce": "n",
            "at_hash": "h"}),
    })
    .await;
}

#[actix_web::test]
async fn keycloak() {
    let iss = "https://idp.example.com/realms/food";
    let sub = "4d1e1a4e-8d5f-4f0e-9d2b-0a8a3f5f6c11";
    check(Provider {
        file: "keycloak",
        algorithm: Algorithm::RS256,
        typ: Some("JWT"),
        client: Some("azp"),
        access_token: json!({"iss": iss, "sub": sub, "aud": [RESOURCE, "account"], "typ": "Bearer", "azp": "mcp-client",
            "jti": "onrtac:5b1d", "sid": "s1", "acr": "1", "scope": "openid profile food:read",
            "allowed-origins": ["http://localhost:6274"], "realm_access": {"roles": ["offline_access"]},
            "resource_access": {"account": {"roles": ["view-profile"]}}, "preferred_username": "alice"}),
        // Without at_hash and nonce, so that its type alone gives it away.
        id_token: json!({"iss": iss, "sub": sub, "aud": [RESOURCE], "typ": "ID", "azp": "mcp-client", "jti": "j",
            "sid": "s1", "scope": "food:read"}),
    })
    .await;
}

#[actix_web::test]
async fn authentik() {
    let iss = "https://auth.example.com/application/o/food/";
    let sub = "7c222fb2927d828af22f592134e8932480637c0d7c222fb2927d828af22f5921";
    check(Provider {
        file: "authentik",
        algorithm: Algorithm::RS256,
        typ: Some("JWT"),
        client: Some("azp"),
        access_token: json!({"iss": iss, "sub": sub, "aud": "MCPClientIdOfTheProvider", "acr":
            "goauthentik.io/providers/oauth2/default", "amr": ["pwd"], "sid": "s", "azp": "MCPClientIdOfTheProvider",
            "uid": "yZ3", "scope": "openid food:read"}),
        id_token: json!({"iss": iss, "sub": sub, "aud": "MCPClientIdOfTheProvider", "acr":
            "goauthentik.io/providers/oauth2/default", "amr": ["pwd"], "sid": "s", "at_hash": "h", "nonce": "n"}),
    })
    .await;
}

#[actix_web::test]
async fn rauthy() {
    let iss = "https://auth.example.com/auth/v1";
    check(Provider {
        file: "rauthy",
        algorithm: Algorithm::EdDSA,
        typ: Some("JWT"),
        client: Some("azp"),
        access_token: json!({"iss": iss, "sub": "B7RdTz2rQf", "aud": [RESOURCE, "mcp"], "azp": "mcp", "jti": "j",
            "typ": "Bearer", "scope": "openid food:read", "preferred_username": "alice", "roles": ["user"]}),
        id_token: json!({"iss": iss, "sub": "B7RdTz2rQf", "aud": "mcp", "azp": "mcp", "typ": "Id", "at_hash": "h",
            "auth_time": 1, "amr": ["pwd"]}),
    })
    .await;
}

#[actix_web::test]
async fn hydra() {
    let iss = "https://hydra.example.com/";
    check(Provider {
        file: "hydra",
        algorithm: Algorithm::RS256,
        typ: Some("JWT"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": "alice", "aud": [RESOURCE], "client_id": "c1", "ext": {},
            "scp": ["openid", "food:read"], "jti": "j", "nbf": 0}),
        id_token: json!({"iss": iss, "sub": "alice", "aud": ["c1"], "at_hash": "h", "auth_time": 1, "rat": 1,
            "sid": "s", "nonce": "n"}),
    })
    .await;
}

#[actix_web::test]
async fn kanidm_whose_key_stands_alone() {
    let iss = "https://idm.example.com/oauth2/openid/mcp";
    let sub = "6f0a9f1e-6a8e-4f43-b4c8-6ab8b8b0d9a1";
    check(Provider {
        file: "kanidm",
        algorithm: Algorithm::ES256,
        typ: Some("at+jwt"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": sub, "aud": "mcp", "client_id": "mcp", "nbf": 0, "jti": "j",
            "scope": "openid food:read", "session_id": "s"}),
        id_token: json!({"iss": iss, "sub": sub, "aud": "mcp", "azp": "mcp", "scope": "openid food:read", "nonce": "n"}),
    })
    .await;
}

#[actix_web::test]
async fn node_oidc_provider() {
    let iss = "https://oidc.example.com";
    check(Provider {
        file: "oidc-provider",
        algorithm: Algorithm::RS256,
        typ: Some("at+jwt"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": "alice", "aud": RESOURCE, "client_id": "c1", "jti": "j",
            "scope": "food:read"}),
        id_token: json!({"iss": iss, "sub": "alice", "aud": "c1", "at_hash": "h", "nonce": "n"}),
    })
    .await;
}

#[actix_web::test]
async fn zitadel_with_jwts() {
    let iss = "https://food-abc123.zitadel.cloud";
    check(Provider {
        file: "zitadel-jwt",
        algorithm: Algorithm::RS256,
        typ: Some("JWT"),
        client: Some("client_id"),
        access_token: json!({"iss": iss, "sub": "220000000000000001", "aud": ["270000000000000001@food",
            "260000000000000001"], "client_id": "270000000000000001@food", "jti": "V2_1", "nbf": 0,
            "food_scope": ["food:read"],
            "urn:zitadel:iam:org:project:roles": {"cook": {"1": "food.zitadel.cloud"}}}),
        id_token: json!({"iss": iss, "sub": "220000000000000001", "aud": ["270000000000000001@food",
            "260000000000000001"], "azp": "270000000000000001@food", "client_id": "270000000000000001@food",
            "at_hash": "h", "auth_time": 1, "amr": ["pwd"], "food_scope": ["food:read"]}),
    })
    .await;
}
