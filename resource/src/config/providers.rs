//! The settings that switch live providers of foods on. None is asked unless somebody typed that it may.

use secrecy::SecretString;
use shared::settings::{Typed, on_or_off};
use url::Url;

use super::optional;
use crate::food::providers::{FdcSettings, OpenFoodFactsSettings, ProviderSettings};
use crate::identifier::is_loopback;

const FDC_KEY: &str = "RESOURCE_FDC_API_KEY";
const FDC_URL: &str = "RESOURCE_FDC_URL";
const OFF: &str = "RESOURCE_OPEN_FOOD_FACTS";
const OFF_CONTACT: &str = "RESOURCE_OPEN_FOOD_FACTS_CONTACT";
const OFF_URL: &str = "RESOURCE_OPEN_FOOD_FACTS_URL";

/// The longest key or contact, in characters.
const LONGEST: usize = 200;

/// Which providers are switched on.
pub(super) fn read(typed: &mut Typed) -> Option<ProviderSettings> {
    let key = typed.read(FDC_KEY, |text| optional(text, in_header));
    let fdc_url = typed.read(FDC_URL, address);
    let on = typed.read(OFF, on_or_off);
    let contact = typed.read(OFF_CONTACT, |text| optional(text, contact));
    let off_url = typed.read(OFF_URL, address);
    for (switch, is_off, names) in [
        (FDC_KEY, key == Some(None), &[FDC_URL][..]),
        (OFF, on == Some(false), &[OFF_CONTACT, OFF_URL]),
    ] {
        for name in names.iter().filter(|_| is_off) {
            if typed.is_typed(name) {
                typed.mistake(format!("{name}: is of no use without {switch}"));
            }
        }
    }
    if on == Some(true) && contact == Some(None) {
        typed.mistake(format!(
            "{OFF_CONTACT}: Open Food Facts must be told whom to write to, such as ops@food.example.com"
        ));
    }
    let (fdc_url, contact, off_url) = (fdc_url?, contact?, off_url?);
    let open_food_facts = contact.filter(|_| on == Some(true));
    Some(ProviderSettings {
        fdc: key?.map(|key| FdcSettings {
            key: SecretString::from(key),
            url: fdc_url,
        }),
        open_food_facts: open_food_facts.map(|contact| OpenFoodFactsSettings { contact, url: off_url }),
    })
}

/// What can stand in a header as it is.
fn in_header(text: &str) -> Result<String, String> {
    let fits = text.len() <= LONGEST && text.bytes().all(|c| c.is_ascii_graphic() || c == b' ');
    fits.then(|| text.to_owned())
        .ok_or_else(|| "must be plain ASCII of at most 200 characters".to_owned())
}

/// A mail address or a page, in the brackets of a User-Agent.
fn contact(text: &str) -> Result<String, String> {
    let text = in_header(text)?;
    let is_contact = text.contains('@') || text.starts_with("https://");
    let is_comment = !text.contains(['(', ')', '\\', ' ']);
    (is_contact && is_comment)
        .then_some(text)
        .ok_or_else(|| "must be a mail address or an https URL".to_owned())
}

/// Where a provider is: what is typed is asked, and nothing that it would be sent on to.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "https" | "http" if !is_plain => Err("must be an address without user, query and fragment".to_owned()),
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("must be https, or http on this computer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use crate::config::Config;

    fn config(settings: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let typed = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read(Config::typed(typed, [])).map_err(|mistakes| mistakes.0)
    }

    #[test]
    fn nothing_is_on_unless_somebody_says_so() {
        let none = config(&[]).unwrap().providers;
        assert!(none.fdc.is_none() && none.open_food_facts.is_none());
    }

    #[test]
    fn a_key_switches_one_on_and_a_word_with_a_contact_the_other() {
        let on = config(&[
            ("RESOURCE_FDC_API_KEY", "planted"),
            ("RESOURCE_OPEN_FOOD_FACTS", "on"),
            ("RESOURCE_OPEN_FOOD_FACTS_CONTACT", "ops@food.example"),
            ("RESOURCE_OPEN_FOOD_FACTS_URL", "http://localhost:9000/off/"),
        ]);
        let on = on.unwrap().providers;
        let (fdc, off) = (on.fdc.unwrap(), on.open_food_facts.unwrap());
        assert_eq!(fdc.key.expose_secret(), "planted");
        assert_eq!(fdc.url.as_str(), "https://api.nal.usda.gov/fdc");
        assert_eq!(off.url.as_str(), "http://localhost:9000/off/");
        assert!(!format!("{fdc:?}").contains("planted"));
    }

    #[test]
    fn what_cannot_work_is_a_mistake_and_shows_no_key() {
        const ON: (&str, &str) = ("RESOURCE_OPEN_FOOD_FACTS", "on");
        const CONTACT: (&str, &str) = ("RESOURCE_OPEN_FOOD_FACTS_CONTACT", "ops@food.example");
        for (settings, part) in [
            (&[ON][..], "whom to write to"),
            (&[CONTACT], "of no use without RESOURCE_OPEN_FOOD_FACTS"),
            (
                &[("RESOURCE_FDC_URL", "https://fdc.example")],
                "of no use without RESOURCE_FDC_API_KEY",
            ),
            (&[ON, ("RESOURCE_OPEN_FOOD_FACTS_CONTACT", "me")], "mail address"),
            (&[ON, ("RESOURCE_OPEN_FOOD_FACTS_CONTACT", "a@b)\r\nx: y")], "ASCII"),
            (
                &[ON, CONTACT, ("RESOURCE_OPEN_FOOD_FACTS_URL", "http://off.example")],
                "https",
            ),
            (
                &[ON, CONTACT, ("RESOURCE_OPEN_FOOD_FACTS_URL", "https://a:b@off.example")],
                "without user",
            ),
            (&[ON, CONTACT, ("RESOURCE_OPEN_FOOD_FACTS_URL", "file:///etc")], "https"),
            (&[("RESOURCE_FDC_API_KEY", "planted\u{e9}")], "ASCII"),
        ] {
            let mistakes = config(settings).unwrap_err().join("\n");
            assert!(
                mistakes.contains(part) && !mistakes.contains("planted"),
                "{settings:?}: {mistakes}"
            );
        }
    }
}
