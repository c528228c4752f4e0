//! What a login leaves behind and what it shows, at a server that puts secrets into its answers.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use resource::doctor::login::{Login, Steps, Way, register_as_each};
use serde_json::{Value, json};
use shared::fetch::Fetch;
use url::Url;

use crate::support::client;

const SECRETS: [&str; 5] = [
    "planted-client-secret",
    "planted-registration-token",
    "planted-code",
    "planted-access-token",
    "planted-refresh-token",
];

/// Issuer and MCP server in one, which says every secret that it knows of in every error.
struct Talkative {
    way: Way,
    /// Method, path and `Authorization` of what came.
    came: Arc<Mutex<Vec<(String, String, String)>>>,
}

impl Talkative {
    fn start(registration_client_uri: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let came: Arc<Mutex<Vec<_>>> = Arc::default();
        let (noted, uri) = (Arc::clone(&came), registration_client_uri.replace("ORIGIN", &origin));
        let server = HttpServer::new(move || {
            let (noted, uri) = (Arc::clone(&noted), uri.clone());
            let service = move |request: HttpRequest, body: String| {
                let text = |name| request.headers().get(name).map_or("", |value| value.to_str().unwrap());
                let came = (request.method().to_string(), request.path().to_owned());
                noted
                    .lock()
                    .unwrap()
                    .push((came.0, came.1, text("authorization").to_owned()));
                std::future::ready(answer(&request, &body, &uri))
            };
            App::new().default_service(web::to(service))
        });
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        let metadata = json!({
            "authorization_endpoint": format!("{origin}/authorize"),
            "token_endpoint": format!("{origin}/token"),
            "registration_endpoint": format!("{origin}/register"),
            "revocation_endpoint": format!("{origin}/revoke"),
        });
        let way = Way {
            mcp_url: format!("{origin}/mcp"),
            resource: format!("{origin}/mcp"),
            issuer: origin,
            scope: String::new(),
            metadata,
        };
        Self { way, came }
    }

    /// A login in which the browser comes back with a code, or with an error.
    async fn login(&self, back: &'static str) -> Steps {
        let open = |url: &str| {
            let url = Url::parse(url).unwrap();
            let parameter = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
            let callback = format!("{}?{back}&state={}", parameter("redirect_uri"), parameter("state"));
            actix_web::rt::spawn(async move { client().get(callback).send().await.unwrap() });
        };
        let login = Login {
            fetch: &Fetch::new().unwrap(),
            client_id: None,
            call: None,
            open: &open,
        };
        login.go(&self.way).await
    }

    fn deletions(&self) -> Vec<(String, String)> {
        let came = self.came.lock().unwrap();
        let deletions = came.iter().filter(|(method, ..)| method == "DELETE");
        deletions
            .map(|(_, path, bearer)| (path.clone(), bearer.clone()))
            .collect()
    }
}

fn answer(request: &HttpRequest, body: &str, registration_client_uri: &str) -> HttpResponse {
    let echo = SECRETS.join(" ");
    match (request.method(), request.path()) {
        (&Method::POST, "/register") => HttpResponse::Created().json(json!({
            "client_id": "client-1",
            "client_secret": SECRETS[0],
            "registration_access_token": SECRETS[1],
            "registration_client_uri": registration_client_uri,
        })),
        (&Method::DELETE, "/register/client-1") => HttpResponse::NoContent().finish(),
        (_, "/token") if body.contains("planted-code") => HttpResponse::Ok().json(json!({
            "token_type": "Bearer",
            "access_token": SECRETS[3],
            "refresh_token": SECRETS[4],
            "scope": format!("{echo} {}", body.split("code_verifier=").nth(1).unwrap().split('&').next().unwrap()),
        })),
        (_, "/mcp") if body.contains("tools/list") => result(&json!({"tools": [
            {"name": "look", "annotations": {"readOnlyHint": true}, "inputSchema": {}}]})),
        (_, "/mcp") if body.contains("tools/call") => {
            result(&json!({"isError": true, "content": [{"type": "text", "text": echo}]}))
        }
        (_, "/mcp") => result(&json!({})),
        _ => HttpResponse::BadRequest().json(json!({"error": echo})),
    }
}

fn result(result: &Value) -> HttpResponse {
    HttpResponse::Ok().json(json!({"jsonrpc": "2.0", "id": 1, "result": result}))
}

fn step<'a>(steps: &'a Steps, name: &str) -> &'a Result<String, String> {
    let step = steps.all.iter().find(|step| step.name == name);
    &step.unwrap_or_else(|| panic!("no {name} in {steps}")).outcome
}

#[actix_web::test]
async fn nothing_that_a_server_echoes_shows_a_secret() {
    let server = Talkative::start("ORIGIN/register/client-1");
    let steps = server.login("code=planted-code").await;
    let tool = step(&steps, "tool").as_ref().unwrap_err();
    assert!(
        tool.contains("look was reached and failed") && tool.contains("(hidden)"),
        "{tool}"
    );
    let shown = format!("{steps}{}", steps.to_json());
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let token = step(&steps, "token").as_ref().unwrap();
    assert!(
        token.ends_with(&"(hidden) ".repeat(6).trim_end()),
        "the verifier, too: {token}"
    );
}

#[actix_web::test]
async fn a_registration_is_deleted_however_the_login_ended() {
    for (back, well) in [("code=planted-code", true), ("error=access_denied", false)] {
        let server = Talkative::start("ORIGIN/register/client-1");
        let steps = server.login(back).await;
        assert_eq!(step(&steps, "callback").is_ok(), well, "{steps}");
        assert_eq!(step(&steps, "registration").as_deref(), Ok("is deleted again"));
        let expected = ("/register/client-1".to_owned(), format!("Bearer {}", SECRETS[1]));
        assert_eq!(server.deletions(), [expected]);
    }
}

#[actix_web::test]
async fn a_registration_is_not_deleted_anywhere_but_where_it_was_made() {
    for elsewhere in [
        "https://issuer.invalid/register/client-1",
        "http://localhost:1/register/client-1",
        "x",
    ] {
        let server = Talkative::start(elsewhere);
        let steps = server.login("error=access_denied").await;
        let refused = step(&steps, "registration").as_ref().unwrap_err();
        assert!(refused.starts_with("registration_client_uri"), "{refused}");
        assert_eq!(server.deletions(), []);
    }
}

#[actix_web::test]
async fn what_was_registered_as_each_client_is_deleted_again() {
    let server = Talkative::start("ORIGIN/register/client-1");
    let attempts = register_as_each(&Fetch::new().unwrap(), &server.way).await;
    assert_eq!(server.deletions().len(), attempts.len());
    let taken = attempts.iter().filter_map(|attempt| attempt.outcome.as_ref().ok());
    assert!(taken.into_iter().all(|saw| saw.contains("deleted again")));
}
