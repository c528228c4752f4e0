//! Fetching from an address that a stranger chose, without becoming the stranger's arm in our network:
//! draft-ietf-oauth-client-id-metadata-document, "Server Side Request Forgery (SSRF) Attacks".
//!
//! 1. https only, no redirects, no proxy, HTTP/1.1, one connection for one request;
//! 2. the name is resolved once, every address must be public, and the connection goes to those;
//! 3. five seconds for all of it, from the name to the last byte; a body read in pieces up to a limit.
//!
//! Easy to get wrong: (1) looking the name up to check it, and again to connect: a name server that
//! answers differently each time (DNS rebinding) passes the check with one answer and connects with the
//! other. Here the check is *in* the resolver that the connection uses. (2) Addresses written as such never
//! reach a resolver, so they are checked apart.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::address::is_public;
use super::{FetchError, read, transport};

/// For everything, from the name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const USER_AGENT: &str = concat!("issuer/", env!("CARGO_PKG_VERSION"));

/// Which hosts may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those on the public Internet, by https.
    Public,
    /// This computer, too, also by http: for development and tests, never for a server that others use.
    PublicAndLoopback,
}

/// What a name server says.
pub type Names = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// How names become addresses.
#[derive(Clone, Default)]
pub enum Resolver {
    /// As the system does it.
    #[default]
    System,
    /// By a function, so that a test can play a hostile name server.
    Function(Arc<Names>),
}

/// A client for addresses that strangers choose.
#[derive(Clone, Debug)]
pub struct GuardedFetch {
    client: reqwest::Client,
    reach: Reach,
}

/// An answer: status, headers, and a body within the limit.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty when the status is not 200, for nobody may act on it.
    pub body: Vec<u8>,
}

impl GuardedFetch {
    /// A client with the limits above.
    #[expect(clippy::disallowed_methods, reason = "the guarded place that makes a client")]
    pub fn new(reach: Reach, resolver: Resolver) -> Result<Self, FetchError> {
        Self::with(reqwest::Client::builder(), reach, resolver)
    }

    fn with(builder: reqwest::ClientBuilder, reach: Reach, resolver: Resolver) -> Result<Self, FetchError> {
        let client = builder
            .https_only(reach == Reach::Public)
            .redirect(Policy::none())
            .no_proxy()
            .http1_only()
            .pool_max_idle_per_host(0)
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .dns_resolver(Guard { reach, resolver })
            .build();
        let client = client.map_err(|error| transport(&error))?;
        Ok(Self { client, reach })
    }

    /// What `url` answers, with a body of at most `most` bytes.
    pub async fn get(&self, url: &Url, most: usize) -> Result<Answer, FetchError> {
        match url.host() {
            Some(Host::Ipv4(address)) => self.reach.check(IpAddr::V4(address))?,
            Some(Host::Ipv6(address)) => self.reach.check(IpAddr::V6(address))?,
            _ => {}
        }
        let request = self.client.get(url.clone()).header("accept", "application/json");
        let mut answer = request.send().await.map_err(|error| transport(&error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = if status == 200 {
            read(&mut answer, most).await?
        } else {
            Vec::new()
        };
        Ok(Answer { status, headers, body })
    }
}

impl Reach {
    fn check(self, address: IpAddr) -> Result<(), FetchError> {
        let loopback = self == Self::PublicAndLoopback && address.is_loopback();
        if is_public(address) || loopback {
            Ok(())
        } else {
            Err(FetchError::NotPublic)
        }
    }
}

impl Resolver {
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((host, 0))
                .await?
                .map(|socket| socket.ip())
                .collect()),
            Self::Function(function) => Ok(function(host)),
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Function(_) => "Function",
        })
    }
}

/// The resolver of the connections: it gives out checked addresses or none.
struct Guard {
    reach: Reach,
    resolver: Resolver,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, resolver) = (self.reach, self.resolver.clone());
        Box::pin(async move {
            let addresses = resolver.resolve(name.as_str()).await?;
            if addresses.is_empty() {
                return Err(FetchError::Transport("the name has no address".to_owned()).into());
            }
            for address in &addresses {
                reach.check(*address)?;
            }
            let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}

#[cfg(test)]
#[path = "guarded_tests.rs"]
mod tests;
