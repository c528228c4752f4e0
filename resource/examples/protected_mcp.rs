//! An MCP server of another kind, protected: who may roll dice, signs in first.
//!
//! `cargo run -p resource --example protected_mcp` serves <http://localhost:3000/mcp> for the issuer that
//! `cargo run` starts at <http://localhost:8080>; both may be given: `... protected_mcp http://localhost:4000/mcp ISSUER`.
//! The issuer must know the resource: `ISSUER_RESOURCES=http://localhost:3000/mcp`.

use std::io;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use resource::auth::trust::Issuer;
use resource::mcp::transport::Transport;
use resource::protect::{Admission, Protection};
use rmcp::{tool, tool_router};
use shared::http::{access_log::access_log, cors::any_origin};
use shared::scope::Scope;
use tokio_util::sync::CancellationToken;

/// The server: everything that is MCP, and nothing that is OAuth.
#[derive(Clone)]
struct Dice;

#[tool_router(server_handler)]
impl Dice {
    /// Rolls one die.
    #[tool]
    fn roll() -> String {
        let byte = shared::random::bytes::<1>().unwrap_or_default()[0];
        (byte % 6 + 1).to_string()
    }

    /// Says that the next roll is a six.
    #[tool]
    fn cheat() -> String {
        "six".to_owned()
    }
}

/// What each tool needs beside what every request needs.
const SCOPES: &[(&str, &[&str])] = &[("cheat", &["dice:cheat"])];

async fn mcp(server: Data<Transport<Dice>>, who: Admission, request: HttpRequest, body: Payload) -> HttpResponse {
    server.endpoint(&who, &request, body).await
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    shared::logging::start();
    let mut arguments = std::env::args().skip(1);
    let resource = arguments
        .next()
        .unwrap_or_else(|| "http://localhost:3000/mcp".to_owned());
    let issuer = arguments.next().unwrap_or_else(|| "http://localhost:8080".to_owned());

    let protection = Protection::builder(&resource)
        .name("Dice")
        .issuer(Issuer::new(&issuer, &resource))
        .required_scopes(Scope::parse("dice:roll").map_err(io::Error::other)?)
        .scopes_supported(Scope::parse("dice:cheat").map_err(io::Error::other)?)
        .build()
        .map_err(io::Error::other)?;
    let transport = Data::new(Transport::new(Dice, SCOPES, 1 << 20, CancellationToken::new()));
    let port = protection.resource().url().port_or_known_default().unwrap_or(80);
    let path = protection.resource().path().to_owned();
    HttpServer::new(move || {
        App::new()
            .app_data(transport.clone())
            .wrap(from_fn(any_origin))
            .wrap(from_fn(access_log))
            .configure(|services| protection.metadata(services))
            .service(web::resource(&path).wrap(protection.clone()).to(mcp))
    })
    .bind(("localhost", port))?
    .run()
    .await
}
