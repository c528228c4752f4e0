//! The background task that looks after the signing keys (`docs/decisions/0008-key-rotation.md`).
//!
//! Once a minute it (1) makes the next key when its time has come, (2) finds what others put into the folder,
//! and (3) writes into the audit log which key changed its state. Which key signs does not wait for it: that
//! follows from the time.

use std::sync::{Arc, Weak};
use std::time::Duration;

use actix_web::web;
use shared::clock::NumericDate;

use crate::app::App;
use crate::keys::{self, KeyFileError, KeyState, LOOK_SECONDS, ListedKey};
use crate::store::audit::{AuditEvent, AuditKind};

/// How long nothing is tried after a key could not be made, in seconds: a folder that cannot be written would
/// else fill the log.
const RETRY_SECONDS: NumericDate = 3600;

/// Looks after the keys until the issuer is gone.
pub async fn run(app: Weak<App>) {
    let mut watch = Watch::default();
    loop {
        let Some(app) = app.upgrade() else { return };
        watch.look(&app).await;
        drop(app);
        actix_web::rt::time::sleep(Duration::from_secs(LOOK_SECONDS.unsigned_abs())).await;
    }
}

/// What one issuer remembers between two looks.
#[derive(Debug, Default)]
pub struct Watch {
    told: Vec<(String, KeyState)>,
    retry_at: NumericDate,
}

impl Watch {
    /// One look. What goes wrong is logged, and changes nothing.
    pub async fn look(&mut self, app: &Arc<App>) {
        if let Err(error) = self.make_next(app).await {
            self.retry_at = app.clock.now().saturating_add(RETRY_SECONDS);
            log::warn!(
                "the next signing key could not be made, trying again in an hour: {error} \
                 (ISSUER_KEY_ROTATION_DAYS=0 where keys are provided by somebody else)"
            );
        }
        let looked = app.clone();
        match blocking(move || looked.keys.signing.look()).await {
            Ok(true) => log::info!("the signing keys were read again"),
            Ok(false) => {}
            Err(error) => log::warn!("the folder of the keys could not be read, so nothing changes: {error}"),
        }
        if let Err(error) = self.tell(app).await {
            log::warn!("a change of keys is not in the audit log yet: {error}");
        }
    }

    async fn make_next(&self, app: &Arc<App>) -> Result<(), KeyFileError> {
        let (now, app) = (app.clock.now(), app.clone());
        let Some(after) = app.config.upkeep.key_rotation_seconds else {
            return Ok(());
        };
        if (1..=RETRY_SECONDS).contains(&self.retry_at.saturating_sub(now)) {
            return Ok(());
        }
        blocking(move || keys::make_next(&app.config.keys_dir, app.config.signing_algorithm, after, now))
            .await
            .map(drop)
    }

    async fn tell(&mut self, app: &App) -> Result<(), sqlx::Error> {
        let keys = app.keys.signing.list();
        let states = keys.iter().map(|key| (key.kid.clone(), key.state)).collect();
        if states == self.told {
            return Ok(());
        }
        for key in &keys {
            if let Some(event) = event(key, app.clock.now()) {
                app.store.audit_once(&event, &key.kid).await?;
            }
        }
        self.told = states;
        Ok(())
    }
}

/// What there is to tell about a key in its state. That one only verifies is told by the next one's signing.
fn event(key: &ListedKey, now: NumericDate) -> Option<AuditEvent> {
    let (kind, at) = match key.state {
        KeyState::Published => (AuditKind::KeyPublished, now),
        KeyState::Signing => (AuditKind::KeySigning, key.signs_from.min(now)),
        KeyState::Verifying => return None,
        KeyState::Retired => (AuditKind::KeyRetired, key.published_until.unwrap_or(now)),
    };
    let words = format!("key {} ({:?})", key.kid, key.algorithm);
    Some(AuditEvent::new(kind, at).detail(words))
}

async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, KeyFileError> + Send + 'static,
) -> Result<T, KeyFileError> {
    let done = web::block(run).await;
    done.unwrap_or_else(|error| Err(KeyFileError::Library(error.to_string())))
}
