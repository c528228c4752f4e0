//! The redirect URI rules as tables of what is taken and what is refused.

use super::*;
use proptest::prelude::*;

use RedirectKind::{Https, Loopback, PrivateUse};

/// What may be registered, and what it is.
const GOOD: &[(&str, RedirectKind)] = &[
    ("http://localhost/callback", Loopback),
    ("http://localhost:3118/callback", Loopback),
    ("http://localhost:49152/callback", Loopback),
    ("http://localhost:13383/oauth/callback", Loopback),
    ("http://localhost:6274/oauth/callback/debug", Loopback),
    ("http://localhost:8787/callback?x=1", Loopback),
    ("http://localhost", Loopback),
    ("http://localhost:80/", Loopback),
    ("http://127.0.0.1/", Loopback),
    ("http://127.0.0.1:33418/", Loopback),
    ("http://127.0.0.1:6276/oauth/callback", Loopback),
    ("http://127.0.0.1:65535/a%20b", Loopback),
    ("http://[::1]/callback", Loopback),
    ("http://[::1]:9000/callback", Loopback),
    ("https://claude.ai/api/mcp/auth_callback", Https),
    ("https://vscode.dev/redirect", Https),
    ("https://insiders.vscode.dev/redirect", Https),
    ("https://chatgpt.com/connector/oauth/abc_DEF-123", Https),
    ("https://example.com:8443/cb?tenant=a&b=c", Https),
    ("https://example.com", Https),
    ("https://xn--bcher-kva.example/cb", Https),
    ("https://[2001:db8::1]/cb", Https),
    ("https://localhost:8443/cb", Https),
    ("https://192.0.2.7/cb", Https),
    ("https://example.com/a..b/...c", Https),
    ("cursor://anysphere.cursor-mcp/oauth/callback", PrivateUse),
    ("vscode://vscode.github-authentication/did-authenticate", PrivateUse),
    ("com.example.app:/oauth2redirect", PrivateUse),
    ("com.example.app:/oauth2redirect/provider", PrivateUse),
    ("com.example.app://callback", PrivateUse),
    ("claude://callback", PrivateUse),
    ("my-app+x.1:/cb", PrivateUse),
];

/// What may not, and why.
const BAD: &[(&str, InvalidRedirectUri)] = &[
    ("", InvalidRedirectUri::Form),
    ("/callback", InvalidRedirectUri::Form),
    ("localhost/callback", InvalidRedirectUri::Form),
    ("//localhost/callback", InvalidRedirectUri::Form),
    ("http:/localhost/callback", InvalidRedirectUri::Form),
    ("http:localhost/callback", InvalidRedirectUri::Form),
    ("https:///example.com/cb", InvalidRedirectUri::Form),
    ("https:example.com", InvalidRedirectUri::Form),
    ("https://", InvalidRedirectUri::Form),
    ("http://localhost:99999/", InvalidRedirectUri::Form),
    ("http://localhost:port/", InvalidRedirectUri::Form),
    ("http://localhost:/callback", InvalidRedirectUri::Form),
    (" http://localhost/callback", InvalidRedirectUri::Form),
    ("http://localhost/callback ", InvalidRedirectUri::Form),
    ("http://localhost/call\nback", InvalidRedirectUri::Form),
    ("http://localhost/call\tback", InvalidRedirectUri::Form),
    ("http://localhost/call\u{0}back", InvalidRedirectUri::Form),
    ("http://localhost\\@evil.example/", InvalidRedirectUri::Form),
    ("http:\\\\localhost/", InvalidRedirectUri::Form),
    ("https://evil.example\\.example.com/", InvalidRedirectUri::Form),
    ("https://example.com/\u{202e}cb", InvalidRedirectUri::Form),
    ("https://bücher.example/cb", InvalidRedirectUri::Form),
    ("https://example.com/a%0d%0aLocation:x", InvalidRedirectUri::Form),
    ("https://example.com/%00", InvalidRedirectUri::Form),
    ("https://example.com/%5c%5cevil", InvalidRedirectUri::Form),
    ("https://example.com/%", InvalidRedirectUri::Form),
    ("https://example.com/%zz", InvalidRedirectUri::Form),
    ("https://example.com/%2", InvalidRedirectUri::Form),
    ("https://example.com/%+1", InvalidRedirectUri::Form),
    ("https://example.com/../cb", InvalidRedirectUri::Form),
    ("https://example.com/a/./cb", InvalidRedirectUri::Form),
    ("https://example.com/a/%2e%2E/cb", InvalidRedirectUri::Form),
    ("https://example.com/..", InvalidRedirectUri::Form),
    ("https://EXAMPLE.com/cb", InvalidRedirectUri::Form),
    ("HTTPS://example.com/cb", InvalidRedirectUri::Form),
    ("https://exam%70le.com/cb", InvalidRedirectUri::Form),
    ("https://example.com;script-src/cb", InvalidRedirectUri::Form),
    ("https://example.com,evil.example/cb", InvalidRedirectUri::Form),
    ("https://example.com&x/cb", InvalidRedirectUri::Form),
    ("https://example.com'/cb", InvalidRedirectUri::Form),
    ("https://*.example.com/cb", InvalidRedirectUri::Form),
    ("http://LOCALHOST/cb", InvalidRedirectUri::Form),
    ("http://127.1/cb", InvalidRedirectUri::Form),
    ("http://2130706433/cb", InvalidRedirectUri::Form),
    ("http://0x7f.0.0.1/cb", InvalidRedirectUri::Form),
    ("http://0177.0.0.1/cb", InvalidRedirectUri::Form),
    ("http://[0:0:0:0:0:0:0:1]/cb", InvalidRedirectUri::Form),
    ("http://[::1/cb", InvalidRedirectUri::Form),
    ("https://example.com/<script>", InvalidRedirectUri::Form),
    ("https://example.com/\"onload=", InvalidRedirectUri::Form),
    ("https://example.com/{x}", InvalidRedirectUri::Form),
    ("https://example.com/a|b", InvalidRedirectUri::Form),
    ("https://example.com/cb#", InvalidRedirectUri::Fragment),
    ("https://example.com/cb#x", InvalidRedirectUri::Fragment),
    ("http://localhost/cb#access_token", InvalidRedirectUri::Fragment),
    ("com.example.app:/cb#x", InvalidRedirectUri::Fragment),
    ("https://user@example.com/cb", InvalidRedirectUri::UserInfo),
    ("https://user:secret@example.com/cb", InvalidRedirectUri::UserInfo),
    ("http://localhost@evil.example/cb", InvalidRedirectUri::UserInfo),
    ("http://localhost:80@evil.example/cb", InvalidRedirectUri::UserInfo),
    ("cursor://user@host/cb", InvalidRedirectUri::UserInfo),
    ("http://example.com/cb", InvalidRedirectUri::PlainHttp),
    ("http://localhost.example.com/cb", InvalidRedirectUri::PlainHttp),
    ("http://localhost./cb", InvalidRedirectUri::PlainHttp),
    ("http://127.0.0.2/cb", InvalidRedirectUri::PlainHttp),
    ("http://127.0.0.1.example.com/cb", InvalidRedirectUri::PlainHttp),
    ("http://0.0.0.0/cb", InvalidRedirectUri::PlainHttp),
    ("http://192.168.1.2/cb", InvalidRedirectUri::PlainHttp),
    ("http://[::ffff:7f00:1]/cb", InvalidRedirectUri::PlainHttp),
    ("http://[::]/cb", InvalidRedirectUri::PlainHttp),
    ("http://foo.localhost/cb", InvalidRedirectUri::PlainHttp),
    ("javascript:alert(1)", InvalidRedirectUri::Scheme),
    ("javascript://localhost/%20alert(1)", InvalidRedirectUri::Scheme),
    ("data:text/html,x", InvalidRedirectUri::Scheme),
    ("vbscript:x", InvalidRedirectUri::Scheme),
    ("file:///etc/passwd", InvalidRedirectUri::Scheme),
    ("blob:https://example.com/x", InvalidRedirectUri::Scheme),
    ("about:blank", InvalidRedirectUri::Scheme),
    ("ftp://example.com/", InvalidRedirectUri::Scheme),
    ("ws://localhost/", InvalidRedirectUri::Scheme),
    ("wss://example.com/", InvalidRedirectUri::Scheme),
    ("intent://x#Intent;end", InvalidRedirectUri::Fragment),
    ("mailto:a@example.com", InvalidRedirectUri::Scheme),
    ("urn:ietf:wg:oauth:2.0:oob", InvalidRedirectUri::Scheme),
    ("view-source:https://example.com", InvalidRedirectUri::Scheme),
    ("c:/windows", InvalidRedirectUri::Scheme),
    ("ms-msdt:/id%20PCWDiagnostic", InvalidRedirectUri::Scheme),
    ("ms-settings:privacy", InvalidRedirectUri::Scheme),
    ("microsoft-edge:https://example.com", InvalidRedirectUri::Scheme),
    ("smb://192.0.2.7/share", InvalidRedirectUri::Scheme),
    ("shell:startup", InvalidRedirectUri::Scheme),
    ("tel:+1", InvalidRedirectUri::Scheme),
    ("JavaScript:alert(1)", InvalidRedirectUri::Form),
    ("com.example.app:", InvalidRedirectUri::Form),
    ("com.example.app://", InvalidRedirectUri::Form),
];

/// (registered, requested, whether they match)
const MATCHES: &[(&str, &str, bool)] = &[
    ("http://localhost/callback", "http://localhost:50000/callback", true),
    (
        "http://localhost:3118/callback",
        "http://localhost:50000/callback",
        true,
    ),
    ("http://localhost:3118/callback", "http://localhost/callback", true),
    ("http://127.0.0.1/", "http://127.0.0.1:33418/", true),
    ("http://[::1]/cb", "http://[::1]:1234/cb", true),
    ("http://localhost/cb?a=1", "http://localhost:5/cb?a=1", true),
    ("https://example.com/cb", "https://example.com/cb", true),
    (
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        true,
    ),
    ("http://localhost/callback", "http://127.0.0.1:50000/callback", false),
    ("http://127.0.0.1/callback", "http://localhost:50000/callback", false),
    ("http://[::1]/cb", "http://127.0.0.1/cb", false),
    ("http://localhost/callback", "http://localhost:50000/callback/", false),
    ("http://localhost/callback", "http://localhost:50000/Callback", false),
    (
        "http://localhost/callback",
        "http://localhost:50000/callback?x=1",
        false,
    ),
    ("http://localhost/cb?a=1", "http://localhost:5/cb?a=2", false),
    ("http://localhost/callback", "https://localhost:50000/callback", false),
    ("http://localhost/callback", "http://localhost:50000/callback#x", false),
    (
        "http://localhost/callback",
        "http://localhost:50000@evil.example/callback",
        false,
    ),
    (
        "http://localhost/callback",
        "http://localhost.evil.example/callback",
        false,
    ),
    (
        "http://localhost/callback",
        "http://localhost:50000\\@evil.example/callback",
        false,
    ),
    ("http://localhost/", "http://localhost:5", false),
    ("http://localhost/callback", "http://localhost:5/x/../callback", false),
    ("https://example.com/cb", "https://example.com:443/cb", false),
    ("https://example.com/cb", "https://example.com:8443/cb", false),
    ("https://localhost/cb", "https://localhost:8443/cb", false),
    ("https://example.com/cb", "https://example.com/cb/", false),
    ("https://example.com/cb", "https://example.com/cb?", false),
    ("https://example.com/cb", "https://EXAMPLE.com/cb", false),
    ("https://example.com/cb", "https://example.com./cb", false),
    ("https://example.com/cb", "https://evil.example/cb", false),
    ("https://example.com/cb", "https://example.com/c%62", false),
    ("https://example.com/cb", "http://example.com/cb", false),
    ("https://example.com/cb", "", false),
    ("com.example.app:/cb", "com.example.app:/cb2", false),
    ("com.example.app:/cb", "com.example.app://cb", false),
];

#[test]
fn what_may_be_registered() {
    for (text, kind) in GOOD {
        assert_eq!(RedirectUri::parse(text).map(|uri| uri.kind()), Ok(*kind), "{text}");
    }
}

#[test]
fn what_may_not_be_registered_and_why() {
    for (text, reason) in BAD {
        assert_eq!(RedirectUri::parse(text), Err(*reason), "{text:?}");
    }
    assert!(RedirectUri::parse(&format!("https://example.com/{}", "a".repeat(MAX_LENGTH))).is_err());
}

#[test]
fn what_matches_a_registered_uri() {
    for (registered, requested, matches) in MATCHES {
        let uri = RedirectUri::parse(registered).unwrap();
        assert_eq!(uri.matches(requested), *matches, "{registered} and {requested}");
    }
}

#[test]
fn the_tables_are_as_large_as_promised() {
    assert!(GOOD.len() + BAD.len() + MATCHES.len() >= 80);
}

#[test]
fn a_person_reads_host_and_port_or_the_scheme() {
    let place = |text: &str| RedirectUri::parse(text).unwrap().place().to_owned();
    assert_eq!(place("http://localhost:3118/callback"), "localhost:3118");
    assert_eq!(place("https://claude.ai/api/x?y=z"), "claude.ai");
    assert_eq!(place("cursor://anysphere.cursor-mcp/oauth"), "cursor");
    assert_eq!(place("https://example.com?x=1"), "example.com");
}

/// Texts near a good one: a piece replaced, inserted or removed.
fn mutated() -> impl Strategy<Value = (String, String)> {
    let piece = prop_oneof![
        "[ -~]{0,3}",
        prop::sample::select(vec![
            "@",
            "\\",
            "%2f",
            "%5c",
            "..",
            "/../",
            "#",
            "?",
            "\t",
            "\n",
            "evil.example",
            ":1",
            "//",
            "\u{ff0f}"
        ])
        .prop_map(str::to_owned),
    ];
    (0..GOOD.len(), any::<prop::sample::Index>(), 0..3_usize, piece).prop_map(|(row, at, cut, piece)| {
        let original = GOOD[row].0;
        let at = at.index(original.len() + 1);
        let end = (at + cut).min(original.len());
        (
            original.to_owned(),
            format!("{}{piece}{}", &original[..at], &original[end..]),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// A request that is not the registered text may differ in the port of a loopback URI and in nothing else.
    #[test]
    fn a_change_never_widens_where_an_answer_may_go((registered, requested) in mutated()) {
        let uri = RedirectUri::parse(&registered).unwrap();
        if uri.matches(&requested) && registered != requested {
            prop_assert_eq!(uri.kind(), Loopback);
            let (a, b) = (Url::parse(&registered).unwrap(), Url::parse(&requested).unwrap());
            prop_assert_eq!((a.scheme(), a.host(), a.path(), a.query()), (b.scheme(), b.host(), b.path(), b.query()));
            prop_assert!(b.username().is_empty() && b.fragment().is_none());
        }
    }

    /// What a browser reads in an accepted web URI is what stands there.
    #[test]
    fn an_accepted_uri_is_read_alike_by_a_parser((_, text) in mutated()) {
        if let Ok(uri) = RedirectUri::parse(&text) && uri.kind() != PrivateUse {
            let url = Url::parse(&text).unwrap();
            let after = &text[text.find("://").unwrap() + 3 + uri.place().len()..];
            let path = after.split('?').next().unwrap();
            prop_assert_eq!(url.path(), if path.is_empty() { "/" } else { path });
            prop_assert_eq!(host_part(uri.place()), url.host_str().unwrap());
        }
    }
}
