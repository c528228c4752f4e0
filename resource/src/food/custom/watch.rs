//! What becomes of a user's foods, for who waits for it: changes of this process at once, those of others (another
//! server, the command line) when the counter in the owner's row is looked at again, [`LOOK_EVERY`].
//!
//! Easy to get wrong: the counter is read before the foods. Read after them, a change in between would be taken for
//! seen. What waits here is no list of changes but the foods as they were told last, so that whoever reads slowly is
//! told of many changes at once, and fills no memory.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use shared::on_reader;
use sqlx::FromRow;
use tokio::sync::broadcast;
use tokio::time::{Duration, timeout};

use super::Owner;
use super::store::{SavedFoods, StoreError};

/// How often it is asked whether another process changed something: the longest that such a change stays unheard of.
pub const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Changes that may wait until those who listen were woken; whoever is late looks at once.
const WAITING: usize = 64;

/// Where changes of this process are called out, by the hash of the owner. A wrong call only costs a look.
#[derive(Clone, Debug)]
pub(super) struct Calls(broadcast::Sender<u64>);

/// One who waits for changes of a user's foods.
#[derive(Debug)]
pub struct Watch {
    saved: SavedFoods,
    iss: String,
    sub: String,
    calls: broadcast::Receiver<u64>,
    changes: i64,
    seen: Seen,
}

/// What became of a user's foods since the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The ids of those that were saved, changed, made anew or deleted, ascending.
    pub foods: Vec<String>,
    /// Whether there are others now, or others' names.
    pub list: bool,
}

/// The foods by their ids.
type Seen = BTreeMap<String, Told>;

#[derive(Debug, PartialEq, Eq)]
struct Told {
    version: i64,
    updated_at: i64,
    name: u64,
}

#[derive(FromRow)]
struct Row {
    food_id: String,
    version: i64,
    updated_at: i64,
    name_key: String,
    brand_key: String,
}

impl Default for Calls {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl Calls {
    /// Says that the owner's foods changed.
    pub(super) fn call(&self, owner: Owner<'_>) {
        // Nobody may listen.
        drop(self.0.send(hash(&(owner.iss, owner.sub))));
    }
}

impl SavedFoods {
    /// Waits for changes of the owner's foods from now on.
    pub async fn watch(&self, owner: Owner<'_>) -> Result<Watch, StoreError> {
        let mut watch = Watch {
            saved: self.clone(),
            iss: owner.iss.to_owned(),
            sub: owner.sub.to_owned(),
            calls: self.calls.0.subscribe(),
            changes: 0,
            seen: Seen::new(),
        };
        watch.changes = self.changes(owner).await?;
        watch.seen = watch.foods().await?;
        Ok(watch)
    }
}

impl Watch {
    /// The next changes. Until the database can be read there are none. Whoever stops waiting misses nothing.
    pub async fn next(&mut self) -> Changes {
        loop {
            match self.look().await {
                Ok(Some(changes)) => return changes,
                Ok(None) => {}
                Err(error) => log::debug!("nobody can be told of changed foods: {error}"),
            }
            self.called().await;
        }
    }

    /// Until somebody calls, or it is time to look.
    async fn called(&mut self) {
        let own = hash(&(self.iss.as_str(), self.sub.as_str()));
        let others_call = async { while matches!(self.calls.recv().await, Ok(call) if call != own) {} };
        let _ = timeout(LOOK_EVERY, others_call).await;
    }

    async fn look(&mut self) -> Result<Option<Changes>, StoreError> {
        let (iss, sub) = (&self.iss, &self.sub);
        let changes = self.saved.changes(Owner { iss, sub }).await?;
        if changes == self.changes {
            return Ok(None);
        }
        let foods = self.foods().await?;
        self.changes = changes;
        let before = std::mem::replace(&mut self.seen, foods);
        let between = between(&before, &self.seen);
        Ok(Some(between).filter(|changes| *changes != Changes::default()))
    }

    async fn foods(&self) -> Result<Seen, StoreError> {
        const SQL: &str = "SELECT food_id, version, updated_at, name_key, brand_key FROM saved_foods
            WHERE iss = $1 AND sub = $2";
        let rows: Vec<Row> = on_reader!(self.saved.database, pool => sqlx::query_as(SQL)
            .bind(&self.iss).bind(&self.sub).fetch_all(pool).await)?;
        let told = |row: Row| {
            let name = hash(&(row.name_key, row.brand_key));
            let (version, updated_at) = (row.version, row.updated_at);
            (
                row.food_id,
                Told {
                    version,
                    updated_at,
                    name,
                },
            )
        };
        Ok(rows.into_iter().map(told).collect())
    }
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

fn between(before: &Seen, now: &Seen) -> Changes {
    let mut ids: Vec<&String> = before.keys().chain(now.keys()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|id| before.get(*id) != now.get(*id));
    let name = |seen: &Seen, id: &String| seen.get(id).map(|told| told.name);
    Changes {
        list: ids.iter().any(|id| name(before, id) != name(now, id)),
        foods: ids.into_iter().cloned().collect(),
    }
}
