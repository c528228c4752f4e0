//! Saved foods on both databases: every statement, and races on a *file*, with several connections as in the
//! running program.

mod barcodes;
mod pages;
mod races;
mod recipes;
mod transfer;
mod watch;

use std::sync::Arc;

use resource::food::custom::store::{SavedFoods, StoreError};
use resource::food::custom::transfer::Row;
use resource::food::custom::{Content, MOST_FOODS, Measure, Owner, Refused, SavedFood};
use tempfile::TempDir;

#[expect(unreachable_pub, reason = "the issuer's tests share it")]
#[path = "../../../issuer/tests/support/postgres.rs"]
mod postgres;

use postgres::Postgres;

const ANN: Owner<'_> = Owner {
    iss: "https://issuer.example",
    sub: "ann",
};
const BOB: Owner<'_> = Owner {
    iss: "https://issuer.example",
    sub: "bob",
};
const OTHER_ANN: Owner<'_> = Owner {
    iss: "https://other.example",
    sub: "ann",
};

/// A store and what goes away with it.
pub(crate) struct Kept {
    pub(crate) store: SavedFoods,
    url: String,
    _folder: Option<TempDir>,
    _server: Option<Arc<Postgres>>,
}

/// One on each database that there is.
pub(crate) async fn stores() -> Vec<Kept> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("resource.db").display());
    let mut stores = vec![kept(&url, Some(folder), None).await];
    if let Some(server) = Postgres::shared() {
        stores.push(kept(&server.new_database(), None, Some(server)).await);
    }
    stores
}

async fn kept(url: &str, folder: Option<TempDir>, server: Option<Arc<Postgres>>) -> Kept {
    let store = SavedFoods::open(&url.parse().unwrap()).await.unwrap();
    Kept {
        store,
        url: url.to_owned(),
        _folder: folder,
        _server: server,
    }
}

fn cake(name: &str, calories: f64) -> Content {
    Content {
        name: name.to_owned(),
        brand: None,
        category: "Saved foods".to_owned(),
        barcode: None,
        aliases: vec!["torte".to_owned()],
        portions: vec![Measure {
            amount: 1.0,
            unit: "slice".to_owned(),
            grams: 50.0,
        }],
        nutrients: vec![(208, calories)],
        recipe: None,
    }
}

/// A food that was not there before.
async fn created(store: &SavedFoods, owner: Owner<'_>, food: &Content) -> SavedFood {
    let saved = store.save(owner, food, 1).await.unwrap();
    assert_eq!(saved.version, 1);
    saved
}

/// So many foods of Ann's, at once: "Cake 0", "Cake 1"...
async fn fill(store: &SavedFoods, count: usize) {
    let row = |number: usize| Row {
        place: number.to_string(),
        id: None,
        version: None,
        content: cake(&format!("Cake {number}"), 400.0),
    };
    let rows: Vec<Row> = (0..count).map(row).collect();
    assert_eq!(store.import(ANN, &rows, 1).await.unwrap().created, count);
}

/// Replaces the whole food.
async fn change(store: &SavedFoods, id: &str, if_match: Option<i64>, food: Content) -> Result<SavedFood, StoreError> {
    store.change(ANN, id, if_match, |_| Ok(food), 2).await
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Refused {
    match result {
        Err(StoreError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_food_is_found_again_and_only_by_its_owner() {
    for Kept { store, .. } in &stores().await {
        let saved = created(store, ANN, &cake("Cake", 400.0)).await;
        assert_eq!(store.find(ANN, &saved.id).await.unwrap(), Some(saved.clone()));
        assert_eq!(store.all(ANN).await.unwrap(), std::slice::from_ref(&saved));
        for stranger in [BOB, OTHER_ANN] {
            assert_eq!(store.find(stranger, &saved.id).await.unwrap(), None);
            assert_eq!(store.all(stranger).await.unwrap(), []);
            assert_eq!(store.named(stranger, "Cake", None).await.unwrap(), None);
            let unknown = Refused::Unknown(saved.id.clone());
            assert_eq!(refused(store.delete(stranger, &saved.id, None, 2).await), unknown);
            let mine = |_: &Content| Ok(cake("Mine", 1.0));
            assert_eq!(refused(store.change(stranger, &saved.id, None, mine, 2).await), unknown);
        }
        assert_eq!(store.find(ANN, &saved.id).await.unwrap(), Some(saved));
    }
}

#[tokio::test]
async fn the_same_name_and_brand_again_is_an_update() {
    for Kept { store, .. } in &stores().await {
        let first = created(store, ANN, &cake("Cake", 400.0)).await;
        let again = store.save(ANN, &cake("  CAKE ", 410.0), 2).await.unwrap();
        assert_eq!((&again.id, again.version), (&first.id, 2));
        let branded = Content {
            brand: Some("Acme".to_owned()),
            ..cake("Cake", 300.0)
        };
        assert_ne!(created(store, ANN, &branded).await.id, first.id);
        created(store, BOB, &cake("Cake", 1.0)).await;
    }
}

#[tokio::test]
async fn a_change_needs_the_version_it_was_made_on() {
    for Kept { store, .. } in &stores().await {
        let first = created(store, ANN, &cake("Cake", 400.0)).await;
        let pie = |if_match| change(store, &first.id, if_match, cake("Pie", 1.0));
        assert_eq!(
            refused(pie(Some(7)).await),
            Refused::OtherVersion(Box::new(first.clone()))
        );
        assert_eq!(pie(Some(1)).await.unwrap().version, 2);
        let last = pie(None).await.unwrap();
        assert_eq!(last.version, 3);
        let stale = refused(store.delete(ANN, &first.id, Some(2), 3).await);
        assert_eq!(stale, Refused::OtherVersion(Box::new(last.clone())));
        assert_eq!(store.delete(ANN, &first.id, Some(3), 3).await.unwrap(), last);
        assert_eq!(
            refused(store.delete(ANN, &first.id, None, 3).await),
            Refused::Unknown(first.id)
        );
    }
}

#[tokio::test]
async fn a_new_name_must_be_free() {
    for Kept { store, .. } in &stores().await {
        let kept = created(store, ANN, &cake("Cake", 400.0)).await;
        let pie = created(store, ANN, &cake("Pie", 400.0)).await;
        assert_eq!(
            refused(change(store, &pie.id, None, cake("cake", 1.0)).await),
            Refused::NameTaken(Box::new(kept))
        );
        assert_eq!(store.find(ANN, &pie.id).await.unwrap(), Some(pie));
    }
}

#[tokio::test]
async fn a_user_keeps_so_many_foods_and_no_more() {
    for Kept { store, .. } in &stores().await {
        fill(store, MOST_FOODS).await;
        assert_eq!(
            refused(store.save(ANN, &cake("One more", 400.0), 2).await),
            Refused::Full
        );
        assert_eq!(store.save(ANN, &cake("Cake 7", 1.0), 2).await.unwrap().version, 2);
        created(store, BOB, &cake("Cake", 400.0)).await;
    }
}

#[tokio::test]
async fn every_change_of_a_users_foods_is_counted_and_no_other() {
    for Kept { store, .. } in &stores().await {
        assert_eq!(store.changes(ANN).await.unwrap(), 0);
        let saved = created(store, ANN, &cake("Cake", 400.0)).await;
        assert_eq!(store.changes(ANN).await.unwrap(), 1);
        fill(store, 2).await;
        change(store, &saved.id, None, cake("Cake", 410.0)).await.unwrap();
        store.delete(ANN, &saved.id, None, 3).await.unwrap();
        assert_eq!(store.changes(ANN).await.unwrap(), 4);
        refused(store.delete(ANN, &saved.id, None, 4).await);
        assert_eq!(store.changes(ANN).await.unwrap(), 4);
        for stranger in [BOB, OTHER_ANN] {
            assert_eq!(store.changes(stranger).await.unwrap(), 0);
        }
    }
}
