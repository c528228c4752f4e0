//! Several clients at once, on both databases.

use resource::food::custom::store::{SavedFoods, StoreError};
use resource::food::custom::{Content, MOST_FOODS, Refused, SavedFood};

use super::{ANN, BOB, Kept, cake, change, created, fill, stores};

/// Runs so many at once and waits for all.
async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    store: &SavedFoods,
    count: u32,
    run: impl Fn(SavedFoods, u32) -> F,
) -> Vec<T> {
    let running: Vec<_> = (0..count)
        .map(|number| tokio::spawn(run(store.clone(), number)))
        .collect();
    let mut done = Vec::new();
    for one in running {
        done.push(one.await.unwrap());
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_saves_of_one_name_make_one_food() {
    for Kept { store, .. } in &stores().await {
        let saves = at_once(store, 20, |store, number| async move {
            store
                .save(ANN, &cake("Cake", f64::from(number)), 1)
                .await
                .unwrap()
                .version
        });
        let mut versions = saves.await;
        versions.sort_unstable();
        assert_eq!(versions, (1..=20).collect::<Vec<i64>>());
        let kept = store.all(ANN).await.unwrap();
        assert_eq!((kept.len(), kept[0].version), (1, 20));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_changes_on_one_version_one_wins_and_the_others_see_what_it_wrote() {
    for Kept { store, .. } in &stores().await {
        let first = created(store, ANN, &cake("Cake", 400.0)).await;
        let changes = at_once(store, 20, |store, number| {
            let id = first.id.clone();
            async move { change(&store, &id, Some(1), cake("Cake", f64::from(number))).await }
        });
        let (won, lost): (Vec<_>, Vec<_>) = changes.await.into_iter().partition(Result::is_ok);
        let won: Vec<SavedFood> = won.into_iter().map(Result::unwrap).collect();
        assert_eq!((won.len(), won[0].version), (1, 2));
        for lost in lost {
            let Err(StoreError::Refused(Refused::OtherVersion(seen))) = lost else {
                panic!("{lost:?}")
            };
            assert_eq!(*seen, won[0]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_add_to_one_food_at_once_lose_nothing() {
    for Kept { store, .. } in &stores().await {
        let first = created(store, ANN, &cake("Cake", 400.0)).await;
        let adds = at_once(store, 15, |store, number| {
            let id = first.id.clone();
            let add = move |food: &Content| {
                let mut food = food.clone();
                food.aliases.push(format!("alias {number}"));
                Ok(food)
            };
            async move { store.change(ANN, &id, None, add, 2).await.unwrap() }
        });
        adds.await;
        let kept = store.find(ANN, &first.id).await.unwrap().unwrap();
        assert_eq!((kept.content.aliases.len(), kept.version), (16, 16));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_holds_when_many_save_at_once() {
    for Kept { store, .. } in &stores().await {
        fill(store, MOST_FOODS - 3).await;
        let saves = at_once(store, 20, |store, number| async move {
            store.save(ANN, &cake(&format!("Pie {number}"), 400.0), 1).await
        });
        let new = saves.await.into_iter().flatten().count();
        assert_eq!((new, store.all(ANN).await.unwrap().len()), (3, MOST_FOODS));
        created(store, BOB, &cake("Pie", 400.0)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_barcode_has_one_food_whoever_comes_first() {
    for Kept { store, .. } in &stores().await {
        let saves = at_once(store, 12, |store, number| async move {
            let food = Content {
                barcode: Some("4006381333931".to_owned()),
                ..cake(&format!("Cake {number}"), 400.0)
            };
            store.save(ANN, &food, 1).await
        });
        let (won, lost): (Vec<_>, Vec<_>) = saves.await.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), store.all(ANN).await.unwrap().len()), (1, 1));
        for lost in lost {
            assert!(
                matches!(lost, Err(StoreError::Refused(Refused::BarcodeTaken(_)))),
                "{lost:?}"
            );
        }
    }
}
