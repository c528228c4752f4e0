//! Who waits for changes of a user's foods, on both databases.

use std::time::Duration;

use resource::food::custom::Owner;
use resource::food::custom::store::SavedFoods;
use resource::food::custom::watch::{Changes, Watch};

use super::{ANN, BOB, Kept, OTHER_ANN, cake, change, created, stores};

async fn told(watch: &mut Watch) -> Changes {
    let told = tokio::time::timeout(Duration::from_mins(1), watch.next());
    told.await.unwrap()
}

fn changes(list: bool, mut foods: Vec<String>) -> Changes {
    foods.sort_unstable();
    Changes { foods, list }
}

#[tokio::test]
async fn what_was_saved_changed_and_deleted_is_told_with_what_became_of_the_list() {
    for Kept { store, .. } in &stores().await {
        let before = created(store, ANN, &cake("Before", 100.0)).await;
        let mut watch = store.watch(ANN).await.unwrap();
        let new = created(store, ANN, &cake("New", 100.0)).await;
        assert_eq!(told(&mut watch).await, changes(true, vec![new.id.clone()]));
        change(store, &new.id, None, cake("New", 200.0)).await.unwrap();
        assert_eq!(told(&mut watch).await, changes(false, vec![new.id.clone()]));
        change(store, &new.id, None, cake("Newer", 200.0)).await.unwrap();
        assert_eq!(told(&mut watch).await, changes(true, vec![new.id.clone()]));
        store.delete(ANN, &before.id, None, 3).await.unwrap();
        assert_eq!(told(&mut watch).await, changes(true, vec![before.id.clone()]));
    }
}

#[tokio::test]
async fn nobody_is_told_of_anothers_foods() {
    for Kept { store, .. } in &stores().await {
        let owners: [Owner<'_>; 2] = [BOB, OTHER_ANN];
        let mut others = Vec::new();
        for owner in owners {
            others.push((owner, store.watch(owner).await.unwrap()));
        }
        created(store, ANN, &cake("Ann's", 100.0)).await;
        for (owner, watch) in &mut others {
            let own = created(store, *owner, &cake("Own", 100.0)).await;
            assert_eq!(told(watch).await, changes(true, vec![own.id]), "its own alone");
        }
    }
}

/// Whoever reads slowly is told once, however much happened.
#[tokio::test]
async fn many_changes_of_several_processes_are_told_at_once_and_none_is_lost() {
    for Kept { store, url, .. } in &stores().await {
        let beside = SavedFoods::open(&url.parse().unwrap()).await.unwrap();
        let mut watch = store.watch(ANN).await.unwrap();
        let mut ids = Vec::new();
        for number in 0..40 {
            let place = if number % 2 == 0 { store } else { &beside };
            ids.push(created(place, ANN, &cake(&format!("Cake {number}"), 100.0)).await.id);
        }
        assert_eq!(told(&mut watch).await, changes(true, ids.clone()));
        beside.delete(ANN, &ids[0], None, 2).await.unwrap();
        assert_eq!(
            told(&mut watch).await,
            changes(true, vec![ids[0].clone()]),
            "by looking"
        );
        beside.close().await;
    }
}

#[tokio::test]
async fn whoever_stops_waiting_and_waits_again_misses_nothing() {
    for Kept { store, .. } in &stores().await {
        let mut watch = store.watch(ANN).await.unwrap();
        for number in 0..20 {
            let saved = created(store, ANN, &cake(&format!("Cake {number}"), 100.0)).await;
            let mut patience = Duration::ZERO;
            let changes = loop {
                match tokio::time::timeout(patience, watch.next()).await {
                    Ok(changes) => break changes,
                    Err(_) => patience += Duration::from_micros(20),
                }
            };
            assert_eq!(changes.foods, [saved.id]);
        }
    }
}
