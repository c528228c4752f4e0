//! What a [`Protection`] is made of.

use std::path::PathBuf;
use std::sync::Arc;

use shared::clock::Clock;
use shared::fetch::Fetch;
use shared::jwk::Algorithms;
use shared::metadata::ProtectedResourceMetadata;
use shared::scope::Scope;
use tokio::task::JoinHandle;

use super::{AllowedBy, Inner, Protection};
use crate::auth::anonymous::{Anonymous, nobody};
use crate::auth::api_key::ApiKeys;
use crate::auth::metrics::AuthMetrics;
use crate::auth::proofs::Proofs;
use crate::auth::status::Policy;
use crate::auth::trust::Issuer;
use crate::auth::verifier::{Means, Trusted, Verifier};
use crate::challenge::Challenge;
use crate::identifier::ResourceIdentifier;
use crate::rebinding::Allowed;

/// Collects what a [`Protection`] is made of; only the identifier and one issuer must be there.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    resource: String,
    issuers: Vec<Issuer>,
    supported: Scope,
    required: Scope,
    name: Option<String>,
    documentation: Option<String>,
    hosts: Vec<String>,
    origins: Vec<String>,
    allowed_by: Option<AllowedBy>,
    anonymous: Anonymous,
    open_scope: Scope,
    jwks_cache: Option<PathBuf>,
    status_list: Policy,
    dpop_nonce: bool,
    api_keys: Option<Arc<ApiKeys>>,
    clock: Clock,
}

/// Why there can be no [`Protection`].
#[derive(Debug, thiserror::Error)]
pub enum BadProtection {
    /// The resource identifier is not one (RFC 9728 section 1.2).
    #[error("the resource identifier {0:?} {1}")]
    Resource(String, String),
    /// Nobody's tokens would be taken.
    #[error("no issuer is trusted; name at least one, or take API keys")]
    NoIssuer,
    /// Nothing can be fetched from here, for want of certificates for instance.
    #[error("{0}")]
    Fetch(String),
    /// The folder of key sets cannot be made.
    #[error("cannot make {}: {cause}", folder.display())]
    JwksCache {
        /// The folder.
        folder: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

impl Builder {
    pub(super) fn new(resource: &str) -> Self {
        Self {
            resource: resource.to_owned(),
            issuers: Vec::new(),
            supported: Scope::default(),
            required: Scope::default(),
            name: None,
            documentation: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            allowed_by: None,
            anonymous: Anonymous::None,
            open_scope: Scope::default(),
            jwks_cache: None,
            status_list: Policy::default(),
            dpop_nonce: false,
            api_keys: None,
            clock: Clock::System,
        }
    }

    /// Takes the tokens of this issuer, too. The first is the one that clients are sent to first.
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// Scopes that a normal user needs, beside those that every request needs: the metadata and the challenge name
    /// them, and clients ask for exactly these.
    pub fn scopes_supported(mut self, scopes: Scope) -> Self {
        self.supported = scopes;
        self
    }

    /// Scopes that every request needs.
    pub fn required_scopes(mut self, scopes: Scope) -> Self {
        self.required = scopes;
        self
    }

    /// What the resource is called, for people.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Where people read about it.
    pub fn documentation(mut self, url: &str) -> Self {
        self.documentation = Some(url.to_owned());
        self
    }

    /// Further host names that requests may be addressed to, in lower case and without port.
    pub fn allowed_hosts(mut self, hosts: &[String]) -> Self {
        self.hosts = hosts.to_vec();
        self
    }

    /// Further origins that web pages may call from, as browsers write them.
    pub fn allowed_origins(mut self, origins: &[String]) -> Self {
        self.origins = origins.to_vec();
        self
    }

    /// What whoever runs the server changes to allow further hosts and origins, for the text of refusals.
    pub fn allowed_by(mut self, settings: AllowedBy) -> Self {
        self.allowed_by = Some(settings);
        self
    }

    /// Lets in whoever brings no token, with `scope`; what they may do is then decided by
    /// [`Admission::require_for`](super::Admission::require_for). A bad token is refused nevertheless.
    pub fn anonymous(mut self, anonymous: Anonymous, scope: Scope) -> Self {
        (self.anonymous, self.open_scope) = (anonymous, scope);
        self
    }

    /// A folder that keeps the issuers' keys from one start to the next; nobody else may write to it.
    pub fn jwks_cache(mut self, folder: Option<PathBuf>) -> Self {
        self.jwks_cache = folder;
        self
    }

    /// What becomes of tokens while the list of revoked ones cannot be had.
    pub fn status_list(mut self, policy: Policy) -> Self {
        self.status_list = policy;
        self
    }

    /// Whether DPoP proofs must hold a nonce of this process (RFC 9449 section 9).
    pub fn dpop_nonce(mut self, asks: bool) -> Self {
        self.dpop_nonce = asks;
        self
    }

    /// Takes these keys, too; or nothing else, where no issuer is named: then there is no metadata, and the challenge
    /// names none.
    pub fn api_keys(mut self, keys: Option<Arc<ApiKeys>>) -> Self {
        self.api_keys = keys;
        self
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The protection, which begins to fetch the issuers' keys at once: must be called on the runtime.
    pub fn build(self) -> Result<Protection, BadProtection> {
        let resource: ResourceIdentifier = self
            .resource
            .parse()
            .map_err(|why| BadProtection::Resource(self.resource.clone(), why))?;
        if self.issuers.is_empty() && self.api_keys.is_none() {
            return Err(BadProtection::NoIssuer);
        }
        let means = self.means()?;
        let trusted = self.issuers.iter().cloned();
        let trusted: Vec<_> = trusted.map(|issuer| Trusted::new(issuer, &means)).collect();
        let metadata = self.metadata(&resource);
        let scopes = self.supported.union(&self.required);
        let challenge = if self.issuers.is_empty() {
            Challenge::of_api_keys(scopes)
        } else {
            Challenge::new(resource.metadata_url(), scopes)
        };
        let keys = self.api_keys.clone();
        let keys = keys.map(|keys| tokio::spawn(async move { keys.keep_fresh().await }));
        Ok(Protection(Arc::new(Inner {
            fetching: trusted.iter().flat_map(keep_fresh).chain(keys).collect(),
            allowed: Allowed::new(&resource, &self.hosts, &self.origins),
            allowed_by: self.allowed_by,
            verifier: Verifier::new(trusted, &means).with_api_keys(self.api_keys.clone()),
            proofs: Proofs::new(resource.url().clone(), self.dpop_nonce, self.clock.clone()),
            challenge,
            api_keys: self.api_keys,
            required_scopes: self.required,
            anonymous: self.anonymous,
            nobody: Arc::new(nobody(self.open_scope.clone())),
            open_scope: self.open_scope,
            clock: self.clock,
            metadata,
            resource,
        })))
    }

    fn means(&self) -> Result<Means, BadProtection> {
        if let Some(folder) = &self.jwks_cache {
            std::fs::create_dir_all(folder).map_err(|cause| BadProtection::JwksCache {
                folder: folder.clone(),
                cause,
            })?;
        }
        Ok(Means {
            fetch: Fetch::new().map_err(|error| BadProtection::Fetch(error.to_string()))?,
            clock: self.clock.clone(),
            jwks_cache: self.jwks_cache.clone(),
            status_list: self.status_list,
            metrics: AuthMetrics::default(),
        })
    }

    fn metadata(&self, resource: &ResourceIdentifier) -> ProtectedResourceMetadata {
        let advertised = self.issuers.iter().filter(|issuer| issuer.advertise);
        let scopes = self.supported.union(&self.required);
        ProtectedResourceMetadata {
            resource: resource.as_str().to_owned(),
            authorization_servers: advertised.map(|issuer| issuer.issuer.clone()).collect(),
            scopes_supported: scopes.tokens().map(str::to_owned).collect(),
            bearer_methods_supported: vec!["header".to_owned()],
            dpop_signing_alg_values_supported: Algorithms::default().names(),
            resource_name: self.name.clone(),
            resource_documentation: self.documentation.clone(),
        }
    }
}

fn keep_fresh(trusted: &Trusted) -> impl Iterator<Item = JoinHandle<()>> + use<> {
    let keys = trusted.keys();
    let keys = keys.map(|keys| tokio::spawn(async move { keys.keep_fresh().await }));
    let lists = trusted.status_lists();
    let lists = lists.map(|lists| tokio::spawn(async move { lists.keep_fresh().await }));
    keys.into_iter().chain(lists)
}
