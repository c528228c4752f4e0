//! What a person does when the program that sent them here has to register again.
//!
//! A program keeps the identifier it got at registration. When the issuer lost it (another database, an
//! emptied one), every sign-in ends here, and the program never learns of it, because nothing may be sent
//! to an address that nobody registered (RFC 6749 section 4.1.2.1). So the page must tell the person
//! exactly what to do, by what can be guessed of the program from where it wants its answer.

use crate::browser::Page;

/// A program, how it is recognized, and how it is made to register again.
struct Program {
    /// How its redirect URIs begin; a loopback URI is compared without its port.
    begins: &'static [&'static str],
    words: &'static str,
    commands: &'static [&'static str],
}

const PROGRAMS: &[Program] = &[
    Program {
        begins: &["cursor://"],
        words: "In Cursor, open Settings, MCP, remove this server and add it again.",
        commands: &[],
    },
    Program {
        begins: &[
            "https://vscode.dev/",
            "https://insiders.vscode.dev/",
            "http://127.0.0.1/|",
            "vscode://",
        ],
        words: "In VS Code, run “Authentication: Remove Dynamic Authentication Providers” from the command palette, then start the server again.",
        commands: &[],
    },
    Program {
        begins: &["https://claude.ai/", "https://claude.com/"],
        words: "In Claude's settings, open Connectors, remove this connector and add it again.",
        commands: &[],
    },
    Program {
        begins: &["https://chatgpt.com/"],
        words: "In ChatGPT's settings, open Connectors, remove this connector and add it again.",
        commands: &[],
    },
    Program {
        begins: &["http://localhost/oauth/callback", "http://127.0.0.1/oauth/callback"],
        words: "In MCP Inspector, press Clear OAuth State and connect again. With mcp-remote, delete its stored sign-ins and start it again.",
        commands: &["rm -r ~/.mcp-auth"],
    },
    Program {
        begins: &["http://localhost/callback", "http://127.0.0.1/callback"],
        words: "With Claude Code, take the server out and add it again, then sign in once more. NAME and URL are those of your server as “claude mcp list” shows them.",
        commands: &[
            "claude mcp logout NAME",
            "claude mcp remove NAME",
            "claude mcp add --transport http NAME URL",
        ],
    },
];

/// Adds what to do to a page.
pub(super) fn again(page: Page, redirect_uri: Option<&str>) -> Page {
    let known = redirect_uri
        .map(without_port)
        .and_then(|uri| PROGRAMS.iter().find(|program| program.makes(&uri)));
    match known {
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

impl Program {
    /// A pattern that ends in `|` must be the whole URI.
    fn makes(&self, uri: &str) -> bool {
        self.begins.iter().any(|begin| match begin.strip_suffix('|') {
            Some(whole) => uri == whole,
            None => uri.starts_with(begin),
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

    fn words_for(uri: &str) -> String {
        let page = again(Page::for_status(actix_web::http::StatusCode::BAD_REQUEST), Some(uri));
        page.remedies.iter().map(|remedy| remedy.words.clone()).collect()
    }

    #[test]
    fn the_program_is_recognized_by_where_it_wants_its_answer() {
        for (uri, product) in [
            ("http://localhost:51234/callback", "Claude Code"),
            ("http://127.0.0.1:3118/callback", "Claude Code"),
            ("http://localhost:6274/oauth/callback", "Inspector"),
            ("http://127.0.0.1:33418/", "VS Code"),
            ("https://vscode.dev/redirect", "VS Code"),
            ("cursor://anysphere.cursor-mcp/oauth/callback", "Cursor"),
            ("https://claude.ai/api/mcp/auth_callback", "Connectors"),
        ] {
            assert!(words_for(uri).contains(product), "{uri}");
        }
        for unknown in ["https://claude.ai.example/cb", "http://localhost:1/other", "app:/cb"] {
            assert!(
                words_for(unknown).contains("the program that sent you here"),
                "{unknown}"
            );
        }
    }
}
