//! What a person reads who follows the metadata's link to the documentation (RFC 9728 section 2).

use actix_web::{HttpResponse, web};

use crate::app::App;

/// `GET /documentation`: in plain text.
pub async fn endpoint(app: web::Data<App>) -> HttpResponse {
    let url = app.config.public_url.as_str();
    let (enter, flag) = if app.config.api_keys.mode.takes_tokens() {
        ("sign in when it asks", "")
    } else {
        (
            "give it an API key, which the operator makes",
            " --header \"Authorization: Bearer KEY\"",
        )
    };
    let text = format!(
        "Food: an MCP server that knows what is in food.\n\n\
         Connect an MCP client to {url} and {enter}. With Claude Code:\n\n    \
         claude mcp add --transport http food {url}{flag}\n\n\
         The tools find foods, tell their nutrients, add up meals, and keep foods of your own.\n\
         Scopes: food:read to look up, food:write to keep foods.\n\
         Figures: USDA National Nutrient Database for Standard Reference, release 28.\n"
    );
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text)
}
