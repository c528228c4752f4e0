//! Measures as people write them.

use super::*;
use proptest::prelude::*;

fn measure(text: &str) -> (Option<f64>, Unit, String) {
    let measure = parse(text).unwrap();
    (measure.count, measure.unit, measure.words.join(" "))
}

#[test]
fn measures_as_people_write_them() {
    for (text, count, unit, words) in [
        ("g", None, Unit::Mass(1.0), ""),
        ("2 medium", Some(2.0), Unit::Household, "medium"),
        ("1 cup chopped", Some(1.0), Unit::Volume(CUP_MILLILITERS), "chopped"),
        ("12 fl oz", Some(12.0), Unit::Volume(FLUID_OUNCE_MILLILITERS), ""),
        ("tbsp", None, Unit::Volume(CUP_MILLILITERS / 16.0), ""),
        ("oz", None, Unit::Ounce, ""),
        ("oz by weight", None, Unit::Mass(OUNCE_GRAMS), "by"),
        ("1 1/2 cups", Some(1.5), Unit::Volume(CUP_MILLILITERS), ""),
        ("1½ cups", Some(1.5), Unit::Volume(CUP_MILLILITERS), ""),
        ("half a cup", Some(0.5), Unit::Volume(CUP_MILLILITERS), ""),
        ("a dozen large", Some(12.0), Unit::Household, "large"),
        ("half a dozen", Some(6.0), Unit::Household, ""),
        ("two slices", Some(2.0), Unit::Household, "slice"),
        ("extra large", None, Unit::Household, "extra-large"),
        ("500g", Some(500.0), Unit::Mass(1.0), ""),
        ("1,5 dl", Some(1.5), Unit::Volume(100.0), ""),
        ("0,125 l", Some(0.125), Unit::Volume(1000.0), ""),
        ("1-1/2 cups", Some(1.5), Unit::Volume(CUP_MILLILITERS), ""),
        ("one and a half cups", Some(1.5), Unit::Volume(CUP_MILLILITERS), ""),
        ("1 and 1/2 cups", Some(1.5), Unit::Volume(CUP_MILLILITERS), ""),
        ("three quarters of a cup", Some(0.75), Unit::Volume(CUP_MILLILITERS), ""),
        ("a half cup", Some(0.5), Unit::Volume(CUP_MILLILITERS), ""),
        ("1⁄2 cup", Some(0.5), Unit::Volume(CUP_MILLILITERS), ""),
        ("2 halves", Some(2.0), Unit::Household, "half"),
        ("2 x 30 g", Some(60.0), Unit::Mass(1.0), ""),
        ("3 × large", Some(3.0), Unit::Household, "large"),
        ("٢ cups", Some(2.0), Unit::Volume(CUP_MILLILITERS), ""),
        ("１２ ｇ", Some(12.0), Unit::Mass(1.0), ""),
        ("2 T", Some(2.0), Unit::Volume(CUP_MILLILITERS / 16.0), ""),
        ("1/4 c", Some(0.25), Unit::Volume(CUP_MILLILITERS), ""),
        ("1 lb 4 oz", Some(1.0), Unit::Mass(20.0 * OUNCE_GRAMS), ""),
        ("2 kg 300 g", Some(1.0), Unit::Mass(2300.0), ""),
        (
            "1 cup + 2 tbsp chopped",
            Some(1.0),
            Unit::Volume(CUP_MILLILITERS * 1.125),
            "chopped",
        ),
        ("1 cup (8 fl oz)", Some(1.0), Unit::Volume(CUP_MILLILITERS), "8 floz"),
        ("metric cup", None, Unit::Volume(250.0), ""),
        (
            "2 imperial fluid ounces",
            Some(2.0),
            Unit::Volume(IMPERIAL_PINT_MILLILITERS / 20.0),
            "",
        ),
        ("about 2 cups", Some(2.0), Unit::Volume(CUP_MILLILITERS), ""),
        ("2 extra large", Some(2.0), Unit::Household, "extra-large"),
        ("level tablespoon", None, Unit::Volume(CUP_MILLILITERS / 16.0), ""),
        (
            "medium (7\" to 7-7/8\" long)",
            None,
            Unit::Household,
            "medium 7\" to 7-7/8\" long",
        ),
    ] {
        assert_eq!(measure(text), (count, unit, words.to_owned()), "{text}");
    }
}

const ONES: [&str; 20] = [
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// A number below a thousand as people say it.
fn in_words(number: usize, and: &str, dash: &str) -> String {
    let (hundreds, below) = (number / 100, number % 100);
    let small = match below {
        20.. => format!("{} {}", TENS[below / 10 - 2], ONES[below % 10])
            .trim()
            .replace(' ', dash),
        _ => ONES[below].to_owned(),
    };
    match (hundreds, below) {
        (0, _) => small,
        (_, 0) => format!("{} hundred", ONES[hundreds]),
        _ => format!("{} hundred{and}{small}", ONES[hundreds]),
    }
}

#[test]
fn numbers_in_words_are_read_whole() {
    for number in 1_u32..1000 {
        for (and, dash) in [(" and ", "-"), (" ", " ")] {
            let text = format!("{} grams", in_words(number as usize, and, dash));
            assert_eq!(
                measure(&text),
                (Some(f64::from(number)), Unit::Mass(1.0), String::new()),
                "{text}"
            );
        }
    }
    assert_eq!(measure("a hundred and twenty five g").0, Some(125.0));
    assert_eq!(measure("twenty five and a half g").0, Some(25.5));
    assert_eq!(measure("two dozen").0, Some(24.0));
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    assert!(matches!(parse("1,500 g"), Err(MeasureError::Number(_))));
    assert!(matches!(parse("1/0 cup"), Err(MeasureError::Number(_))));
    assert_eq!(parse("  "), Err(MeasureError::Empty));
}

#[test]
fn a_range_is_no_amount_and_its_ends_are_told() {
    for text in [
        "1-2 cups",
        "1–2 cups",
        "1 - 2 cups",
        "1 to 2 cups",
        "1 or 2 cups",
        "between 1 and 2 cups",
        "1-2",
    ] {
        assert_eq!(parse(text), Err(MeasureError::Range { low: 1.0, high: 2.0 }), "{text}");
        assert!(parse_number(text).is_err(), "{text}");
    }
    let hint = MeasureError::range(1.0, 2.0).hint();
    assert!(hint.contains("1, 2 or 1.5"), "{hint}");
}

#[test]
fn hostile_amounts_are_refused() {
    let number = |text: &str| matches!(parse(text), Err(MeasureError::Number(_)));
    for text in [
        "1/0 cup",
        "1e999 g",
        "1.2.3 g",
        "1/2/3 cup",
        "1,2,3 g",
        "1,500 ml",
        "1.000,5 ml",
        "1 000 g",
        "2-1 cups",
        "2 1/2 1/2 cups",
        "1/2 1/2 cup",
        "1-1/2 1/2 cups",
        "2 3/2 cups",
        "2 x 1 1/2 cups",
        "a dozen and a half eggs",
    ] {
        assert!(number(text), "{text}: {:?}", parse(text));
    }
    for text in ["-1 cup", "−1 cup", "-1/2 cup", "-.5 g"] {
        assert!(
            matches!(parse(text), Err(MeasureError::NotPositive(_))),
            "{text}: {:?}",
            parse(text)
        );
    }
    for text in ["some", "a few cups", "several slices", "a little", "a bit of butter"] {
        assert!(
            matches!(parse(text), Err(MeasureError::Vague(_))),
            "{text}: {:?}",
            parse(text)
        );
    }
    for text in ["2 t", "2t", "2 x large"] {
        assert!(
            matches!(parse(text), Err(MeasureError::TwoReadings(_))),
            "{text}: {:?}",
            parse(text)
        );
    }
    assert!(parse(&"9".repeat(4000)).is_err());
    assert!(parse(&"1 ".repeat(2000)).is_ok_and(|measure| measure.count == Some(1.0)));
}

#[test]
fn a_us_cup_is_236_588_milliliters() {
    assert!((CUP_MILLILITERS - 236.588).abs() < 0.001);
    assert!((CUP_MILLILITERS - 8.0 * FLUID_OUNCE_MILLILITERS).abs() < 1e-9);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        if let Ok(measure) = parse(&text) {
            prop_assert!(measure.count.is_none_or(f64::is_finite));
        }
        let _ = parse_number(&text);
    }

    #[test]
    fn a_number_written_out_is_read_back(number in 0.01f64..100_000.0) {
        prop_assert_eq!(parse_number(&number.to_string()), Ok(number));
    }
}
