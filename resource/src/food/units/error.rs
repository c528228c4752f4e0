//! Why a text is not a measure, and what to write instead.

/// Why a text is not a measure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MeasureError {
    /// Nothing is written.
    #[error("no unit is given")]
    Empty,
    /// The number cannot be read, or can be read in two ways.
    #[error("\"{0}\" is not a number that can be read in one way only")]
    Number(String),
    /// The number is 0 or below.
    #[error("\"{0}\" is not greater than 0")]
    NotPositive(String),
    /// There is more than a number.
    #[error("there is more than a number: \"{0}\"")]
    NotOnlyNumber(String),
    /// A range is no amount.
    #[error("{low} to {high} is a range, not an amount")]
    Range {
        /// The lower end.
        low: f64,
        /// The higher end.
        high: f64,
    },
    /// "some", "a few".
    #[error("\"{0}\" is no amount")]
    Vague(String),
    /// A number of calories or joules, which says nothing about how much there is.
    #[error("\"{0}\" is energy, not an amount of food")]
    Energy(String),
    /// A word that stands for two units.
    #[error("\"{0}\" can be read in two ways")]
    TwoReadings(String),
}

impl MeasureError {
    /// A range, where the second number is the higher one; else two numbers that mean nothing together.
    pub(super) fn range(low: f64, high: f64) -> Self {
        if low < high {
            Self::Range { low, high }
        } else {
            Self::Number(format!("{low} {high}"))
        }
    }

    /// What to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::Empty => "Give a unit, for example \"g\", \"cup\" or \"slice\".".to_owned(),
            Self::Number(_) => {
                "Write one number as 1500, 1.5 or 1 1/2: no separator of thousands, nothing divided by 0.".to_owned()
            }
            Self::NotPositive(_) => "Give an amount greater than 0.".to_owned(),
            Self::NotOnlyNumber(unit) => format!("Put the number into amount and \"{unit}\" into unit."),
            Self::Range { low, high } => format!(
                "Give one amount: {low}, {high} or {} in the middle. Calculate {low} and {high} for both ends.",
                f64::midpoint(*low, *high)
            ),
            Self::Vague(_) => "Ask the user how many or how much, and give a number with a unit.".to_owned(),
            Self::Energy(_) => {
                "Give a weight (\"120 g\") or a portion (\"1 medium\"); ask the user where neither is known.".to_owned()
            }
            Self::TwoReadings(text) => match text.as_str() {
                "t" => "Write tsp or tbsp.".to_owned(),
                _ => "Write \"large\" or \"extra large\", \"small\" or \"extra small\", with the number in front."
                    .to_owned(),
            },
        }
    }
}
