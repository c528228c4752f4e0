//! Listening addresses.
//!
//! The default is loopback only, on 127.0.0.1 and, where the machine has one, on \[::1\]: a browser
//! may try either for `localhost`.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::str::FromStr;

/// One or more addresses to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen(pub Vec<SocketAddr>);

/// An address that cannot be listened on; the text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}")]
pub struct ListenError {
    address: SocketAddr,
    reason: String,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = |part: &str| {
            let part = part.trim();
            part.parse()
                .map_err(|_| format!("{part:?} is not an address like 127.0.0.1:8080 or [::1]:8080"))
        };
        text.split(',').map(address).collect::<Result<_, _>>().map(Self)
    }
}

impl Listen {
    /// The addresses in a setting that may be empty.
    pub fn optional(text: &str) -> Result<Option<Self>, String> {
        (!text.is_empty()).then(|| text.parse()).transpose()
    }

    /// Binds every address. An IPv6 address that the machine does not have is passed over when
    /// another address was bound.
    pub fn bind(&self, setting: &str) -> Result<Vec<TcpListener>, ListenError> {
        let mut listeners = Vec::new();
        for &address in &self.0 {
            match TcpListener::bind(address) {
                Ok(listener) => listeners.push(listener),
                Err(error) if address.is_ipv6() && is_missing(&error) && !listeners.is_empty() => {}
                Err(error) => {
                    return Err(ListenError {
                        address,
                        reason: reason(&error, setting),
                    });
                }
            }
        }
        Ok(listeners)
    }
}

fn is_missing(error: &io::Error) -> bool {
    // EAFNOSUPPORT (97) has no ErrorKind of its own on stable Rust.
    error.kind() == ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(97)
}

fn reason(error: &io::Error, setting: &str) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => {
            format!("another program has this port; end it, or choose another address with {setting}")
        }
        ErrorKind::PermissionDenied => {
            format!("not allowed to use this port; choose one above 1023 with {setting}")
        }
        ErrorKind::AddrNotAvailable => {
            format!("this machine does not have that address; choose another with {setting}")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_addresses_and_spaces_are_read() {
        let listen: Listen = "127.0.0.1:8080, [::1]:8080".parse().unwrap();
        assert_eq!(listen.0.len(), 2);
        for bad in ["", "8080", "localhost:8080", "127.0.0.1", "127.0.0.1:8080,"] {
            assert!(bad.parse::<Listen>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_taken_port_says_so_and_names_the_setting() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = Listen(vec![first.local_addr().unwrap()])
            .bind("ISSUER_LISTEN")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("another program has this port") && error.contains("ISSUER_LISTEN"),
            "{error}"
        );
    }

    /// A machine without IPv6 has no [::1]; here an address that nobody has stands for it.
    #[test]
    fn an_ipv6_address_that_is_missing_is_passed_over_when_there_is_another() {
        let bound = |text: &str| text.parse::<Listen>().unwrap().bind("ISSUER_LISTEN");
        assert_eq!(bound("127.0.0.1:0,[2001:db8::1]:0").unwrap().len(), 1);
        for nowhere in ["[2001:db8::1]:0", "127.0.0.1:0,192.0.2.1:0"] {
            let error = bound(nowhere).unwrap_err().to_string();
            assert!(error.contains("ISSUER_LISTEN") || error.contains("97"), "{error}");
        }
    }
}
