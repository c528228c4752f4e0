//! A server and its issuer in one, as answers that a test changes before anybody asks.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::Method;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use resource::doctor::check::{Check, Verdict};
use resource::doctor::examine_with_way;
use resource::doctor::login::Way;
use resource::doctor::report::Report;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::fetch::Fetch;

use crate::support::SigningKey;

/// What they answer.
pub(crate) struct Pair {
    pub(crate) origin: String,
    pub(crate) url: String,
    pub(crate) challenge_status: u16,
    pub(crate) challenge: Option<String>,
    /// By path: status and body.
    pub(crate) documents: Vec<(String, u16, String)>,
    pub(crate) allow_origin: Option<&'static str>,
    pub(crate) expose_headers: &'static str,
    pub(crate) allow_headers: &'static str,
    /// How far this computer's clock is ahead, in seconds.
    pub(crate) ahead: i64,
    listener: TcpListener,
}

const AT_PATH: &str = "/.well-known/oauth-protected-resource/mcp";
const AT_ROOT: &str = "/.well-known/oauth-protected-resource";
const RFC8414: &str = "/.well-known/oauth-authorization-server/as";
const OIDC: &str = "/.well-known/openid-configuration/as";
const OIDC_APPENDED: &str = "/as/.well-known/openid-configuration";

impl Pair {
    /// One in which nothing is wrong. The issuer has a path, so its metadata has three places.
    pub(crate) fn healthy() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let mut pair = Self {
            url: format!("{origin}/mcp"),
            challenge_status: 401,
            challenge: Some(format!(
                "Bearer resource_metadata=\"{origin}{AT_PATH}\", scope=\"food:read food:write\", DPoP algs=\"ES256\""
            )),
            documents: Vec::new(),
            allow_origin: Some("*"),
            expose_headers: "WWW-Authenticate, Mcp-Session-Id",
            allow_headers: "Authorization, Content-Type, MCP-Protocol-Version",
            ahead: 0,
            origin,
            listener,
        };
        pair.publish();
        pair
    }

    fn publish(&mut self) {
        let (origin, url) = (self.origin.clone(), self.url.clone());
        let issuer = format!("{origin}/as");
        let resource = json!({"resource": url, "authorization_servers": [issuer],
            "scopes_supported": ["food:read", "food:write"]});
        let server = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{origin}/as/authorize"),
            "token_endpoint": format!("{origin}/as/token"),
            "registration_endpoint": format!("{origin}/as/register"),
            "jwks_uri": format!("{origin}/as/jwks"),
            "scopes_supported": ["openid", "food:read", "food:write"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "authorization_response_iss_parameter_supported": true,
            "client_id_metadata_document_supported": true,
        });
        let keys = json!({"keys": [SigningKey::es256("key-1").jwk()]});
        for (places, document) in [
            (&[AT_PATH, AT_ROOT][..], resource),
            (&[RFC8414, OIDC, OIDC_APPENDED][..], server),
            (&["/as/jwks"][..], keys),
        ] {
            for place in places {
                self.documents.push(((*place).to_owned(), 200, document.to_string()));
            }
        }
    }

    /// Changes the documents whose path contains this.
    pub(crate) fn edit(&mut self, path: &str, change: impl Fn(&mut Value)) {
        for (_, _, body) in self.documents.iter_mut().filter(|(place, ..)| place.contains(path)) {
            let mut document = serde_json::from_str(body).unwrap();
            change(&mut document);
            *body = document.to_string();
        }
    }

    /// Puts a value into them, or takes the member out.
    pub(crate) fn set(&mut self, path: &str, member: &str, value: Option<Value>) {
        match value {
            Some(value) => self.edit(path, |document| document[member] = value.clone()),
            None => self.edit(path, |document| drop(document.as_object_mut().unwrap().remove(member))),
        }
    }

    /// What the path answers from now on.
    pub(crate) fn answer(&mut self, path: &str, status: u16, body: &str) {
        for (_, old_status, old) in self.documents.iter_mut().filter(|(place, ..)| place.contains(path)) {
            (*old_status, *old) = (status, body.to_owned());
        }
    }

    fn reply(&self, request: &HttpRequest) -> HttpResponse {
        let preflight = request.method() == Method::OPTIONS;
        let document = self.documents.iter().find(|(path, ..)| path == request.path());
        let mut answer = match document {
            _ if preflight => HttpResponse::NoContent(),
            _ if request.path() == "/mcp" => HttpResponse::build(self.challenge_status.try_into().unwrap()),
            Some((_, status, _)) => HttpResponse::build((*status).try_into().unwrap()),
            None => HttpResponse::NotFound(),
        };
        if let Some(origin) = self.allow_origin {
            answer.insert_header(("access-control-allow-origin", origin));
            answer.insert_header(("access-control-expose-headers", self.expose_headers));
            answer.insert_header(("access-control-allow-headers", self.allow_headers));
        }
        if let Some(challenge) = self.challenge.as_ref().filter(|_| request.path() == "/mcp") {
            answer.insert_header(("www-authenticate", challenge.as_str()));
        }
        answer.body(document.map(|(.., body)| body.clone()).unwrap_or_default())
    }

    /// Serves it until the test ends.
    pub(crate) fn serve(self) -> Server {
        let listener = self.listener.try_clone().unwrap();
        let pair = Arc::new(self);
        let server = HttpServer::new(move || {
            let pair = Arc::clone(&pair);
            let service = move |request: HttpRequest| std::future::ready(pair.reply(&request));
            App::new().default_service(web::to(service))
        });
        server.workers(1).disable_signals().listen(listener).unwrap().run()
    }

    /// Serves it and has it examined at this URL.
    pub(crate) async fn examined_at(self, url: &str) -> Report {
        self.examined_with_way(url).await.0
    }

    /// The same, and where a login goes from there.
    pub(crate) async fn examined_with_way(self, url: &str) -> (Report, Option<Way>) {
        let clock = Clock::fixed(Clock::System.now() + self.ahead);
        let server = self.serve();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let examined = examine_with_way(url, &Fetch::new().unwrap(), &clock, &|_| ()).await;
        handle.stop(false).await;
        examined.unwrap()
    }

    pub(crate) async fn examined(self) -> Report {
        let url = self.url.clone();
        self.examined_at(&url).await
    }
}

/// The checks that are not well, apart from the reach of a server on this computer.
pub(crate) fn complaints(report: &Report) -> Vec<(Check, Verdict)> {
    assert_eq!(report.findings.len(), Check::ALL.len());
    let findings = report.findings.iter().filter(|finding| finding.check != Check::Reach);
    let bad = findings.filter(|finding| finding.verdict != Verdict::Ok);
    bad.map(|finding| (finding.check, finding.verdict)).collect()
}
