//! Saved foods on both databases: every statement, and races on a *file*, with several connections as in the
//! running program.

use std::sync::Arc;

use resource::food::custom::store::{Changed, MOST_FOODS, Saved, SavedFoods, Version};
use resource::food::custom::{Content, Measure, Owner};
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
        _folder: folder,
        _server: server,
    }
}

fn cake(name: &str, calories: f64) -> Content {
    Content {
        name: name.to_owned(),
        brand: None,
        category: "Saved foods".to_owned(),
        barcode: Some("0012345678905".to_owned()),
        aliases: vec!["torte".to_owned()],
        portions: vec![Measure {
            amount: 1.0,
            unit: "slice".to_owned(),
            grams: 50.0,
        }],
        nutrients: vec![(208, calories)],
    }
}

fn created(saved: Saved) -> Version {
    match saved {
        Saved::Created(version) => version,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_food_is_found_again_and_only_by_its_owner() {
    for Kept { store, .. } in &stores().await {
        let saved = created(store.save(ANN, &cake("Cake", 400.0), 1).await.unwrap());
        let found = store.find(ANN, &saved.id).await.unwrap().unwrap();
        assert_eq!((found.version, &found.content), (1, &cake("Cake", 400.0)));
        assert!(found.has_barcode("12345678905") && !found.has_barcode("12345678906"));
        assert_eq!(store.all(ANN).await.unwrap().len(), 1);
        for stranger in [BOB, OTHER_ANN] {
            assert_eq!(store.find(stranger, &saved.id).await.unwrap(), None);
            assert_eq!(store.all(stranger).await.unwrap(), []);
            assert_eq!(store.named(stranger, "Cake", None).await.unwrap(), None);
            assert_eq!(store.delete(stranger, &saved.id, None).await.unwrap(), Changed::Unknown);
            assert_eq!(
                store
                    .change(stranger, &saved.id, None, &cake("Mine", 1.0), 2)
                    .await
                    .unwrap(),
                Changed::Unknown
            );
        }
        assert_eq!(store.find(ANN, &saved.id).await.unwrap().unwrap().version, 1);
    }
}

#[tokio::test]
async fn the_same_name_and_brand_again_is_an_update() {
    for Kept { store, .. } in &stores().await {
        let first = created(store.save(ANN, &cake("Cake", 400.0), 1).await.unwrap());
        let again = store.save(ANN, &cake("  CAKE ", 410.0), 2).await.unwrap();
        assert_eq!(
            again,
            Saved::Updated(Version {
                id: first.id.clone(),
                version: 2
            })
        );
        let branded = Content {
            brand: Some("Acme".to_owned()),
            ..cake("Cake", 300.0)
        };
        let other = created(store.save(ANN, &branded, 3).await.unwrap());
        assert_ne!(other.id, first.id);
        created(store.save(BOB, &cake("Cake", 1.0), 4).await.unwrap());
    }
}

#[tokio::test]
async fn a_change_needs_the_version_it_was_made_on() {
    for Kept { store, .. } in &stores().await {
        let first = created(store.save(ANN, &cake("Cake", 400.0), 1).await.unwrap());
        let change = |if_match| {
            let (store, id) = (store.clone(), first.id.clone());
            async move { store.change(ANN, &id, if_match, &cake("Pie", 1.0), 2).await.unwrap() }
        };
        assert_eq!(change(Some(7)).await, Changed::OtherVersion(1));
        assert_eq!(
            change(Some(1)).await,
            Changed::Done(Version {
                id: first.id.clone(),
                version: 2
            })
        );
        assert_eq!(
            change(None).await,
            Changed::Done(Version {
                id: first.id.clone(),
                version: 3
            })
        );
        assert_eq!(
            store.delete(ANN, &first.id, Some(2)).await.unwrap(),
            Changed::OtherVersion(3)
        );
        assert!(matches!(
            store.delete(ANN, &first.id, Some(3)).await.unwrap(),
            Changed::Done(_)
        ));
        assert_eq!(store.delete(ANN, &first.id, None).await.unwrap(), Changed::Unknown);
    }
}

#[tokio::test]
async fn a_new_name_must_be_free() {
    for Kept { store, .. } in &stores().await {
        created(store.save(ANN, &cake("Cake", 400.0), 1).await.unwrap());
        let pie = created(store.save(ANN, &cake("Pie", 400.0), 1).await.unwrap());
        assert_eq!(
            store.change(ANN, &pie.id, None, &cake("cake", 1.0), 2).await.unwrap(),
            Changed::NameTaken
        );
    }
}

#[tokio::test]
async fn a_user_keeps_so_many_foods_and_no_more() {
    for Kept { store, .. } in &stores().await {
        for number in 0..MOST_FOODS {
            created(
                store
                    .save(ANN, &cake(&format!("Cake {number}"), 400.0), 1)
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(store.save(ANN, &cake("One more", 400.0), 2).await.unwrap(), Saved::Full);
        assert!(matches!(
            store.save(ANN, &cake("Cake 7", 1.0), 2).await.unwrap(),
            Saved::Updated(_)
        ));
        created(store.save(BOB, &cake("Cake", 400.0), 2).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_saves_of_one_name_make_one_food() {
    for Kept { store, .. } in &stores().await {
        let saves = (0..20).map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.save(ANN, &cake("Cake", f64::from(number)), 1).await.unwrap() })
        });
        let mut versions = Vec::new();
        let mut news = 0;
        for save in saves.collect::<Vec<_>>() {
            match save.await.unwrap() {
                Saved::Created(version) => {
                    news += 1;
                    versions.push(version.version);
                }
                Saved::Updated(version) => versions.push(version.version),
                Saved::Full => panic!("full"),
            }
        }
        versions.sort_unstable();
        assert_eq!((news, versions), (1, (1..=20).collect::<Vec<i64>>()));
        let kept = store.all(ANN).await.unwrap();
        assert_eq!((kept.len(), kept[0].version), (1, 20));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_changes_on_one_version_one_wins() {
    for Kept { store, .. } in &stores().await {
        let first = created(store.save(ANN, &cake("Cake", 400.0), 1).await.unwrap());
        let changes = (0..20).map(|number| {
            let (store, id) = (store.clone(), first.id.clone());
            tokio::spawn(async move {
                store
                    .change(ANN, &id, Some(1), &cake("Cake", f64::from(number)), 2)
                    .await
                    .unwrap()
            })
        });
        let mut winners = 0;
        for change in changes.collect::<Vec<_>>() {
            match change.await.unwrap() {
                Changed::Done(version) => winners += version.version - 1,
                other => assert_eq!(other, Changed::OtherVersion(2)),
            }
        }
        assert_eq!(winners, 1);
    }
}
