//! A copy of all that is kept about the account, as a file: GDPR article 20.

use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::browser::page::path;
use crate::browser::{Page, Visitor, see_other};
use crate::store::audit::{AuditEvent, AuditKind};

/// `GET /account/export`
pub async fn export(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    let Some(session) = visitor.session() else {
        return Ok(see_other(path(&app, "/sign-in")));
    };
    let data = app.store.own_data(&session.user_id).await?;
    let event = AuditEvent::new(AuditKind::DataExported, app.clock.now()).user(&session.user_id);
    app.store.audit(&event.detail(visitor.place())).await?;
    let text = serde_json::to_string_pretty(&data).map_err(|error| Page::server_error(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::json())
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"account.json\""))
        .body(text))
}
