//! What happened, for the people in charge: the table `audit_events`, and a log line for each entry.
//!
//! An entry is written in the transaction of the change it tells of, so that neither is there without
//! the other. It holds identifiers and never a secret.

use shared::clock::NumericDate;
use shared::{on_reader, on_writer, random};
use sqlx::FromRow;

use super::Store;
pub use super::audit_kind::AuditKind;

/// One entry: who and what, as far as it is known.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// When.
    pub at: NumericDate,
    /// What.
    pub kind: AuditKind,
    /// Whose account.
    pub user_id: Option<String>,
    /// Which client.
    pub client_id: Option<String>,
    /// Which grant.
    pub grant_id: Option<String>,
    /// A short sentence; never a secret.
    pub detail: Option<String>,
    /// Who did it.
    pub actor: Actor,
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The account or the client that it is about, or the issuer.
    Itself,
    /// Somebody with the program's commands.
    CommandLine,
}

impl Actor {
    /// The word that is stored and logged, when there is something to tell.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Itself => None,
            Self::CommandLine => Some("command line"),
        }
    }
}

/// An entry as read back.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AuditRow {
    /// When.
    pub at: NumericDate,
    /// What.
    pub kind: String,
    /// Which grant.
    pub grant_id: Option<String>,
    /// Which client.
    pub client_id: Option<String>,
}

pub(super) const INSERT: &str = "INSERT INTO audit_events (event_id, at, kind, user_id, client_id, grant_id, detail,
        actor)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const INSERT_ONCE: &str = "INSERT INTO audit_events (event_id, at, kind, detail) VALUES ($1, $2, $3, $4)
     ON CONFLICT (event_id) DO NOTHING";

/// Writes an entry on an executor of either database: `insert_audit!(&mut *transaction, event)`.
macro_rules! insert_audit {
    ($executor:expr, $event:expr) => {
        sqlx::query($crate::store::audit::INSERT)
            .bind($crate::store::audit::event_id()?)
            .bind($event.at)
            .bind($event.kind.as_str())
            .bind(&$event.user_id)
            .bind(&$event.client_id)
            .bind(&$event.grant_id)
            .bind(&$event.detail)
            .bind($event.actor.as_str())
            .execute($executor)
            .await
            .map(drop)?
    };
}
pub(super) use insert_audit;

pub(super) fn event_id() -> Result<String, sqlx::Error> {
    random::uuid().map_err(|error| sqlx::Error::Encode(error.into()))
}

impl AuditEvent {
    /// An entry about nobody yet.
    pub fn new(kind: AuditKind, at: NumericDate) -> Self {
        Self {
            at,
            kind,
            user_id: None,
            client_id: None,
            grant_id: None,
            detail: None,
            actor: Actor::Itself,
        }
    }

    /// Whose account it is about.
    #[must_use]
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Which client it is about.
    #[must_use]
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Which grant it is about.
    #[must_use]
    pub fn grant(mut self, grant_id: impl Into<String>) -> Self {
        self.grant_id = Some(grant_id.into());
        self
    }

    /// A short sentence; never a secret, nor what somebody typed.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Who did it, unless it was the account or the client itself.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Writes the log line; call it when the entry is committed.
    pub fn log(&self) {
        log::log!(
            target: "audit",
            self.kind.level(),
            kind = self.kind.as_str(),
            user_id:serde = self.user_id,
            client_id:serde = self.client_id,
            grant_id:serde = self.grant_id,
            actor:serde = self.actor.as_str();
            "{}", self.detail.as_deref().unwrap_or_default()
        );
    }
}

impl Store {
    /// Writes an entry that belongs to no other change, and its log line.
    pub async fn audit(&self, event: &AuditEvent) -> Result<(), sqlx::Error> {
        on_writer!(self.database, pool => insert_audit!(pool, event));
        event.log();
        Ok(())
    }

    /// Writes an entry about something that several replicas notice by themselves; the first one's stays.
    /// `subject` and the kind say what is the same.
    pub async fn audit_once(&self, event: &AuditEvent, subject: &str) -> Result<(), sqlx::Error> {
        let id = format!("{}:{subject}", event.kind.as_str());
        let inserted = on_writer!(self.database, pool => sqlx::query(INSERT_ONCE)
            .bind(id)
            .bind(event.at)
            .bind(event.kind.as_str())
            .bind(&event.detail)
            .execute(pool)
            .await?
            .rows_affected());
        if inserted == 1 {
            event.log();
        }
        Ok(())
    }

    /// The entries about one grant, oldest first.
    pub async fn audit_of_grant(&self, grant_id: &str) -> Result<Vec<AuditRow>, sqlx::Error> {
        let sql = "SELECT at, kind, grant_id, client_id FROM audit_events WHERE grant_id = $1 ORDER BY at, rowid";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(grant_id).fetch_all(pool).await)
    }
}
