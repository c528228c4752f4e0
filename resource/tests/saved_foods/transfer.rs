//! Files that are imported: all foods or none, and again without a change.

use std::collections::BTreeSet;

use resource::food::custom::store::{SavedFoods, StoreError};
use resource::food::custom::transfer::{Imported, Row};
use resource::food::custom::{Content, Ingredient, MOST_FOODS, Recipe, Refused, SavedFood};

use super::{ANN, BOB, Kept, cake, change, created, refused, stores};

fn row(food: &SavedFood) -> Row {
    Row {
        place: food.content.name.clone(),
        id: Some(food.id.clone()),
        version: Some(food.version),
        content: food.content.clone(),
    }
}

fn by_hand(content: Content) -> Row {
    Row {
        place: content.name.clone(),
        id: None,
        version: None,
        content,
    }
}

fn imported(created: usize, updated: usize, unchanged: usize) -> Imported {
    Imported {
        created,
        updated,
        unchanged,
    }
}

fn dough(flour: &SavedFood) -> Content {
    let recipe = Recipe {
        servings: 1.0,
        weighed: false,
        ingredients: vec![Ingredient::new(&flour.food(), "2 slice", 100.0)],
        others: None,
        within: BTreeSet::new(),
    };
    Content {
        recipe: Some(recipe),
        ..cake("Dough", 1.0)
    }
}

async fn rows(store: &SavedFoods) -> Vec<Row> {
    store.all(ANN).await.unwrap().iter().map(row).collect()
}

#[track_caller]
fn bad(result: Result<Imported, StoreError>) -> Vec<String> {
    match result {
        Err(StoreError::Rows(bad)) => bad.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_gives_back_what_was_lost_and_changes_nothing_twice() {
    for Kept { store, .. } in &stores().await {
        let flour = created(store, ANN, &cake("Flour", 300.0)).await;
        let made = created(store, ANN, &dough(&flour)).await;
        change(store, &flour.id, None, cake("Flour", 310.0)).await.unwrap();
        let (before, file) = (store.all(ANN).await.unwrap(), rows(store).await);
        assert_eq!(store.import(ANN, &file, 3).await.unwrap(), imported(0, 0, 2));
        store.delete(ANN, &made.id, None, 3).await.unwrap();
        store.delete(ANN, &flour.id, None, 3).await.unwrap();
        assert_eq!(store.import(ANN, &file, 4).await.unwrap(), imported(2, 0, 0));
        assert_eq!(store.all(ANN).await.unwrap(), before);
    }
}

/// What a recipe's recipes are made of is worked out, so files do not tell it.
#[tokio::test]
async fn a_recipe_of_a_recipe_with_a_live_ingredient_is_unchanged_by_its_own_file() {
    for Kept { store, .. } in &stores().await {
        let bar = Ingredient {
            food: "openfoodfacts:3017620422003".to_owned(),
            name: "Spread".to_owned(),
            amount: "50 g".to_owned(),
            grams: 50.0,
        };
        let recipe = Recipe {
            servings: 1.0,
            weighed: false,
            ingredients: vec![bar],
            others: Some(vec![(208, 270.0)]),
            within: BTreeSet::new(),
        };
        let spread = Content {
            recipe: Some(recipe),
            ..cake("Spread on a plate", 1.0)
        };
        let spread = created(store, ANN, &spread).await;
        let made = created(store, ANN, &dough(&spread)).await;
        let kept = store.find(ANN, &made.id).await.unwrap().unwrap();
        let within = &kept.content.recipe.as_ref().unwrap().within;
        assert!(within.contains("openfoodfacts"), "{within:?}");
        let mut file = rows(store).await;
        let recipes = file.iter_mut().filter_map(|row| row.content.recipe.as_mut());
        recipes.for_each(|recipe| recipe.within.clear());
        assert_eq!(store.import(ANN, &file, 3).await.unwrap(), imported(0, 0, 2));
    }
}

#[tokio::test]
async fn another_user_of_the_database_gets_foods_of_their_own() {
    for Kept { store, .. } in &stores().await {
        let flour = created(store, ANN, &cake("Flour", 300.0)).await;
        created(store, ANN, &dough(&flour)).await;
        let (before, file) = (store.all(ANN).await.unwrap(), rows(store).await);
        assert_eq!(store.import(BOB, &file, 3).await.unwrap(), imported(2, 0, 0));
        assert_eq!(store.import(BOB, &file, 4).await.unwrap(), imported(0, 0, 2));
        let theirs = store.all(BOB).await.unwrap();
        assert!(theirs.iter().all(|food| before.iter().all(|other| other.id != food.id)));
        let flour = theirs.iter().find(|food| food.content.name == "Flour").unwrap();
        let dough = theirs.iter().find(|food| food.content.name == "Dough").unwrap();
        let recipe = dough.content.recipe.as_ref().unwrap();
        assert_eq!(recipe.own_ids().collect::<Vec<_>>(), [flour.id.as_str()]);
        assert_eq!(store.all(ANN).await.unwrap(), before);
    }
}

#[tokio::test]
async fn a_row_changes_the_version_it_was_made_from_and_no_newer_one() {
    for Kept { store, .. } in &stores().await {
        let flour = created(store, ANN, &cake("Flour", 300.0)).await;
        let made = created(store, ANN, &dough(&flour)).await;
        let mut file = rows(store).await;
        let at = file.iter().position(|row| row.place == "Flour").unwrap();
        file[at].content = cake("Flour", 340.0);
        assert_eq!(store.import(ANN, &file, 2).await.unwrap(), imported(0, 1, 1));
        let dough = store.find(ANN, &made.id).await.unwrap().unwrap();
        assert_eq!(
            (dough.content.nutrients.as_slice(), dough.version),
            (&[(208, 340.0)][..], 2)
        );
        assert_eq!(store.import(ANN, &file, 3).await.unwrap(), imported(0, 0, 2));
        change(store, &flour.id, None, cake("Flour", 360.0)).await.unwrap();
        let stale = bad(store.import(ANN, &file, 4).await);
        assert!(stale.len() == 1 && stale[0].contains("version 3 is kept"), "{stale:?}");
        file[at].version = Some(9);
        store.import(ANN, &file, 5).await.unwrap();
        let flour = store.find(ANN, &flour.id).await.unwrap().unwrap();
        assert_eq!((flour.version, flour.content), (9, cake("Flour", 340.0)));
    }
}

#[tokio::test]
async fn names_may_change_places_and_rows_without_ids_are_found_by_name() {
    for Kept { store, .. } in &stores().await {
        let with_code = |name: &str, code: &str| Content {
            barcode: Some(code.to_owned()),
            ..cake(name, 1.0)
        };
        let one = created(store, ANN, &with_code("One", "036000291452")).await;
        let two = created(store, ANN, &with_code("Two", "4006381333931")).await;
        let mut swapped = [row(&one), row(&two)];
        swapped[0].content = two.content.clone();
        swapped[1].content = one.content.clone();
        assert_eq!(store.import(ANN, &swapped, 2).await.unwrap(), imported(0, 2, 0));
        assert_eq!(store.find(ANN, &one.id).await.unwrap().unwrap().content, two.content);
        let hand = [by_hand(cake("one", 7.0)), by_hand(cake("Three", 1.0))];
        assert_eq!(store.import(ANN, &hand, 3).await.unwrap(), imported(1, 1, 0));
        assert_eq!(store.import(ANN, &hand, 4).await.unwrap(), imported(0, 0, 2));
    }
}

#[tokio::test]
async fn one_bad_row_and_nothing_is_taken() {
    for Kept { store, .. } in &stores().await {
        let cake_kept = created(store, ANN, &cake("Cake", 400.0)).await;
        let other = created(store, BOB, &cake("Other", 400.0)).await;
        let before = store.all(ANN).await.unwrap();
        let id = |id: &str, content: Content| Row {
            id: Some(id.to_owned()),
            ..by_hand(content)
        };
        let lost = dough(&SavedFood {
            id: "00000000000000ff".to_owned(),
            ..cake_kept.clone()
        });
        for (rows, told) in [
            (vec![by_hand(cake("Bad", -1.0))], "must be numbers of 0 or more"),
            (
                vec![by_hand(cake("A", 1.0)), by_hand(cake("a", 2.0))],
                "this brand already",
            ),
            (vec![row(&cake_kept), row(&cake_kept)], "twice"),
            (vec![id("x", cake("A", 1.0))], "16 digits"),
            (vec![id("00000000000000aa", cake("Cake", 1.0))], "give it this id"),
            (
                vec![Row {
                    version: Some(0),
                    ..by_hand(cake("A", 1.0))
                }],
                "1 or more",
            ),
        ] {
            let mut file = vec![by_hand(cake("Good", 1.0))];
            file.extend(rows);
            let bad = bad(store.import(ANN, &file, 2).await);
            assert!(bad.iter().any(|bad| bad.contains(told)), "{told}: {bad:?}");
        }
        let missing = refused(store.import(ANN, &[by_hand(lost)], 2).await);
        assert_eq!(missing, Refused::Unknown("00000000000000ff".to_owned()));
        let theirs = Row {
            version: Some(7),
            ..id(&other.id, cake("Cake", 400.0))
        };
        assert_eq!(store.import(ANN, &[theirs], 2).await.unwrap(), imported(0, 0, 1));
        assert_eq!(store.all(ANN).await.unwrap(), before);
    }
}

#[tokio::test]
async fn a_file_does_not_go_beyond_the_limit() {
    for Kept { store, .. } in &stores().await {
        let many =
            |count: usize| -> Vec<Row> { (0..count).map(|n| by_hand(cake(&format!("Cake {n}"), 1.0))).collect() };
        let full = bad(store.import(ANN, &many(MOST_FOODS + 1), 1).await);
        assert!(full.len() == 1 && full[0].contains("which is the limit"), "{full:?}");
        assert_eq!(
            store.import(ANN, &many(MOST_FOODS), 1).await.unwrap().created,
            MOST_FOODS
        );
        assert_eq!(refused(store.save(ANN, &cake("One more", 1.0), 2).await), Refused::Full);
    }
}
