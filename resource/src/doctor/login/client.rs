//! Becoming a client: RFC 7591 sections 2 and 3, as ourselves and as each client does it.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::Method;
use serde_json::{Value, json};
use shared::fetch::Fetch;

use super::management::Management;
use super::token::{MOST, object};
use super::{Way, visible};

/// What the issuer calls us, and how we prove it.
pub(super) struct Registered {
    pub(super) client_id: String,
    pub(super) client_secret: Option<String>,
    /// Whether the secret goes into the header.
    pub(super) is_basic: bool,
    /// Where the registration is deleted, if the issuer says so.
    pub(super) management: Option<Management>,
}

impl Registered {
    /// A public client that is registered already, or the URL of a client's document.
    pub(super) fn given(client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: None,
            is_basic: false,
            management: None,
        }
    }

    /// What must not be shown.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let management = self.management.as_ref().map(|management| management.token.as_str());
        self.client_secret.as_deref().into_iter().chain(management)
    }

    /// Deletes the registration; nothing where the issuer has no place for that.
    pub(super) async fn unregister(&self, fetch: &Fetch, way: &Way) -> Option<Result<(), String>> {
        Some(self.management.as_ref()?.delete(fetch, way).await)
    }

    fn read(answer: &Value) -> Result<Self, String> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let client_id = text("client_id").ok_or("there is no client_id in the answer")?;
        let method = text("token_endpoint_auth_method");
        let secret = text("client_secret").filter(|_| method != Some("none"));
        Ok(Self {
            client_id: client_id.to_owned(),
            client_secret: secret.map(str::to_owned),
            // The default of RFC 7591 section 2.
            is_basic: method.is_none_or(|method| method == "client_secret_basic"),
            management: Management::read(answer),
        })
    }
}

/// Registers the doctor, which comes back to this address.
pub(super) async fn register(fetch: &Fetch, way: &Way, redirect_uri: &str) -> Result<Registered, String> {
    let endpoint = way.endpoint("registration_endpoint");
    let endpoint = endpoint.map_err(|why| format!("{why}; name a client with --client-id"))?;
    let metadata = json!({
        "client_name": "resource doctor",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "scope": way.scope,
    });
    Registered::read(&post(fetch, endpoint, &metadata).await?)
}

async fn post(fetch: &Fetch, endpoint: &str, metadata: &Value) -> Result<Value, String> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let body = metadata.to_string().into_bytes();
    let answer = fetch.request(Method::POST, endpoint, headers, body, MOST).await;
    let answer = answer.map_err(|error| format!("{endpoint}: {error}"))?;
    if answer.status == 200 {
        return Err("status 200, which is not the 201 of RFC 7591 section 3.2.1".to_owned());
    }
    object(&answer)
}

/// What a client registers.
struct Shape {
    client: &'static str,
    /// Whether it registers only where the issuer does not read its document.
    has_document: bool,
    redirect_uris: &'static [&'static str],
    /// What it says beside that, if it says so.
    application_type: Option<&'static str>,
    method: Option<&'static str>,
}

/// As seen on the wire or in their sources, which [`CLIENTS`](crate::doctor::clients::CLIENTS) names.
const SHAPES: &[Shape] = &[
    Shape {
        client: "Claude Code",
        has_document: true,
        redirect_uris: &["http://localhost:3118/callback"],
        application_type: Some("native"),
        method: Some("none"),
    },
    Shape {
        client: "claude.ai",
        has_document: true,
        redirect_uris: &["https://claude.ai/api/mcp/auth_callback"],
        application_type: None,
        method: Some("none"),
    },
    Shape {
        client: "VS Code",
        has_document: true,
        redirect_uris: &[
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
            "https://vscode.dev/redirect",
            "https://insiders.vscode.dev/redirect",
        ],
        application_type: None,
        method: None,
    },
    Shape {
        client: "Cursor",
        has_document: false,
        redirect_uris: &[
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "http://localhost:8787/callback",
        ],
        application_type: Some("web"),
        method: Some("none"),
    },
    Shape {
        client: "Codex",
        has_document: true,
        redirect_uris: &["http://127.0.0.1:1455/callback"],
        application_type: Some("native"),
        method: Some("none"),
    },
    Shape {
        client: "Inspector",
        has_document: false,
        redirect_uris: &["http://localhost:6274/oauth/callback"],
        application_type: None,
        method: Some("none"),
    },
    Shape {
        client: "mcp-remote",
        has_document: false,
        redirect_uris: &["http://localhost:3334/oauth/callback"],
        application_type: None,
        method: Some("none"),
    },
    Shape {
        client: "opencode",
        has_document: true,
        redirect_uris: &["http://127.0.0.1:19876/callback"],
        application_type: None,
        method: Some("none"),
    },
];

/// What came of one client's registration.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The client that would register so.
    pub client: &'static str,
    /// What it gets, or why not.
    pub outcome: Result<String, String>,
}

impl Attempt {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        match &self.outcome {
            Ok(saw) => json!({"client": self.client, "verdict": "ok", "saw": saw}),
            Err(saw) => json!({"client": self.client, "verdict": "broken", "saw": saw}),
        }
    }
}

impl std::fmt::Display for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (verdict, saw) = match &self.outcome {
            Ok(saw) => ("ok", saw),
            Err(saw) => ("broken", saw),
        };
        write!(f, "{:14}{verdict:8}{saw}", self.client)
    }
}

/// Registers for real as each client would, and deletes it again where the issuer has a place for that. Other issuers
/// may keep these registrations.
pub async fn register_as_each(fetch: &Fetch, way: &Way) -> Vec<Attempt> {
    let reads_documents = way.metadata.get("client_id_metadata_document_supported") == Some(&Value::Bool(true));
    let mut attempts = Vec::new();
    for shape in SHAPES {
        let mut outcome = shape.register(fetch, way).await;
        if shape.has_document && reads_documents {
            outcome = Ok(match outcome {
                Ok(saw) => format!("{saw}; it would use its document instead"),
                Err(why) => format!("would use its document, and could not register: {why}"),
            });
        }
        let shown = |text: String| visible(&text);
        attempts.push(Attempt {
            client: shape.client,
            outcome: outcome.map(shown).map_err(|why| visible(&why)),
        });
    }
    attempts
}

impl Shape {
    async fn register(&self, fetch: &Fetch, way: &Way) -> Result<String, String> {
        let mut metadata = json!({
            "client_name": self.client,
            "redirect_uris": self.redirect_uris,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": way.scope,
        });
        if let Some(members) = metadata.as_object_mut() {
            let said = [
                ("application_type", self.application_type),
                ("token_endpoint_auth_method", self.method),
            ];
            let said = said
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
            members.extend(said);
        }
        let answer = post(fetch, way.endpoint("registration_endpoint")?, &metadata).await?;
        let client = Registered::read(&answer)?;
        // What cannot be deleted stays, as where there is no place for it.
        let deleted = client
            .unregister(fetch, way)
            .await
            .is_some_and(|deleted| deleted.is_ok());
        if self.method == Some("none") && client.client_secret.is_some() {
            return Err("it asked for no secret and was given one, which it does not send".to_owned());
        }
        let kept = answer
            .get("redirect_uris")
            .is_none_or(|uris| *uris == json!(self.redirect_uris));
        if !kept {
            return Err("the issuer registered other redirect URIs than were asked for".to_owned());
        }
        let deleted = if deleted { ", and deleted again" } else { "" };
        Ok(format!("registered, with all its redirect URIs{deleted}"))
    }
}
