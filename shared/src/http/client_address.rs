//! Whose request it is, behind proxies: RFC 7239 (`Forwarded`), and `X-Forwarded-For` as proxies write it.
//!
//! 1. The connection's own address counts, unless it belongs to a proxy that the settings name;
//! 2. then the list that proxies write is walked from its right end, past addresses of named proxies only;
//! 3. the first other address is the client's. A hop that is no address ends the walk at the one before it.
//!
//! Easy to get wrong: (1) taking the list's left end, which the client writes itself; (2) believing one
//! header where both came: a proxy writes one of them and passes the other through as the client sent it.
//! So where they tell different addresses, the proxy's own counts, which slows only who sends such things.
//! (3) Making URLs out of these headers: here nobody does, the public URL is a setting.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName};
use ipnet::IpNet;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// More proxies than stand in any honest row.
const HOPS: usize = 16;

/// The networks whose proxies are believed. Put it into the application's data; without it nobody is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(trusted).collect::<Result<_, _>>().map(Self)
    }
}

fn trusted(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse().map(IpAddr::into));
    let network: IpNet = network.map_err(|_| format!("{text:?} is not a network like 10.0.0.0/8 or an address"))?;
    if network.prefix_len() == 0 {
        return Err(format!("{text:?} is everybody; name the proxies"));
    }
    Ok(network)
}

/// The client's address; `None` only where there is no connection.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let proxies = request.app_data::<TrustedProxies>();
    Some(proxies.map_or(peer, |proxies| proxies.client_behind(peer, request.headers())))
}

/// One customer's network: an IPv6 customer has at least a /64 to choose addresses from.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl TrustedProxies {
    fn client_behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.contains(peer) {
            return peer;
        }
        let forwarded = list(headers, &FORWARDED).map(|hops| self.walk(peer, hops.rev().map(of_forwarded)));
        let x_forwarded_for = list(headers, &X_FORWARDED_FOR).map(|hops| self.walk(peer, hops.rev().map(address)));
        match (forwarded, x_forwarded_for) {
            (Some(one), Some(other)) if one != other => peer,
            (Some(address), _) | (None, Some(address)) => address,
            (None, None) => peer,
        }
    }

    /// From the nearest hop to the furthest.
    fn walk(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut nearest = peer;
        for hop in hops.take(HOPS) {
            let Some(hop) = hop else { return nearest };
            nearest = hop;
            if !self.contains(nearest) {
                return nearest;
            }
        }
        nearest
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The items of a header that is a list, over all its lines; none when the header is not there.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<impl DoubleEndedIterator<Item = &'a str>> {
    headers.contains_key(name).then(|| {
        let lines: Vec<_> = headers.get_all(name).collect();
        let items = lines
            .into_iter()
            .flat_map(|line| line.to_str().unwrap_or("?").split(','));
        items.map(str::trim)
    })
}

/// The address in `for=`, one item of RFC 7239 section 4. A hidden or unknown one is none.
fn of_forwarded(item: &str) -> Option<IpAddr> {
    let pairs = item.split(';').filter_map(|pair| pair.split_once('='));
    let mut of_for = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    match (of_for.next(), of_for.next()) {
        (Some((_, node)), None) => address(node.trim().trim_matches('"')),
        _ => None,
    }
}

/// An address with or without brackets and port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
#[path = "client_address_tests.rs"]
mod tests;
