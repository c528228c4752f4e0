//! Who a request is addressed to, and which page sends it: the defence against DNS rebinding
//! (MCP 2026-07-28, basic/transports/streamable-http, "Security Warning"; RFC 9110 section 7.2, RFC 6454 section 7).
//!
//! A page whose name suddenly points to this computer sends its own name in `Host` and in `Origin`. Both are compared
//! with what the public URL and the settings allow; a request without `Origin` comes from no page. Easy to get wrong:
//! two `Host` headers, user names in front of the host, and names that merely begin or end like an allowed one. Ports
//! are not compared: they may be mapped, and a rebound name is the attacker's whatever its port.

use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use actix_web::http::uri::{Authority, Uri};
use url::Url;

use crate::identifier::{ResourceIdentifier, is_loopback};

const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// What requests may be addressed to, and which pages may send them.
#[derive(Clone, Debug)]
pub struct Allowed {
    hosts: Vec<String>,
    origins: Vec<String>,
    loopback_origins: bool,
}

/// What whoever runs a server changes, to have further hosts and origins served: refusals name it.
#[derive(Clone, Copy, Debug)]
pub struct AllowedBy {
    /// The name of the setting of hosts.
    pub hosts: &'static str,
    /// The name of the setting of origins.
    pub origins: &'static str,
}

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misaddressed {
    /// No `Host`, several, or none that could be read.
    #[error("the request must have one Host header")]
    NoHost,
    /// Addressed to a name that is not ours.
    #[error("requests to this host name are not served; if it is this server's, it has to be allowed")]
    Host,
    /// Sent by a page that may not call.
    #[error("pages of this origin may not call unless it is allowed")]
    Origin,
}

impl Misaddressed {
    /// The same with the setting to change, where there is one.
    pub fn told(self, by: Option<AllowedBy>) -> String {
        let setting = by.and_then(|by| match self {
            Self::NoHost => None,
            Self::Host => Some(by.hosts),
            Self::Origin => Some(by.origins),
        });
        setting.map_or_else(|| self.to_string(), |setting| format!("{self}: add it to {setting}"))
    }
}

impl Allowed {
    /// What follows from the public URL, and what the settings add: hosts in lower case without port, origins as
    /// browsers write them.
    pub fn new(public_url: &ResourceIdentifier, hosts: &[String], origins: &[String]) -> Self {
        let loopback = public_url.is_loopback();
        let mut allowed = Self {
            hosts: vec![public_url.host().to_owned()],
            origins: vec![public_url.origin()],
            // Inspectors and other pages on this computer have some port of it; a rebound page has the attacker's name.
            loopback_origins: loopback,
        };
        if loopback {
            allowed.hosts.extend(LOOPBACK_HOSTS.map(str::to_owned));
        }
        allowed.hosts.extend_from_slice(hosts);
        allowed.origins.extend_from_slice(origins);
        allowed
    }

    /// Whether a request with this target and these headers may be served.
    pub fn check(&self, target: &Uri, headers: &HeaderMap) -> Result<(), Misaddressed> {
        let host = single(headers, &HOST).map_err(|()| Misaddressed::NoHost)?;
        let host = host.ok_or(Misaddressed::NoHost)?;
        let addressed = [Some(host), target.authority().map(Authority::as_str)];
        if !addressed.into_iter().flatten().all(|host| self.has_host(host)) {
            return Err(Misaddressed::Host);
        }
        match single(headers, &ORIGIN) {
            Ok(None) => Ok(()),
            Ok(Some(origin)) if self.has_origin(origin) => Ok(()),
            _ => Err(Misaddressed::Origin),
        }
    }

    fn has_host(&self, text: &str) -> bool {
        let Some(name) = without_port(text) else {
            return false;
        };
        self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
    }

    fn has_origin(&self, text: &str) -> bool {
        if self.origins.iter().any(|origin| origin == text) {
            return true;
        }
        let on_this_computer =
            |url: Url| url.scheme() == "http" && is_loopback(&url) && url.origin().ascii_serialization() == text;
        self.loopback_origins && Url::parse(text).is_ok_and(on_this_computer)
    }
}

/// The value of a header that may be there once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(());
    }
    value.to_str().map(Some).map_err(|_| ())
}

/// `uri-host [ ":" port ]`: the host, an IPv6 address with its brackets.
fn without_port(text: &str) -> Option<&str> {
    let port_at = match text.rfind(']') {
        Some(end) => end + 1,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at_checked(port_at)?;
    let port_is_fine = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|c| c.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    port_is_fine.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn allowed(public_url: &str) -> Allowed {
        Allowed::new(
            &public_url.parse().unwrap(),
            &["food.lan".to_owned()],
            &["https://app.example.com".to_owned()],
        )
    }

    fn checked(public_url: &str, hosts: &[&str], origins: &[&str]) -> Result<(), Misaddressed> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_str(host).unwrap());
        }
        for origin in origins {
            headers.append(ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        allowed(public_url).check(&Uri::from_static("/mcp"), &headers)
    }

    const LOCAL: &str = "http://localhost:8081/mcp";
    const PUBLIC: &str = "https://food.example.com/mcp";

    #[test]
    fn hosts_of_the_public_url_and_of_the_list_pass() {
        for host in [
            "localhost:8081",
            "localhost",
            "LOCALHOST:8081",
            "127.0.0.1:8081",
            "[::1]:8081",
            "[::1]",
            "localhost:9000",
            "food.lan",
            "food.lan:80",
        ] {
            assert_eq!(checked(LOCAL, &[host], &[]), Ok(()), "{host}");
        }
        for host in [
            "food.example.com",
            "food.example.com:443",
            "Food.Example.Com",
            "food.lan",
        ] {
            assert_eq!(checked(PUBLIC, &[host], &[]), Ok(()), "{host}");
        }
    }

    #[test]
    fn every_other_spelling_of_a_host_is_refused() {
        for host in [
            "evil.example",
            "evil.example:8081",
            "localhost.evil.example",
            "evil-localhost",
            "notlocalhost",
            "localhost.",
            "localhost:",
            "localhost:0",
            "localhost:99999",
            "localhost:80:80",
            "localhost:8081x",
            "localhost:+80",
            "user@localhost",
            "localhost@evil.example",
            "localhost/evil",
            "localhost,evil.example",
            "localhost evil.example",
            " localhost",
            "127.0.0.1.evil.example",
            "127.1",
            "127.0.0.2",
            "127.000.000.001",
            "2130706433",
            "0x7f000001",
            "0.0.0.0",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::1].evil.example",
            "[localhost]",
            "http://localhost",
            "//localhost",
            "local\u{2d}host.evil",
            "food.lan.evil.example",
            "food.example.com",
            "",
        ] {
            assert_eq!(checked(LOCAL, &[host], &[]), Err(Misaddressed::Host), "{host}");
        }
        for host in [
            "localhost",
            "127.0.0.1",
            "[::1]",
            "example.com",
            "food.example.com.",
            "xfood.example.com",
        ] {
            assert_eq!(checked(PUBLIC, &[host], &[]), Err(Misaddressed::Host), "{host}");
        }
    }

    #[test]
    fn there_is_exactly_one_host_and_the_request_target_agrees() {
        assert_eq!(checked(LOCAL, &[], &[]), Err(Misaddressed::NoHost));
        assert_eq!(
            checked(LOCAL, &["localhost", "localhost"], &[]),
            Err(Misaddressed::NoHost)
        );
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        let target = Uri::from_static("http://evil.example/mcp");
        assert_eq!(allowed(LOCAL).check(&target, &headers), Err(Misaddressed::Host));
    }

    #[test]
    fn origins_of_this_computer_pass_for_a_server_on_it() {
        for origin in [
            "http://localhost:6274",
            "http://localhost",
            "http://127.0.0.1:6274",
            "http://[::1]:6274",
            "http://localhost:8081",
            "https://app.example.com",
        ] {
            assert_eq!(checked(LOCAL, &["localhost"], &[origin]), Ok(()), "{origin}");
        }
        for origin in ["https://food.example.com", "https://app.example.com"] {
            assert_eq!(checked(PUBLIC, &["food.example.com"], &[origin]), Ok(()), "{origin}");
        }
    }

    #[test]
    fn every_other_spelling_of_an_origin_is_refused() {
        for origin in [
            "null",
            "",
            "http://evil.example",
            "http://evil.example:8081",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "http://user@localhost",
            "http://localhost/",
            "http://localhost/path",
            "http://localhost:80",
            "http://LOCALHOST",
            "HTTP://localhost",
            "http://localhost.",
            "https://localhost",
            "http://127.1",
            "http://2130706433",
            "http://[::ffff:127.0.0.1]",
            "http://app.example.com",
            "https://app.example.com:443",
            "https://app.example.com.evil.example",
            "https://app.example.com/",
            "http://localhost http://localhost",
            "localhost",
            "file://",
            "chrome-extension://abc",
        ] {
            assert_eq!(
                checked(LOCAL, &["localhost"], &[origin]),
                Err(Misaddressed::Origin),
                "{origin}"
            );
        }
        assert_eq!(
            checked(LOCAL, &["localhost"], &["http://localhost", "http://localhost"]),
            Err(Misaddressed::Origin)
        );
        for origin in [
            "http://localhost:6274",
            "http://food.example.com",
            "https://food.example.com:443",
        ] {
            let refused = checked(PUBLIC, &["food.example.com"], &[origin]);
            assert_eq!(refused, Err(Misaddressed::Origin), "{origin}");
        }
    }
}
