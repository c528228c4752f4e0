//! A user's foods in pages.

use resource::food::custom::store::SavedFoods;

use super::{ANN, BOB, Kept, cake, created, stores};

async fn names(store: &SavedFoods, limit: u8) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.page(ANN, cursor.as_deref(), limit).await.unwrap().unwrap();
        assert!(page.foods.len() <= usize::from(limit));
        names.extend(page.foods.into_iter().map(|food| food.content.name));
        cursor = page.next;
        if cursor.is_none() {
            return names;
        }
    }
}

#[tokio::test]
async fn pages_show_each_food_once_by_name_and_nobody_elses() {
    for Kept { store, .. } in &stores().await {
        assert_eq!(names(store, 2).await, Vec::<String>::new());
        for name in ["Éclair", "Cake", "apple pie", "Bun", "Dumpling"] {
            created(store, ANN, &cake(name, 400.0)).await;
        }
        created(store, BOB, &cake("Cookie", 400.0)).await;
        let expected = ["apple pie", "Bun", "Cake", "Dumpling", "Éclair"];
        for limit in [1, 2, 4, 5, 6, 255] {
            assert_eq!(names(store, limit).await, expected, "{limit}");
        }
    }
}

#[tokio::test]
async fn what_goes_in_between_shifts_no_page() {
    for Kept { store, .. } in &stores().await {
        let mut ids = Vec::new();
        for name in ["a", "b", "c", "d"] {
            ids.push(created(store, ANN, &cake(name, 1.0)).await.id);
        }
        let first = store.page(ANN, None, 2).await.unwrap().unwrap();
        store.delete(ANN, &ids[1], None, 2).await.unwrap();
        store.delete(ANN, &ids[0], None, 2).await.unwrap();
        let second = store.page(ANN, first.next.as_deref(), 2).await.unwrap().unwrap();
        let names: Vec<_> = second.foods.iter().map(|food| food.content.name.as_str()).collect();
        assert_eq!((names, second.next), (vec!["c", "d"], None));
    }
}

#[tokio::test]
async fn a_cursor_that_is_none_of_ours_is_told() {
    for Kept { store, .. } in &stores().await {
        for cursor in ["", "%%", "YQ", "YQAKYg", "/w"] {
            assert_eq!(store.page(ANN, Some(cursor), 2).await.unwrap(), None, "{cursor}");
        }
    }
}
