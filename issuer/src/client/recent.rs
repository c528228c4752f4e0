//! Clients as they were when they last came, in memory: docs/decisions/0018-clients-in-memory.md.
//!
//! A client that is read for each request costs as much as the write that its request is about. So what was read is kept,
//! with the number of that state ([`Client::revision`]), and the statement that decides looks whether the client is still in
//! it, in the database, where another process may have changed, blocked or deleted it.
//!
//! Easy to get wrong: (1) an answer about the client that no such statement stands behind, be it only a refusal: it is given
//! by one that was read anew; (2) a secret that ends by itself, which changes no row: its end is looked at each time.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::model::Client;

/// Clients that are kept.
const KEPT: usize = 1_024;
/// Bytes of the metadata of one that is kept, at most: all together they take a few megabytes.
const LARGEST: usize = 2_048;

/// What is kept.
#[derive(Debug)]
pub struct RecentClients(Cache<String, Arc<Client>>);

impl Default for RecentClients {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl RecentClients {
    /// The client as it was.
    pub fn get(&self, client_id: &str) -> Option<Arc<Client>> {
        self.0.get(client_id)
    }

    /// Keeps a client that was just read, unless it is large or nothing could tell whether it changed. What is answered
    /// is that client, as one that was read.
    pub fn keep(&self, client: Client) -> Arc<Client> {
        if client.revision.is_some() && client.size <= LARGEST {
            self.0
                .insert(client.client_id.as_str().to_owned(), Arc::new(client.clone()));
        }
        Arc::new(client.without_revision())
    }

    /// It is read anew when it comes again.
    pub fn forget(&self, client_id: &str) {
        self.0.remove(client_id);
    }
}

#[cfg(test)]
mod tests {
    use super::super::metadata::ClientMetadata;
    use super::super::model::{ClientId, Source};
    use super::*;

    fn client(client_id: String, size: usize, revision: Option<i64>) -> Client {
        let metadata = serde_json::json!({"redirect_uris": ["https://client.example/"]});
        let metadata = ClientMetadata::read(serde_json::from_value(metadata).unwrap(), None).unwrap();
        Client {
            client_id: ClientId(client_id),
            size,
            revision,
            ..Client::without_row("", metadata, Source::Registered, 0)
        }
    }

    #[test]
    fn memory_is_bounded_and_what_is_large_or_has_no_state_is_not_kept() {
        let recent = RecentClients::default();
        for n in 0..3 * KEPT {
            recent.keep(client(n.to_string(), LARGEST, Some(1)));
        }
        assert!(recent.0.len() <= KEPT, "{}", recent.0.len());
        for (size, revision, is_kept) in [(1, Some(1), true), (LARGEST + 1, Some(1), false), (1, None, false)] {
            let answered = recent.keep(client("a".to_owned(), size, revision));
            assert_eq!((answered.revision, recent.get("a").is_some()), (None, is_kept));
            recent.forget("a");
            assert!(recent.get("a").is_none());
        }
    }
}
