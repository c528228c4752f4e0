//! What the audit log tells of.

use log::Level;

macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $kind:ident = $name:literal),+ $(,)?) => {
        /// What kind of thing happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum AuditKind {
            $($(#[doc = $meaning])+ $kind),+
        }

        impl AuditKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The kind as it is stored and logged.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name),+
                }
            }
        }
    };
}

kinds! {
    /// Somebody signed in.
    SignIn = "sign_in",
    /// A password was wrong, or the account may not sign in.
    SignInRefused = "sign_in_refused",
    /// Somebody signed out of this browser.
    SignOut = "sign_out",
    /// Browsers were signed out from elsewhere.
    SessionsEnded = "sessions_ended",
    /// Somebody allowed a client what it asked for.
    ConsentGiven = "consent_given",
    /// Somebody denied a client what it asked for.
    ConsentDenied = "consent_denied",
    /// A client redeemed a code (RFC 6749 section 4.1.3); the grant begins.
    GrantBegun = "grant_begun",
    /// A refresh token came that its successors had made useless; the grant was revoked
    /// (RFC 9700 section 4.14.2).
    RefreshReuse = "refresh_reuse",
    /// A refresh token came again after the grace window; its unused successor was made useless.
    RefreshRecovery = "refresh_recovery",
    /// An authorization code came a second time; what the first use gave was revoked
    /// (RFC 6749 section 4.1.2).
    CodeReplay = "code_replay",
    /// A grant was given back by its client (RFC 7009), or ended by its user or an administrator.
    GrantRevoked = "grant_revoked",
    /// An access token that belongs to no grant was revoked before its end (RFC 7009).
    TokenRevoked = "token_revoked",
    /// Somebody signed out of an app: its grants and codes ended, and what it was allowed is forgotten.
    AppDisconnected = "app_disconnected",
    /// A client that is stored registered, or was added by an administrator.
    ClientAdded = "client_added",
    /// A client's metadata or secret changed.
    ClientChanged = "client_changed",
    /// A client was deleted.
    ClientRemoved = "client_removed",
    /// A client may not be used any more; its grants ended.
    ClientBlocked = "client_blocked",
    /// A client may be used again.
    ClientUnblocked = "client_unblocked",
    /// A signing key was made and is published; it does not sign yet.
    KeyPublished = "key_published",
    /// A signing key signs from now on.
    KeySigning = "key_signing",
    /// A signing key is not published any more.
    KeyRetired = "key_retired",
    /// Another `mac.key` was accepted: what was issued under the one before ended.
    MacKeyAccepted = "mac_key_accepted",
    /// An account was added.
    UserAdded = "user_added",
    /// An account may not sign in any more; its sessions and grants ended.
    UserDisabled = "user_disabled",
    /// An account may sign in again.
    UserEnabled = "user_enabled",
    /// An account and all that was its own were deleted.
    UserDeleted = "user_deleted",
    /// An account has a new password.
    PasswordChanged = "password_changed",
    /// Somebody took a copy of all that is stored about them.
    DataExported = "data_exported",
}

impl AuditKind {
    /// What somebody should look at is a warning; the rest is for the record.
    pub(super) fn level(self) -> Level {
        match self {
            Self::SignInRefused | Self::RefreshReuse | Self::RefreshRecovery | Self::CodeReplay => Level::Warn,
            _ => Level::Info,
        }
    }
}
