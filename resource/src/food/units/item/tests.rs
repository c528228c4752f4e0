//! Items as people say them.

use proptest::prelude::*;

use super::*;

#[test]
fn the_amount_comes_to_the_front_as_a_decimal() {
    for (query, text) in [
        ("2 medium eggs", "2 medium eggs"),
        ("two large eggs", "2 large eggs"),
        ("half a dozen eggs", "6 eggs"),
        ("a couple of eggs", "2 eggs"),
        ("2x eggs", "2 eggs"),
        ("eggs x 2", "2 eggs"),
        ("eggs, 2", "2 eggs"),
        ("one and a half cups of milk", "1.5 cups of milk"),
        ("1½ cups milk", "1.5 cups milk"),
        ("1⁄2 cup milk", "0.5 cup milk"),
        ("1,5 cups milk", "1.5 cups milk"),
        ("a half cup of milk", "0.5 cup of milk"),
        ("three quarters of a cup of milk", "0.75 cup of milk"),
        ("٢ eggs", "2 eggs"),
        ("half an avocado", "0.5 avocado"),
        ("2 x 30 g cheddar", "60 g cheddar"),
        ("1 kg 500 g potatoes", "1500 g potatoes"),
        ("chicken breast, 200g", "200 g chicken breast"),
        ("chicken breast 200 g", "200 g chicken breast"),
        ("rice: 1 cup cooked", "1 cup cooked rice"),
        ("banana (1 medium)", "1 medium banana"),
        ("half and half, 2 tbsp", "2 tbsp half and half"),
        ("2 tbsp half and half", "2 tbsp half and half"),
        ("80/20 ground beef, 4 oz", "4 oz 80/20 ground beef"),
        ("2 80/20 beef patties", "2 80/20 beef patties"),
        ("twenty five grams of almonds", "25 grams of almonds"),
        ("twenty-five almonds", "25 almonds"),
        ("a hundred grams of rice", "100 grams of rice"),
        ("one hundred and fifty ml of milk", "150 ml of milk"),
        ("milk one hundred and fifty ml", "150 ml milk"),
    ] {
        let read = read(query).unwrap();
        assert_eq!((read.text.as_str(), read.counted), (text, true), "{query}");
    }
}

#[test]
fn an_article_or_a_size_counts_one_and_a_name_counts_nothing() {
    for (query, text) in [
        ("a banana", "1 banana"),
        ("large banana", "1 large banana"),
        ("a large egg", "1 large egg"),
        ("banana", "banana"),
        ("large eggs", "large eggs"),
        ("2% milk", "2% milk"),
        ("80/20 ground beef", "80/20 ground beef"),
        ("7 up", "7 up"),
        ("7up", "7up"),
        ("half and half", "half and half"),
        ("t-bone steak", "t-bone steak"),
        ("100% orange juice", "100% orange juice"),
        ("milk (2% fat)", "milk (2% fat)"),
    ] {
        let read = read(query).unwrap();
        assert_eq!((read.text.as_str(), read.counted), (text, false), "{query}");
    }
}

#[test]
fn a_size_in_brackets_is_kept_apart() {
    let read = read("1 cup (244 g) milk").unwrap();
    assert_eq!(
        (read.text.as_str(), read.size.as_deref()),
        ("1 cup milk", Some("244 g"))
    );
}

#[test]
fn what_is_no_single_amount_is_refused() {
    for query in ["1-2 bananas", "2 to 3 bananas", "between 1 and 2 cups of milk"] {
        assert!(matches!(read(query), Err(MeasureError::Range { .. })), "{query}");
    }
    for query in [
        "twenty five to thirty five almonds",
        "between a hundred and two hundred grams of rice",
        "twenty or thirty-one almonds",
    ] {
        assert!(matches!(read(query), Err(MeasureError::Range { .. })), "{query}");
    }
    for query in ["-2 eggs", "0 eggs", "−1 egg"] {
        assert!(matches!(read(query), Err(MeasureError::NotPositive(_))), "{query}");
    }
    for query in ["some rice", "a few almonds", "several eggs", "a little butter"] {
        assert!(matches!(read(query), Err(MeasureError::Vague(_))), "{query}");
    }
    for query in [
        "1/0 cup milk",
        "1,500 g rice",
        "1 000 g rice",
        "2 1/2 1/2 cups of milk",
        "a 1/2 cup of milk",
    ] {
        assert!(matches!(read(query), Err(MeasureError::Number(_))), "{query}");
    }
}

#[test]
fn energy_is_no_count_of_the_food() {
    for query in [
        "100 calories of banana",
        "200 kcal of almonds",
        "200kcal almonds",
        "90 Cal yogurt",
        "420 kJ of oats",
        "a hundred kilocalories of rice",
    ] {
        let read = read(query);
        assert!(matches!(read, Err(MeasureError::Energy(_))), "{query}: {read:?}");
    }
    let hint = MeasureError::Energy("kcal".to_owned()).hint();
    assert!(hint.contains("weight") && hint.contains("portion"), "{hint}");
    assert_eq!(
        read("2 calorie-free colas").map(|read| read.text),
        Ok("2 calorie-free colas".to_owned())
    );
}

#[test]
fn an_amount_behind_the_name_is_refused_as_one_in_front() {
    for query in [
        "whole milk, 1,250 ml",
        "butter 1,500 g",
        "butter 1,500g",
        "butter (1,500 g)",
        "milk 2 500 ml",
        "milk 1/0 cup",
        "bread, 1,500 slices",
    ] {
        let read = read(query);
        assert!(matches!(read, Err(MeasureError::Number(_))), "{query}: {read:?}");
    }
    for query in ["butter, -5 g", "butter −5 g", "toast (-2 slices)"] {
        let read = read(query);
        assert!(matches!(read, Err(MeasureError::NotPositive(_))), "{query}: {read:?}");
    }
    for query in ["milk, 1-2 cups", "milk 2 to 3 cups", "milk 1 - 2 cups"] {
        let read = read(query);
        assert!(matches!(read, Err(MeasureError::Range { .. })), "{query}: {read:?}");
    }
    for (query, text) in [
        ("omega 3-6-9 oil 5 ml", "5 ml omega 3-6-9 oil"),
        ("butter - 5 g", "5 g butter"),
        ("rice 1 1/2 cups", "1.5 cups rice"),
        ("beef 1 lb 4 oz", "566.9904625 g beef"),
    ] {
        assert_eq!(read(query).map(|read| read.text), Ok(text.to_owned()), "{query}");
    }
}

#[test]
fn the_skin_belongs_to_the_weight() {
    assert_eq!(
        without_refuse("200 g Banana with skin"),
        Some(("200 g banana".to_owned(), "with skin"))
    );
    assert_eq!(without_refuse("200 g banana"), None);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = read(&text);
        let _ = without_refuse(&text);
    }

    #[test]
    fn a_counted_item_begins_with_its_number(count in 1u32..500, halves in any::<bool>(), food in "[b-df-hj-np-s][a-z]{3,8}") {
        let number = f64::from(count) + if halves { 0.5 } else { 0.0 };
        let read = read(&format!("{number} cups of {food}"));
        prop_assert_eq!(read.map(|read| read.text), Ok(format!("{number} cups of {food}")));
    }
}
