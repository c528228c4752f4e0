//! TLS of our own, from certificate files: RFC 8446 and RFC 5246 as rustls does them, PEM as RFC 7468 writes it.
//!
//! The files are looked at every few seconds. When they have changed, connections that begin from then
//! on get the new certificate, and those that are open go on. Easy to get wrong: a certificate and its
//! key are two files, and for a moment only one of them is new; what does not fit together, or cannot
//! be read, is told in the log, and what is in use stays in use.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Where the certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain of certificates, our own first (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM).
    pub key: PathBuf,
}

/// Why there can be no TLS with these files; the text names them.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {cause}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// What a file holds is not what it should be.
    #[error("{}: {cause}", .file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: String,
    },
}

/// What was in both files.
#[derive(PartialEq, Eq)]
struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The certificate in use.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl TlsFiles {
    /// From two settings: both, or neither.
    pub fn of(certificate: &str, key: &str) -> Result<Option<Self>, String> {
        match (certificate, key) {
            ("", "") => Ok(None),
            ("", _) | (_, "") => Err("a certificate and its key are set together, or neither".to_owned()),
            (certificate, key) => Ok(Some(Self {
                certificate: certificate.into(),
                key: key.into(),
            })),
        }
    }

    /// What a server needs; keeps the certificate up to date for as long as the server has it.
    pub fn server_config(&self) -> Result<ServerConfig, TlsError> {
        self.server_config_looking(LOOK)
    }

    fn server_config_looking(&self, every: Duration) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let content = self.content()?;
        let current = Arc::new(Current(ArcSwap::from_pointee(self.certified(&content, &provider)?)));
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| malformed(&self.certificate, &error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        let (files, weak) = (self.clone(), Arc::downgrade(&current));
        tokio::spawn(async move {
            let mut known = content;
            loop {
                tokio::time::sleep(every).await;
                let Some(current) = weak.upgrade() else { return };
                files.renew(&current, &mut known, &provider);
            }
        });
        Ok(config)
    }

    /// One look at the files. What is wrong with them is told once, not at every look.
    fn renew(&self, current: &Current, known: &mut Content, provider: &CryptoProvider) {
        let Ok(content) = self.content() else { return };
        if content == *known {
            return;
        }
        match self.certified(&content, provider) {
            Ok(certified) => {
                current.0.store(Arc::new(certified));
                log::info!(file = self.certificate.display().to_string().as_str(); "a new certificate is in use");
            }
            Err(error) => log::error!("the new certificate is not used, the one before stays: {error}"),
        }
        *known = content;
    }

    fn content(&self) -> Result<Content, TlsError> {
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|cause| TlsError::Unreadable {
                file: file.clone(),
                cause,
            })
        };
        Ok(Content {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
        })
    }

    fn certified(&self, content: &Content, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content.certificate).collect();
        let chain = chain.map_err(|error| malformed(&self.certificate, &error))?;
        if chain.is_empty() {
            return Err(malformed(&self.certificate, &"there is no certificate (PEM) in it"));
        }
        let key = PrivateKeyDer::from_pem_slice(&content.key).map_err(|_| no_key(&self.key))?;
        CertifiedKey::from_der(chain, key, provider).map_err(|error| malformed(&self.key, &error))
    }
}

/// Never quotes what is in the file.
fn no_key(file: &std::path::Path) -> TlsError {
    malformed(file, &"there is no private key (PEM, not encrypted) in it")
}

fn malformed(file: &std::path::Path, cause: &impl ToString) -> TlsError {
    TlsError::Malformed {
        file: file.to_owned(),
        cause: cause.to_string(),
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
