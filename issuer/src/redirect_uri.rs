//! Redirect URIs: OAuth 2.1 section 2.3.1, RFC 8252 sections 7 and 8, RFC 6749 section 3.1.2.
//!
//! 1. What may be registered: `https`; `http` on loopback (`localhost`, `127.0.0.1`, `[::1]`);
//!    private-use schemes of installed programs. Nothing else, and nothing with a fragment.
//! 2. What matches: the same text, byte for byte, except that a loopback URI matches with any port
//!    (RFC 8252 section 7.3), because the program takes whichever port is free.
//!
//! Easy to get wrong: comparing what a URL parser made of the text. Parsers repair backslashes, drop
//! tabs, decode and normalize, each in its own way, and browsers are parsers, too. So the text must be
//! in a plain form to begin with, and is then compared as text.

mod query;

use std::fmt;
use std::net::Ipv6Addr;

use url::{Host, Url};

/// Longer URIs are refused: nothing legitimate comes close.
const MAX_LENGTH: usize = 2048;

/// Schemes that a browser or the system handles itself, or that run something: never a program's own.
const NOT_PRIVATE_USE: &[&str] = &[
    "about",
    "afp",
    "blob",
    "callto",
    "chrome",
    "chrome-extension",
    "cid",
    "content",
    "data",
    "dav",
    "facetime",
    "facetime-audio",
    "file",
    "filesystem",
    "ftp",
    "ftps",
    "geo",
    "help",
    "http",
    "https",
    "intent",
    "itms-services",
    "jar",
    "javascript",
    "ldap",
    "ldaps",
    "livescript",
    "magnet",
    "mailto",
    "market",
    "mhtml",
    "microsoft-edge",
    "mid",
    "mk",
    "mms",
    "mocha",
    "moz-extension",
    "news",
    "nfs",
    "res",
    "resource",
    "rlogin",
    "safari-web-extension",
    "search",
    "search-ms",
    "sftp",
    "shell",
    "shortcuts",
    "sip",
    "sips",
    "smb",
    "sms",
    "ssh",
    "steam",
    "tel",
    "telnet",
    "urn",
    "vbscript",
    "view-source",
    "vnc",
    "webcal",
    "ws",
    "wss",
];

/// Windows hands these to programs of the system that take commands (`ms-msdt:`, `ms-officecmd:`).
const OF_THE_SYSTEM: &str = "ms-";

/// A redirect URI that may be registered, kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RedirectUri {
    text: String,
    kind: RedirectKind,
}

/// Where a redirect URI leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RedirectKind {
    /// A program on the person's computer that listens on a port.
    Loopback,
    /// A program on the person's computer that owns a scheme.
    PrivateUse,
    /// A server with a name.
    Https,
}

/// Why a redirect URI may not be registered; fit for an `error_description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// Not a URI, too long, or with characters that parsers treat differently.
    #[error("it is not an absolute URI in plain form")]
    Form,
    /// It has a `#`.
    #[error("it has a fragment")]
    Fragment,
    /// It has a user name or a password before the host.
    #[error("it has a user name before the host")]
    UserInfo,
    /// `http` to another host than the loopback ones.
    #[error("http is for localhost, 127.0.0.1 and [::1] only; use https")]
    PlainHttp,
    /// A scheme that no program may own.
    #[error("its scheme may not be used for redirects")]
    Scheme,
}

impl RedirectUri {
    /// Reads a URI that a client wants to register.
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        let plain = text
            .bytes()
            .all(|c| c.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&c));
        if !plain || text.len() > MAX_LENGTH || !percent_encoding_is_whole(text) {
            return Err(InvalidRedirectUri::Form);
        }
        if text.contains('#') {
            return Err(InvalidRedirectUri::Fragment);
        }
        let url = Url::parse(text).map_err(|_| InvalidRedirectUri::Form)?;
        let kind = match url.scheme() {
            "http" | "https" => web(text, &url)?,
            scheme => private_use(text, scheme)?,
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// Whether an authorization request with `requested` may be answered there.
    pub fn matches(&self, requested: &str) -> bool {
        self.text == requested || self.kind == RedirectKind::Loopback && self.matches_on_any_port(requested)
    }

    fn matches_on_any_port(&self, requested: &str) -> bool {
        let same_kind = Self::parse(requested).is_ok_and(|uri| uri.kind == RedirectKind::Loopback);
        same_kind && without_port(&self.text) == without_port(requested)
    }

    /// Where it leads.
    pub fn kind(&self) -> RedirectKind {
        self.kind
    }

    /// The text as registered.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What a person should read to know where the answer goes: host and port, or the scheme.
    pub fn place(&self) -> &str {
        let (scheme, rest) = self.text.split_once(':').unwrap_or(("", &self.text));
        match self.kind {
            RedirectKind::PrivateUse => scheme,
            _ => authority(rest),
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn web(text: &str, url: &Url) -> Result<RedirectKind, InvalidRedirectUri> {
    let authority = text
        .strip_prefix(url.scheme())
        .and_then(|rest| rest.strip_prefix("://"))
        .map(authority_of);
    let authority = authority.ok_or(InvalidRedirectUri::Form)?;
    if authority.contains('@') {
        return Err(InvalidRedirectUri::UserInfo);
    }
    // The parser repairs what it reads (1.0x7f.1, LOCALHOST, a missing host): what it read must be what stands there.
    let host = url.host_str().ok_or(InvalidRedirectUri::Form)?;
    if host_part(authority) != host || !is_plain_host(url) || has_dot_segment(text) {
        return Err(InvalidRedirectUri::Form);
    }
    if url.scheme() == "https" {
        return Ok(RedirectKind::Https);
    }
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
        None => false,
    };
    if loopback {
        Ok(RedirectKind::Loopback)
    } else {
        Err(InvalidRedirectUri::PlainHttp)
    }
}

/// URL parsers let more through than names may have: `a;b` or `a,b` would mean something else in a header.
/// (`_` is in names that people do use.)
fn is_plain_host(url: &Url) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-._".contains(&c);
    !matches!(url.host(), Some(Host::Domain(name)) if !name.bytes().all(plain))
}

/// RFC 8252 section 7.1. Schemes without a dot are common (`cursor:`, `vscode:`) and accepted.
fn private_use(text: &str, scheme: &str) -> Result<RedirectKind, InvalidRedirectUri> {
    let (written, rest) = text.split_once(':').ok_or(InvalidRedirectUri::Form)?;
    if written != scheme || rest.is_empty() || rest.trim_matches('/').is_empty() {
        return Err(InvalidRedirectUri::Form);
    }
    // One letter is a drive.
    if NOT_PRIVATE_USE.contains(&scheme) || scheme.starts_with(OF_THE_SYSTEM) || scheme.len() < 2 {
        return Err(InvalidRedirectUri::Scheme);
    }
    if rest.starts_with("//") && authority(rest).contains('@') {
        return Err(InvalidRedirectUri::UserInfo);
    }
    Ok(RedirectKind::PrivateUse)
}

/// Every `%` must begin an escape, and none may stand for a control character or a backslash.
fn percent_encoding_is_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let escape = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let digits = rest.bytes().take(2).all(|c| c.is_ascii_hexdigit());
        digits && escape.is_some_and(|byte| byte >= 0x20 && byte != 0x7f && byte != b'\\')
    })
}

/// `.` and `..` in a path mean another path to whoever resolves them.
fn has_dot_segment(text: &str) -> bool {
    let path = text
        .split('?')
        .next()
        .unwrap_or(text)
        .to_ascii_lowercase()
        .replace("%2e", ".");
    path.split('/').any(|segment| segment == "." || segment == "..")
}

/// The part between `//` and the path, of `//host:port/path`.
fn authority(rest: &str) -> &str {
    authority_of(rest.strip_prefix("//").unwrap_or(rest))
}

fn authority_of(rest: &str) -> &str {
    rest.split(['/', '?']).next().unwrap_or(rest)
}

/// The host of an authority, without its port; an IPv6 address keeps its brackets.
fn host_part(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') && port.bytes().all(|c| c.is_ascii_digit()) && !port.is_empty() => {
            host
        }
        _ => authority,
    }
}

/// Scheme, host, and everything after the port.
fn without_port(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("http://")?;
    let authority = authority_of(rest);
    Some((host_part(authority), rest.get(authority.len()..)?))
}

#[cfg(test)]
mod tests;
