//! URLs at which clients publish something: Client Identifier URLs (draft-ietf-oauth-client-id-metadata-document,
//! "Client Identifier URL"), and `jwks_uri` (RFC 7591 section 2) by the same rule.
//!
//! https, a path, no user name, no dot segments, no fragment; compared as text. We ask for more: the plain
//! form that redirect URIs must have, so that every parser reads the same host, and a host with a name that
//! has a dot in it, since an address or `intranet` says nothing to the person who is asked.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use shared::fetch::guarded::Reach;
use url::{Host, Url};

use crate::redirect_uri::{RedirectKind, RedirectUri};

/// Longer ones are refused: a client identifier stands in every access token.
const MAX_LENGTH: usize = 512;

/// A URL that may be asked for what a client publishes there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientUrl(Url, String);

/// Why a URL may not be asked; fit for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a plain https URL with a host name and a path")]
pub struct InvalidClientUrl;

impl ClientUrl {
    /// Whether a client identifier means to be a URL; no other kind begins like that.
    pub fn is_meant(client_id: &str) -> bool {
        client_id.starts_with("https://") || client_id.starts_with("http://")
    }

    /// Reads one.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, InvalidClientUrl> {
        let plain = RedirectUri::parse(text).map_err(|_| InvalidClientUrl)?;
        let url = Url::parse(text).map_err(|_| InvalidClientUrl)?;
        let has_path = text.splitn(4, '/').count() == 4;
        let host_is_fit = match plain.kind() {
            RedirectKind::Https => is_public_name(&url) || reach == Reach::PublicAndLoopback && is_loopback(&url),
            RedirectKind::Loopback => reach == Reach::PublicAndLoopback,
            RedirectKind::PrivateUse => false,
        };
        if has_path && host_is_fit && text.len() <= MAX_LENGTH {
            Ok(Self(url, text.to_owned()))
        } else {
            Err(InvalidClientUrl)
        }
    }

    /// Its text, byte for byte.
    pub fn as_str(&self) -> &str {
        &self.1
    }

    /// The same, taken apart.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Whose it is, in one word for people: the host, with its port when it has one.
    pub fn host(&self) -> &str {
        self.1.split('/').nth(2).unwrap_or_default()
    }

    /// What shares a budget: the host, whatever its port, so that ports are no way to more.
    pub fn origin(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl Serialize for ClientUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ClientUrl {
    /// Of what is stored: whether it may be asked today is the guard's to say.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, Reach::PublicAndLoopback).map_err(serde::de::Error::custom)
    }
}

fn is_public_name(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(name)) if name.contains('.') && !name.ends_with('.'))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_identifier_url_is_https_with_a_name_and_a_path() {
        for good in [
            "https://claude.ai/oauth/claude-code-client-metadata",
            "https://client.example/",
            "https://client.example:8443/a/b.json",
            "https://client.example:443/a",
            "https://client.example/a?b=c",
            "https://xn--bcher-kva.example/client",
            "https://127.0.0.1.example/a",
        ] {
            let url = ClientUrl::parse(good, Reach::Public).unwrap();
            assert_eq!(url.as_str(), good);
        }
        for bad in [
            "https://client.example",
            "https://client.example?a",
            "http://client.example/a",
            "https://user@client.example/a",
            "https://user:secret@client.example/a",
            "https://client.example/a#b",
            "https://client.example/#",
            "https://client.example/a/../b",
            "https://client.example/./a",
            "https://client.example/%2e%2E/a",
            "https://client.example/a/..",
            "https://client.example\\@127.0.0.1/a",
            "https://client.example/a\tb",
            "https://client.example/a b",
            "https://CLIENT.example/a",
            "https://b\u{fc}cher.example/a",
            "https://client.example./a",
            "https://intranet/a",
            "https://localhost/a",
            "https://127.0.0.1/a",
            "https://8.8.8.8/a",
            "https://2130706433/a",
            "https://0x7f.1/a",
            "https://[::1]/a",
            "https:///a",
            "https:client.example/a",
            "HTTPS://client.example/a",
            "ftp://client.example/a",
            "https://client.example/%",
            "https://client.example/%00",
            "",
        ] {
            assert_eq!(ClientUrl::parse(bad, Reach::Public), Err(InvalidClientUrl), "{bad}");
        }
        let long = format!("https://client.example/{}", "a".repeat(500));
        assert_eq!(ClientUrl::parse(&long, Reach::Public), Err(InvalidClientUrl));
    }

    #[test]
    fn this_computer_is_taken_only_where_that_is_permitted() {
        for local in [
            "http://localhost:3000/a",
            "http://127.0.0.1:1/a",
            "https://localhost/a",
            "https://[::1]:2/a",
        ] {
            assert!(ClientUrl::parse(local, Reach::PublicAndLoopback).is_ok(), "{local}");
            assert!(ClientUrl::parse(local, Reach::Public).is_err(), "{local}");
        }
        for bad in [
            "http://localhost:3000",
            "http://client.example/a",
            "http://192.168.0.1/a",
            "https://10.0.0.1/a",
        ] {
            assert!(ClientUrl::parse(bad, Reach::PublicAndLoopback).is_err(), "{bad}");
        }
    }
}
