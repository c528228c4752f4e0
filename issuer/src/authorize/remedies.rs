//! What a person does when the program that sent them here has to register again.
//!
//! A program keeps the identifier it got at registration. When the issuer lost it (another database, an
//! emptied one), every sign-in ends here, and the program never learns of it, because nothing may be sent
//! to an address that nobody registered (RFC 6749 section 4.1.2.1). So the page must tell the person
//! exactly what to do, by what can be guessed of the program from its identifier when that is a URL, or from
//! where it wants its answer.

use crate::browser::Page;

/// A program, how it is recognized, and how it is made to register again.
struct Program {
    name: &'static str,
    /// How its identifiers and redirect URIs begin; a loopback URI is compared without its port, unless the
    /// pattern has one. A pattern that ends in `|` is the whole URI.
    begins: &'static [&'static str],
    words: &'static str,
    commands: &'static [&'static str],
}

/// The more exact patterns first.
const PROGRAMS: &[Program] = &[
    Program {
        name: "Claude Code",
        begins: &[
            "https://claude.ai/oauth/claude-code-client-metadata|",
            "http://localhost/callback|",
            "http://127.0.0.1/callback|",
        ],
        words: "With Claude Code, take the server out and add it again, then sign in once more. NAME and URL are those of your server as “claude mcp list” shows them.",
        commands: &[
            "claude mcp logout NAME",
            "claude mcp remove NAME",
            "claude mcp add --transport http NAME URL",
        ],
    },
    Program {
        name: "Codex",
        begins: &[
            "https://chatgpt.com/oauth/codex/",
            "http://localhost/callback/",
            "http://127.0.0.1/callback/",
        ],
        words: "With Codex, sign out of the server and sign in once more. NAME is that of your server as “codex mcp list” shows it.",
        commands: &["codex mcp logout NAME", "codex mcp login NAME"],
    },
    Program {
        name: "opencode",
        begins: &[
            "https://opencode.ai/",
            "http://localhost/mcp/oauth/callback|",
            "http://127.0.0.1/mcp/oauth/callback|",
        ],
        words: "With opencode, sign out of the server and sign in once more. NAME is that of your server as “opencode mcp list” shows it.",
        commands: &["opencode mcp logout NAME", "opencode mcp auth NAME"],
    },
    Program {
        name: "Cursor",
        begins: &["cursor://", "http://localhost:8787/callback|"],
        words: "In Cursor, open Settings, MCP, remove this server and add it again.",
        commands: &[],
    },
    Program {
        name: "VS Code",
        begins: &[
            "https://vscode.dev/",
            "https://insiders.vscode.dev/",
            "http://127.0.0.1/|",
            "http://localhost/|",
            "vscode://",
            "vscode-insiders://",
        ],
        words: "In VS Code, run “Authentication: Remove Dynamic Authentication Providers” from the command palette, then start the server again.",
        commands: &[],
    },
    Program {
        name: "Claude",
        begins: &["https://claude.ai/", "https://claude.com/"],
        words: "In Claude's settings, open Connectors, remove this connector and add it again.",
        commands: &[],
    },
    Program {
        name: "ChatGPT",
        begins: &["https://chatgpt.com/"],
        words: "In ChatGPT's settings, open Connectors, remove this connector and add it again.",
        commands: &[],
    },
    Program {
        name: "MCP Inspector",
        begins: &[
            "http://localhost:6274/",
            "http://127.0.0.1:6274/",
            "http://localhost:6276/",
            "http://127.0.0.1:6276/",
        ],
        words: "In MCP Inspector, press Clear OAuth State and connect again.",
        commands: &[],
    },
    Program {
        name: "mcp-remote",
        begins: &["http://localhost/oauth/callback|", "http://127.0.0.1/oauth/callback|"],
        words: "With mcp-remote, delete its stored sign-ins and start it again. With MCP Inspector, press Clear OAuth State and connect again.",
        commands: &["rm -r ~/.mcp-auth"],
    },
];

/// Adds what to do to a page.
pub(super) fn again(page: Page, client_id: &str, redirect_uri: Option<&str>) -> Page {
    match find(client_id, redirect_uri) {
        Some(program) => {
            let commands = program.commands.iter().map(|command| (*command).to_owned()).collect();
            page.remedy(program.words, commands)
        }
        None => page.remedy(
            "In the program that sent you here, sign out of this server or remove it, then add it again and sign in once more.",
            Vec::new(),
        ),
    }
}

/// The program that probably asks.
pub(super) fn product(client_id: &str, redirect_uri: Option<&str>) -> Option<&'static str> {
    find(client_id, redirect_uri).map(|program| program.name)
}

fn find(client_id: &str, redirect_uri: Option<&str>) -> Option<&'static Program> {
    let by = |uri: &str| PROGRAMS.iter().find(|program| program.makes(uri));
    by(client_id).or_else(|| by(redirect_uri?))
}

impl Program {
    fn makes(&self, uri: &str) -> bool {
        let portless = without_port(uri);
        self.begins.iter().any(|begin| match begin.strip_suffix('|') {
            Some(whole) => uri == whole || portless == whole,
            None => uri.starts_with(begin) || portless.starts_with(begin),
        })
    }
}

/// A loopback URI without its port; anything else as it is.
fn without_port(uri: &str) -> String {
    for host in ["http://localhost:", "http://127.0.0.1:"] {
        if let Some(rest) = uri.strip_prefix(host) {
            let path = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            return format!("{}{path}", host.trim_end_matches(':'));
        }
    }
    uri.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_for(client_id: &str, uri: &str) -> String {
        let page = Page::for_status(actix_web::http::StatusCode::BAD_REQUEST);
        let page = again(page, client_id, Some(uri));
        page.remedies.iter().map(|remedy| remedy.words.clone()).collect()
    }

    #[test]
    fn the_program_is_recognized_by_where_it_wants_its_answer() {
        for (uri, name) in [
            ("http://localhost:51234/callback", "Claude Code"),
            ("http://127.0.0.1:3118/callback", "Claude Code"),
            ("http://127.0.0.1:43021/callback/abc", "Codex"),
            ("http://127.0.0.1:19876/mcp/oauth/callback", "opencode"),
            ("http://localhost:6274/oauth/callback", "MCP Inspector"),
            ("http://127.0.0.1:6276/oauth/callback", "MCP Inspector"),
            ("http://localhost:13383/oauth/callback", "mcp-remote"),
            ("http://localhost:3334/oauth/callback", "mcp-remote"),
            ("http://127.0.0.1:33418/", "VS Code"),
            ("http://localhost:33418/", "VS Code"),
            ("https://vscode.dev/redirect", "VS Code"),
            ("cursor://anysphere.cursor-mcp/oauth/callback", "Cursor"),
            ("https://claude.ai/api/mcp/auth_callback", "Claude"),
            ("https://chatgpt.com/connector/oauth/x", "ChatGPT"),
        ] {
            assert_eq!(product("7d8f", Some(uri)), Some(name), "{uri}");
        }
        for unknown in ["https://claude.ai.example/cb", "http://localhost:1/other", "app:/cb"] {
            assert_eq!(product("7d8f", Some(unknown)), None, "{unknown}");
            assert!(words_for("7d8f", unknown).contains("the program that sent you here"));
        }
    }

    #[test]
    fn an_identifier_that_is_a_url_says_more_than_the_redirect_uri() {
        for (client_id, name) in [
            ("https://claude.ai/oauth/claude-code-client-metadata", "Claude Code"),
            ("https://chatgpt.com/oauth/codex/client.json", "Codex"),
            ("https://vscode.dev/oauth/client", "VS Code"),
        ] {
            assert_eq!(
                product(client_id, Some("http://localhost:1/oauth/callback")),
                Some(name)
            );
            assert!(words_for(client_id, "http://localhost:1/oauth/callback").contains(name));
        }
    }
}
