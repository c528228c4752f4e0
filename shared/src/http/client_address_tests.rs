//! Whose request it is, in tables: who connects, what the headers say, whose it is.

use super::*;
use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;
use proptest::prelude::*;

const PROXIES: &str = "10.0.0.0/8, 192.0.2.7, 2001:db8:1::/48";

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn behind(peer: &str, lines: &[(&'static str, &str)]) -> String {
    let proxies: TrustedProxies = PROXIES.parse().unwrap();
    proxies
        .client_behind(peer.parse().unwrap(), &headers(lines))
        .to_string()
}

#[test]
fn x_forwarded_for_is_walked_from_the_right_past_proxies_only() {
    for (peer, line, client) in [
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5, 10.9.9.9", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5, 192.0.2.7, 10.2.3.4", "203.0.113.5"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("10.0.0.1", "203.0.113.5:4711", "203.0.113.5"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5, ::ffff:10.3.3.3", "203.0.113.5"),
        ("2001:db8:1::9", "203.0.113.5", "203.0.113.5"),
        // What is no address ends the walk at the last that is known.
        ("10.0.0.1", "203.0.113.5, unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5, unknown, 10.4.4.4", "10.4.4.4"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5,", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5 10.0.0.2", "10.0.0.1"),
        ("10.0.0.1", "127.1", "10.0.0.1"),
        // Nobody else is believed.
        ("203.0.113.9", "1.1.1.1", "203.0.113.9"),
        ("192.0.2.8", "1.1.1.1", "192.0.2.8"),
        ("2001:db8:2::9", "1.1.1.1", "2001:db8:2::9"),
    ] {
        assert_eq!(behind(peer, &[("x-forwarded-for", line)]), client, "{peer}: {line}");
    }
}

#[test]
fn forwarded_is_read_as_rfc_7239_writes_it() {
    for (line, client) in [
        ("for=203.0.113.5", "203.0.113.5"),
        ("For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1", "2001:db8::1"),
        ("for=\"[2001:db8::1]\"", "2001:db8::1"),
        ("proto=https;for=203.0.113.5:80", "203.0.113.5"),
        ("for=1.1.1.1, for=203.0.113.5, for=10.2.2.2", "203.0.113.5"),
        ("for=203.0.113.5, for=_hidden", "10.0.0.1"),
        ("for=203.0.113.5, for=unknown, for=10.2.2.2", "10.2.2.2"),
        ("for=1.1.1.1;for=2.2.2.2", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
        ("203.0.113.5", "10.0.0.1"),
    ] {
        assert_eq!(behind("10.0.0.1", &[("forwarded", line)]), client, "{line}");
    }
}

#[test]
fn several_lines_are_one_list_and_headers_that_disagree_count_for_nothing() {
    let lines = [
        ("x-forwarded-for", "1.1.1.1"),
        ("x-forwarded-for", "203.0.113.5, 10.2.2.2"),
    ];
    assert_eq!(behind("10.0.0.1", &lines), "203.0.113.5");
    let same = [("forwarded", "for=203.0.113.5"), ("x-forwarded-for", "203.0.113.5")];
    assert_eq!(behind("10.0.0.1", &same), "203.0.113.5");
    let forged = [("forwarded", "for=198.51.100.1"), ("x-forwarded-for", "203.0.113.5")];
    assert_eq!(behind("10.0.0.1", &forged), "10.0.0.1");
}

#[test]
fn a_long_list_ends() {
    let hops = format!("203.0.113.5{}", ", 10.0.0.2".repeat(1000));
    assert_eq!(behind("10.0.0.1", &[("x-forwarded-for", &hops)]), "10.0.0.2");
}

#[test]
fn networks_and_addresses_are_read_and_everybody_is_refused() {
    let proxies: TrustedProxies = PROXIES.parse().unwrap();
    assert_eq!(proxies.0.len(), 3);
    assert_eq!("".parse(), Ok(TrustedProxies::default()));
    for bad in [
        "10.0.0.0/33",
        "10.0.0",
        "proxy.example.com",
        "0.0.0.0/0",
        "::/0",
        "10.0.0.1;10.0.0.2",
    ] {
        assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
    }
}

#[actix_web::test]
async fn the_applications_data_says_who_is_trusted() {
    let request = || {
        let peer = "10.0.0.1:4711".parse().unwrap();
        TestRequest::get()
            .peer_addr(peer)
            .insert_header(("x-forwarded-for", "203.0.113.5"))
    };
    let address = |request: TestRequest| client_address(&request.to_http_request()).unwrap().to_string();
    assert_eq!(address(request()), "10.0.0.1");
    let proxies: TrustedProxies = PROXIES.parse().unwrap();
    assert_eq!(address(request().app_data(proxies)), "203.0.113.5");
    assert_eq!(client_address(&TestRequest::get().to_http_request()), None);
}

proptest! {
    /// Whatever a client writes into its own header, what the proxy appends is what counts.
    #[test]
    fn what_the_client_writes_changes_nothing(forged in "[ -~]{0,80}") {
        let line = if forged.is_empty() { "203.0.113.5".to_owned() } else { format!("{forged}, 203.0.113.5") };
        prop_assert_eq!(behind("10.0.0.1", &[("x-forwarded-for", &line)]), "203.0.113.5");
        prop_assert_eq!(behind("10.0.0.1", &[("forwarded", &format!("{forged}, for=203.0.113.5"))]), "203.0.113.5");
    }
}
