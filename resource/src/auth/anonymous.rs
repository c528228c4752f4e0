//! What somebody without a token may do: nothing, unless the settings say otherwise (MCP authorization: it is optional).
//!
//! Some clients, gateways and catalogues want to see the tools before anybody signs in. Easy to get wrong: a token that
//! is bad must be refused nevertheless, or its owner never learns that it has ended.

use std::str::FromStr;

use shared::scope::Scope;

use crate::principal::Principal;

/// The requests that tell what there is, and nothing of anybody. All of them, for clients ask for all at their start.
const DISCOVERY: [&str; 9] = [
    "initialize",
    "notifications/initialized",
    "notifications/cancelled",
    "ping",
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
];

/// The requests that need no user where tools that need none are open.
const LOOKING_UP: [&str; 4] = ["tools/call", "resources/read", "prompts/get", "completion/complete"];

/// What is open without a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anonymous {
    /// Nothing.
    #[default]
    None,
    /// What tells about the server and its tools.
    Discovery,
    /// The same, and the tools, resources and prompts that need no user.
    Tools,
}

impl FromStr for Anonymous {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "discovery" => Ok(Self::Discovery),
            "tools" => Ok(Self::Tools),
            _ => Err("must be none, discovery or tools"),
        }
    }
}

impl Anonymous {
    /// Whether a request with this method is open. `needed` is what it would need, `open` the scope of tools that need
    /// no user.
    pub fn opens(self, method: &str, needed: &Scope, open: &Scope) -> bool {
        match self {
            Self::None => false,
            Self::Discovery => DISCOVERY.contains(&method),
            Self::Tools => DISCOVERY.contains(&method) || (LOOKING_UP.contains(&method) && open.covers(needed)),
        }
    }
}

/// Somebody without a token. No issuer has an empty name, so what is kept of anybody is never theirs.
pub fn nobody(scope: Scope) -> Principal {
    Principal {
        iss: String::new(),
        sub: String::new(),
        client_id: None,
        scope,
    }
}
