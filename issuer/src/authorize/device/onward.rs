//! Where somebody goes on who signs in because of a code, when no request of a browser waits.
//!
//! It travels through the sign-in form, so it is nothing but one of three forms of ours, and never an address.

use shared::params::Params;

use super::{PAGE, UserCode};
use crate::app::App;
use crate::browser::is_token;
use crate::browser::page::path;

/// The home page, the page for codes, or a request there.
#[derive(Clone, Debug, Default)]
pub(in crate::authorize) struct Onward(Option<String>);

impl Onward {
    /// What a link or form says in `device`: a code, the name of a request, or anything else for the page alone.
    pub(in crate::authorize) fn of(app: &App, params: &Params) -> Self {
        let device = params.many("device").next().filter(|_| app.config.device_grant);
        Self(device.map(|text| match UserCode::parse(text) {
            _ if is_token(text) => text.to_owned(),
            Some(code) => code.shown(),
            None => "code".to_owned(),
        }))
    }

    /// To a request whose code was typed.
    pub(super) fn to_request(handle: &str) -> Self {
        Self(Some(handle.to_owned()))
    }

    /// To the page for codes, with one filled in.
    pub(super) fn to_page(code: Option<&UserCode>) -> Self {
        Self(Some(code.map_or_else(|| "code".to_owned(), UserCode::shown)))
    }

    /// What the form carries.
    pub(in crate::authorize) fn field(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The sign-in page that leads there.
    pub(super) fn sign_in(&self, app: &App) -> String {
        match &self.0 {
            Some(device) => path(app, &format!("/sign-in?device={device}")),
            None => path(app, "/sign-in"),
        }
    }

    /// The path.
    pub(in crate::authorize) fn path(&self, app: &App) -> String {
        match self.0.as_deref() {
            None => path(app, "/"),
            Some(device) if is_token(device) => path(app, &format!("{PAGE}?waiting={device}")),
            Some("code") => path(app, PAGE),
            Some(device) => path(app, &format!("{PAGE}?user_code={device}")),
        }
    }
}
