//! The audit log: each kind of entry is written by the real flow, and none holds a secret.

use issuer::store::audit_log::{AuditEntry, AuditFilter};

use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, Person, authorize, code_form};
use crate::support::{TestIssuer, error, text};

const WEB: &str = "https://client.example/cb";

impl TestIssuer {
    /// All entries of the audit log, in the order in which they came.
    pub async fn audit_log(&self) -> Vec<AuditEntry> {
        let everything = AuditFilter::default();
        self.app.store.audit_entries(&everything, 0).await.unwrap()
    }

    /// Their kinds.
    pub async fn audit_kinds(&self) -> Vec<String> {
        // What the keys do at the start is told whenever the background task comes to it.
        let log = self.audit_log().await.into_iter().map(|entry| entry.kind);
        log.filter(|kind| !kind.starts_with("key_")).collect()
    }

    /// The kinds of the entries since this many came.
    async fn since(&self, seen: &mut usize) -> Vec<String> {
        let kinds = self.audit_kinds().await;
        let new = kinds.iter().skip(std::mem::replace(seen, kinds.len()));
        new.cloned().collect()
    }
}

async fn connect(issuer: &TestIssuer, person: &mut Person, client_id: &str) -> Vec<String> {
    let page = person.visit(&authorize(client_id, WEB, "&scope=food:read")).await;
    let code = person.decide(&page, "allow").await.answer("code").unwrap();
    let form = code_form(client_id, &code);
    let (status, tokens) = issuer.post_token(&form).await;
    assert_eq!(status, 200, "{tokens}");
    let tokens = ["access_token", "refresh_token"].map(|name| text(&tokens, name).to_owned());
    [vec![code], tokens.to_vec()].concat()
}

#[actix_web::test]
async fn what_a_person_does_is_told_once_each_and_without_a_secret() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("alex").await;
        let client_id = issuer.client_named("Notes", &[WEB]).await;
        let mut seen = 0;
        assert_eq!(issuer.since(&mut seen).await, ["user_added"]);

        let mut alex = issuer.signed_in_person("alex").await;
        assert_eq!(issuer.since(&mut seen).await, ["sign_in"]);
        let page = alex.visit(&authorize(&client_id, WEB, "&scope=food:read")).await;
        alex.decide(&page, "deny").await;
        alex.decide(&page, "deny").await;
        assert_eq!(
            issuer.since(&mut seen).await,
            ["consent_denied"],
            "a double click is one"
        );
        let secrets = connect(&issuer, &mut alex, &client_id).await;
        assert_eq!(issuer.since(&mut seen).await, ["consent_given", "grant_begun"]);

        assert_eq!(
            alex.press("/account/apps", &[("client_id", &client_id)]).await.status,
            303
        );
        assert_eq!(issuer.since(&mut seen).await, ["grant_revoked", "app_disconnected"]);
        assert_eq!(
            alex.press("/account/apps", &[("client_id", &client_id)]).await.status,
            303
        );
        assert!(issuer.since(&mut seen).await.is_empty(), "nothing ended");
        let mut other = issuer.signed_in_person("alex").await;
        assert_eq!(
            alex.press("/account/browsers", &[("session", "others")]).await.status,
            303
        );
        assert_eq!(issuer.since(&mut seen).await, ["sign_in", "sessions_ended"]);
        assert_eq!(other.get("/account").await.status, 303);
        assert_eq!(alex.get("/account/export").await.status, 200);
        assert_eq!(issuer.since(&mut seen).await, ["data_exported"]);
        let new = "another good one";
        let fields = [("password", PASSWORD), ("new", new), ("repeat", new)];
        assert_eq!(alex.press("/account/password", &fields).await.status, 303);
        assert_eq!(
            issuer.since(&mut seen).await,
            ["password_changed"],
            "no further sign-in"
        );
        assert_eq!(alex.press("/sign-out", &[]).await.status, 303);
        assert_eq!(issuer.since(&mut seen).await, ["sign_out"]);

        let page = alex.get("/sign-in").await;
        assert_eq!(alex.sign_in(&page, "alex", "not the right one").await.status, 422);
        assert_eq!(alex.sign_in(&page, "no-such-name", new).await.status, 422);
        assert_eq!(alex.sign_in(&page, "alex", new).await.status, 303);
        let fields = [("username", "alex"), ("password", new)];
        assert_eq!(alex.press("/account/delete", &fields).await.status, 303);
        assert_eq!(
            issuer.since(&mut seen).await,
            ["sign_in_refused", "sign_in_refused", "sign_in", "user_deleted"]
        );
        let log = issuer.audit_log().await;
        let of_alex = log.iter().filter(|entry| entry.user_id.as_deref() == Some(&user_id));
        assert_eq!(of_alex.count(), seen - 1, "all but the unknown name's");
        holds_no_secret(&log, &secrets, &alex);
    }
}

fn holds_no_secret(log: &[AuditEntry], secrets: &[String], person: &Person) {
    let all = serde_json::to_string(log).unwrap();
    let typed = [
        PASSWORD,
        "another good one",
        "not the right one",
        "no-such-name",
        "argon2",
    ];
    let secrets = secrets.iter().map(String::as_str).chain(typed);
    for secret in secrets.chain(person.cookies.values().map(String::as_str)) {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[actix_web::test]
async fn what_clients_do_is_told_with_their_identifiers() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let refresh_token = text(&tokens, "refresh_token");
    let form = [("client_id", client_id.as_str()), ("token", refresh_token)];
    let revoke = || issuer.request("POST", "/oauth/revoke").form(&form).send();
    assert_eq!(
        (revoke().await.unwrap().status(), revoke().await.unwrap().status()),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    assert_eq!(
        error(&issuer.refresh(&client_id, refresh_token).await),
        (400, "invalid_grant")
    );
    let log = issuer.audit_log().await;
    let of_client: Vec<_> = log
        .iter()
        .filter(|entry| entry.client_id.as_ref() == Some(&client_id))
        .collect();
    let kinds: Vec<&str> = of_client.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["grant_begun", "grant_revoked"]);
    assert!(
        of_client
            .iter()
            .all(|entry| entry.grant_id.is_some() && entry.actor.is_none())
    );
    let begun = of_client[0].detail.as_deref().unwrap();
    assert_eq!(begun, "food:read food:write at http://localhost:8081/mcp");
    assert!(!serde_json::to_string(&log).unwrap().contains(refresh_token));
}

#[actix_web::test]
async fn entries_are_kept_for_as_many_days_as_the_settings_say() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[("ISSUER_AUDIT_DAYS", "10")]).await;
        let kept = issuer.app.config.upkeep.audit_seconds;
        assert_eq!(kept, 10 * 86_400);
        issuer.account("alex").await;
        issuer.signed_in_person("alex").await;
        issuer.advance(kept);
        issuer.signed_in_person("alex").await;
        issuer.app.store.purge(issuer.clock.now(), kept).await.unwrap();
        assert_eq!(
            issuer.audit_kinds().await,
            ["user_added", "sign_in", "sign_in"],
            "the last second"
        );
        issuer.advance(1);
        issuer.app.store.purge(issuer.clock.now(), kept).await.unwrap();
        assert_eq!(issuer.audit_kinds().await, ["sign_in"]);
    }
}

#[actix_web::test]
async fn the_first_account_says_where_it_comes_from() {
    let issuer = TestIssuer::start().await;
    let mut person = issuer.person();
    let link = issuer.setup_link().await;
    assert_eq!(issuer.first_account(&mut person, &link).await.status, 303);
    assert_eq!(issuer.audit_kinds().await, ["user_added", "sign_in"]);
    let log = issuer.audit_log().await;
    let words: Vec<_> = log.iter().filter_map(|entry| entry.detail.as_deref()).collect();
    assert!(words.contains(&"with the one-time link"), "{words:?}");
    assert!(words.iter().any(|words| words.ends_with("at 127.0.0.1")), "{words:?}");
    assert!(!serde_json::to_string(&log).unwrap().contains(&link));
}
