//! Recipes of the user's own foods, recomputed in the transaction that changes an ingredient.

use std::collections::BTreeSet;

use resource::food::custom::store::SavedFoods;
use resource::food::custom::{Content, Ingredient, MOST_FOODS, Measure, Recipe, Refused, SavedFood};

use super::{ANN, Kept, cake, change, created, refused, stores};

/// So many grams of each, for two servings that weigh what goes in; what the others hold is per recipe.
fn recipe(name: &str, ingredients: &[(&SavedFood, f64)], others: Option<Vec<(u16, f64)>>) -> Content {
    let ingredient = |(food, grams): &(&SavedFood, f64)| Ingredient::new(&food.food(), &format!("{grams} g"), *grams);
    let recipe = Recipe {
        servings: 2.0,
        weighed: false,
        ingredients: ingredients.iter().map(ingredient).collect(),
        others,
        within: BTreeSet::new(),
    };
    Content {
        recipe: Some(recipe),
        portions: vec![serving(1.0)],
        ..cake(name, 1.0)
    }
}

fn serving(grams: f64) -> Measure {
    Measure {
        amount: 1.0,
        unit: "serving".to_owned(),
        grams,
    }
}

async fn now(store: &SavedFoods, food: &SavedFood) -> SavedFood {
    store.find(ANN, &food.id).await.unwrap().unwrap()
}

fn nutrients(food: &SavedFood) -> &[(u16, f64)] {
    &food.content.nutrients
}

#[tokio::test]
async fn a_recipe_follows_its_ingredients_through_other_recipes() {
    for Kept { store, .. } in &stores().await {
        let flour = created(store, ANN, &cake("Flour", 300.0)).await;
        let butter = created(store, ANN, &cake("Butter", 700.0)).await;
        let dough = created(store, ANN, &recipe("Dough", &[(&flour, 300.0), (&butter, 100.0)], None)).await;
        let biscuit = created(
            store,
            ANN,
            &recipe("Biscuit", &[(&dough, 50.0)], Some(vec![(208, 150.0)])),
        )
        .await;
        let bystander = created(store, ANN, &recipe("Toast", &[(&butter, 10.0)], None)).await;
        assert_eq!(nutrients(&now(store, &dough).await), [(208, 400.0)]);
        assert_eq!(nutrients(&now(store, &biscuit).await), [(208, 700.0)]);
        assert_eq!(now(store, &dough).await.content.portions, [serving(200.0)]);

        change(store, &flour.id, Some(1), cake("Flour", 340.0)).await.unwrap();
        let (dough, biscuit) = (now(store, &dough).await, now(store, &biscuit).await);
        assert_eq!((nutrients(&dough), dough.version), (&[(208, 430.0)][..], 2));
        assert_eq!((nutrients(&biscuit), biscuit.version), (&[(208, 730.0)][..], 2));
        assert_eq!(now(store, &bystander).await.version, 1);
        // What no recipe shows leaves them as they are.
        let named = Content {
            aliases: vec!["meal".to_owned()],
            ..cake("Flour", 340.0)
        };
        change(store, &flour.id, None, named).await.unwrap();
        assert_eq!(now(store, &dough).await.version, 2);
    }
}

#[tokio::test]
async fn an_ingredient_is_weighed_again_when_its_portion_changes() {
    for Kept { store, .. } in &stores().await {
        let bread = created(store, ANN, &cake("Bread", 200.0)).await;
        let mut toast = recipe("Toast", &[(&bread, 1.0)], None);
        toast.recipe.as_mut().unwrap().ingredients = vec![Ingredient::new(&bread.food(), "2 slice", 100.0)];
        let toast = created(store, ANN, &toast).await;
        let mut thicker = cake("Bread", 200.0);
        thicker.portions[0].grams = 60.0;
        change(store, &bread.id, None, thicker).await.unwrap();
        let after = now(store, &toast).await.content;
        let ingredient = &after.recipe.as_ref().unwrap().ingredients[0];
        assert_eq!((ingredient.amount.as_str(), ingredient.grams), ("2 slice", 120.0));
        assert_eq!(after.portions, [serving(60.0)]);
        // Without such a portion the weight stays, and the recipe says so.
        let mut whole = cake("Bread", 200.0);
        whole.portions[0].unit = "loaf".to_owned();
        change(store, &bread.id, None, whole).await.unwrap();
        let after = now(store, &toast).await.content;
        let ingredient = &after.recipe.as_ref().unwrap().ingredients[0];
        assert_eq!((ingredient.amount.as_str(), ingredient.grams), ("120 g", 120.0));
        assert_eq!(after.portions, [serving(60.0)]);
    }
}

#[tokio::test]
async fn no_recipe_goes_into_itself_and_not_too_many_into_each_other() {
    for Kept { store, .. } in &stores().await {
        let mut foods = vec![created(store, ANN, &cake("R0", 300.0)).await];
        for number in 1..=5 {
            let deeper = recipe(&format!("R{number}"), &[(foods.last().unwrap(), 100.0)], None);
            foods.push(created(store, ANN, &deeper).await);
        }
        let too_deep = recipe("R6", &[(&foods[5], 100.0)], None);
        let refusal = refused(store.save(ANN, &too_deep, 2).await);
        assert!(matches!(&refusal, Refused::TooDeep(_)), "{refusal:?}");
        let circle = recipe("R2", &[(&foods[4], 100.0)], None);
        let refusal = refused(change(store, &foods[2].id, None, circle).await);
        assert!(
            matches!(&refusal, Refused::Circle(way) if way.len() == 4),
            "{refusal:?}"
        );
        let itself = recipe("R1", &[(&foods[1], 100.0)], None);
        assert!(matches!(
            refused(change(store, &foods[1].id, None, itself).await),
            Refused::Circle(_)
        ));
        assert_eq!(
            store.all(ANN).await.unwrap().iter().map(|food| food.version).max(),
            Some(1)
        );
    }
}

#[tokio::test]
async fn an_ingredient_in_use_is_kept_and_the_recipes_are_named() {
    for Kept { store, .. } in &stores().await {
        let flour = created(store, ANN, &cake("Flour", 300.0)).await;
        let dough = created(store, ANN, &recipe("Dough", &[(&flour, 300.0)], None)).await;
        let in_use = Refused::InUse(vec!["Dough".to_owned()]);
        assert_eq!(refused(store.delete(ANN, &flour.id, None, 2).await), in_use);
        store.delete(ANN, &dough.id, None, 2).await.unwrap();
        store.delete(ANN, &flour.id, None, 2).await.unwrap();
        let gone = refused(store.save(ANN, &recipe("Dough", &[(&flour, 300.0)], None), 2).await);
        assert_eq!(gone, Refused::Unknown(flour.id));
    }
}

#[tokio::test]
async fn a_change_that_makes_a_recipe_impossible_is_refused_and_says_which() {
    for Kept { store, .. } in &stores().await {
        let with_fat = |fat: f64| Content {
            nutrients: vec![(204, fat), (208, 9.0 * fat)],
            ..cake("Milk", 1.0)
        };
        let milk = created(store, ANN, &with_fat(4.0)).await;
        let mut cheese = recipe("Cheese", &[(&milk, 1000.0)], None);
        cheese.recipe.as_mut().unwrap().weighed = true;
        cheese.portions = vec![serving(50.0)];
        let cheese = created(store, ANN, &cheese).await;
        assert_eq!(now(store, &cheese).await.content.nutrients[0], (204, 40.0));
        let broken = refused(change(store, &milk.id, None, with_fat(11.0)).await);
        assert!(
            matches!(&broken, Refused::Breaks { recipe, .. } if recipe == "Cheese"),
            "{broken:?}"
        );
        assert_eq!(now(store, &milk).await.version, 1);
    }
}

#[tokio::test]
async fn many_recipes_of_one_ingredient_are_all_made_anew() {
    for Kept { store, .. } in &stores().await {
        let flour = created(store, ANN, &cake("Flour", 300.0)).await;
        for number in 0..MOST_FOODS / 10 {
            created(
                store,
                ANN,
                &recipe(&format!("Dough {number}"), &[(&flour, 300.0)], None),
            )
            .await;
        }
        change(store, &flour.id, None, cake("Flour", 310.0)).await.unwrap();
        let all = store.all(ANN).await.unwrap();
        assert!(
            all.iter()
                .all(|food| nutrients(food) == [(208, 310.0)] && food.version == 2)
        );
    }
}
