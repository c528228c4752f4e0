//! The background task that deletes ended rows.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::app::App;

/// Between two looks when nothing is left to delete.
const IDLE: Duration = Duration::from_mins(5);
/// Between two batches: others write in between.
const BUSY: Duration = Duration::from_millis(200);

/// Deletes ended rows until the issuer is gone or its database is closed.
pub async fn run(app: Weak<App>) {
    loop {
        let Some(app) = app.upgrade() else { return };
        let pause = match once(&app).await {
            Ok(0) => IDLE,
            Ok(_) => BUSY,
            Err(sqlx::Error::PoolClosed) => return,
            Err(error) => {
                log::warn!("ended rows could not be deleted, trying again later: {error}");
                IDLE
            }
        };
        drop(app);
        actix_web::rt::time::sleep(pause).await;
    }
}

async fn once(app: &Arc<App>) -> Result<u64, sqlx::Error> {
    let now = app.clock.now();
    let gone =
        app.store.purge(now, app.config.upkeep.audit_seconds).await? + app.store.free_status_entries(now).await?;
    if gone > 0 {
        log::debug!(rows = gone; "ended rows deleted");
    }
    Ok(gone)
}
