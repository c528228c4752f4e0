//! What happened, for the people in charge: the table `audit_events`, and a log line for each entry.
//!
//! An entry is written in the transaction of the change it tells of, so that neither is there without
//! the other. It holds identifiers and never a secret.

use log::Level;
use shared::clock::NumericDate;
use shared::{on_reader, on_writer, random};
use sqlx::FromRow;

use super::Store;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditKind {
    /// Somebody signed in.
    SignIn,
    /// A password was wrong, or the account may not sign in.
    SignInRefused,
    /// Somebody signed out of this browser.
    SignOut,
    /// A browser was signed out from elsewhere.
    SessionsEnded,
    /// Somebody allowed a client what it asked for.
    ConsentGiven,
    /// Somebody denied a client what it asked for.
    ConsentDenied,
    /// A client redeemed a code (RFC 6749 section 4.1.3); the grant begins.
    GrantBegun,
    /// A refresh token came that its successors had made useless; the grant was revoked
    /// (RFC 9700 section 4.14.2).
    RefreshReuse,
    /// A refresh token came again after the grace window; its unused successor was made useless.
    RefreshRecovery,
    /// An authorization code came a second time; what the first use gave was revoked
    /// (RFC 6749 section 4.1.2).
    CodeReplay,
    /// A grant was given back by its client (RFC 7009) or ended by its user.
    GrantRevoked,
    /// An access token was revoked before its end (RFC 7009).
    TokenRevoked,
    /// A client registered, or was added by an administrator.
    ClientAdded,
    /// A client's metadata or secret changed.
    ClientChanged,
    /// A client was deleted or may not be used any more.
    ClientRemoved,
    /// A signing key was made and is published; it does not sign yet.
    KeyPublished,
    /// A signing key signs from now on.
    KeySigning,
    /// A signing key is not published any more.
    KeyRetired,
    /// An account was added.
    UserAdded,
    /// An account may not sign in any more; its sessions and grants ended.
    UserDisabled,
    /// An account may sign in again.
    UserEnabled,
    /// An account and all that was its own were deleted.
    UserDeleted,
    /// An account has a new password.
    PasswordChanged,
    /// Somebody took a copy of all that is stored about them.
    DataExported,
}

impl AuditKind {
    /// The kind as it is stored and logged.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignInRefused => "sign_in_refused",
            Self::SignOut => "sign_out",
            Self::SessionsEnded => "sessions_ended",
            Self::ConsentGiven => "consent_given",
            Self::ConsentDenied => "consent_denied",
            Self::GrantBegun => "grant_begun",
            Self::RefreshReuse => "refresh_reuse",
            Self::RefreshRecovery => "refresh_recovery",
            Self::CodeReplay => "code_replay",
            Self::GrantRevoked => "grant_revoked",
            Self::TokenRevoked => "token_revoked",
            Self::ClientAdded => "client_added",
            Self::ClientChanged => "client_changed",
            Self::ClientRemoved => "client_removed",
            Self::KeyPublished => "key_published",
            Self::KeySigning => "key_signing",
            Self::KeyRetired => "key_retired",
            Self::UserAdded => "user_added",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::UserDeleted => "user_deleted",
            Self::PasswordChanged => "password_changed",
            Self::DataExported => "data_exported",
        }
    }

    /// What somebody should look at is a warning; the rest is for the record.
    fn level(self) -> Level {
        match self {
            Self::SignInRefused | Self::RefreshReuse | Self::RefreshRecovery | Self::CodeReplay => Level::Warn,
            _ => Level::Info,
        }
    }
}

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

pub(super) const INSERT: &str = "INSERT INTO audit_events (event_id, at, kind, user_id, client_id, grant_id, detail)
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

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

    /// Writes the log line; call it when the entry is committed.
    pub fn log(&self) {
        log::log!(
            target: "audit",
            self.kind.level(),
            kind = self.kind.as_str(),
            user_id:serde = self.user_id,
            client_id:serde = self.client_id,
            grant_id:serde = self.grant_id;
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
        let sql = "SELECT at, kind, grant_id, client_id FROM audit_events WHERE grant_id = $1 ORDER BY at";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(grant_id).fetch_all(pool).await)
    }
}
