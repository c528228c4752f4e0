//! A person with a browser that has cookies and forms, but no script.

use reqwest::Response;
use reqwest::redirect::Policy;
use url::Url;

/// What the person chooses on the consent page.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Decision {
    Allow,
    Deny,
}

/// Opens the authorization URL, signs in, decides, and gives the address of the client's callback.
#[expect(clippy::disallowed_methods, reason = "a test, on loopback")]
pub(super) async fn visit(url: &str, user: &str, password: &str, decision: Decision) -> String {
    let http = reqwest::Client::builder()
        .no_proxy()
        .cookie_store(true)
        .redirect(Policy::none())
        .build()
        .unwrap();
    let mut at = Url::parse(url).unwrap();
    let mut answer = http.get(at.clone()).send().await.unwrap();
    for _ in 0..10 {
        if let Some(location) = location(&answer, &at) {
            if location.path() == "/callback" {
                return location.to_string();
            }
            at = location;
            answer = http.get(at.clone()).send().await.unwrap();
            continue;
        }
        let status = answer.status();
        let page = answer.text().await.unwrap();
        assert!(
            status.is_success() && page.contains("<form"),
            "{status} at {at}: {page}"
        );
        let form = Form::read(&page, decision);
        at = at.join(&form.action).unwrap();
        answer = http
            .post(at.clone())
            .form(&form.filled(user, password))
            .send()
            .await
            .unwrap();
    }
    panic!("too many pages; the last was {at}");
}

fn location(answer: &Response, at: &Url) -> Option<Url> {
    let location = answer.headers().get("location")?.to_str().ok()?;
    Some(at.join(location).unwrap())
}

/// A form as far as a person needs it: fields, and the button that is pressed.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The form that has a password field, or the one with the wanted button.
    fn read(page: &str, decision: Decision) -> Self {
        let forms: Vec<&str> = page
            .split("<form")
            .skip(1)
            .filter_map(|rest| rest.split("</form>").next())
            .collect();
        let word = if decision == Decision::Allow { "Allow" } else { "Deny" };
        let form = *forms
            .iter()
            .find(|form| form.contains("type=\"password\""))
            .or_else(|| forms.iter().find(|form| form.contains(&format!(">{word}<"))))
            .unwrap_or_else(|| panic!("no form to fill in: {page}"));
        let mut fields: Vec<_> = form.split("<input").skip(1).filter_map(named).collect();
        let button = form
            .split("<button")
            .skip(1)
            .find(|button| button.contains(&format!(">{word}<")));
        fields.extend(button.and_then(named));
        Self {
            action: attribute(form, "action").unwrap_or_default(),
            fields,
        }
    }

    fn filled(self, user: &str, password: &str) -> Vec<(String, String)> {
        let fill = |(name, value): (String, String)| match name.as_str() {
            "password" => (name, password.to_owned()),
            "username" | "user" | "name" => (name, user.to_owned()),
            _ => (name, value),
        };
        self.fields.into_iter().map(fill).collect()
    }
}

fn named(element: &str) -> Option<(String, String)> {
    let tag = element.split('>').next()?;
    Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(rest.split('"').next()?.replace("&amp;", "&").replace("&#38;", "&"))
}
