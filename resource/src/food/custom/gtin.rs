//! Barcodes: GTIN-8, -12, -13 and -14 (GS1 General Specifications, section 7.9, "Check digit calculations"), and UPC-E,
//! the short form of a GTIN-12 with zeros in it (section 5.2).
//!
//! Easy to get wrong: (1) the weights 3 and 1 begin at the right, so that leading zeros change nothing; that is why a
//! UPC-A is the EAN-13 with a 0 in front, and why all lengths are compared as 14 digits. (2) A UPC-E has eight digits
//! like an EAN-8, and its last is the check digit of what it stands for. Some texts are right as both; a GTIN-8 that
//! begins with 0 is for use inside a shop, so such a text is a UPC-E, and foods that were saved as the other are found.

/// The lengths there are.
const LENGTHS: [usize; 4] = [8, 12, 13, 14];
/// Digits as compared.
const COMPARED: usize = 14;

/// A barcode with a right check digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gtin {
    digits: String,
    /// The eight digits that are a UPC-E of `digits` and right as a GTIN-8, too.
    also: Option<String>,
}

/// Why a text is no barcode; it says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadGtin {
    /// Other characters than digits, or another length.
    #[error("a barcode has 8, 12, 13 or 14 digits and nothing else, with the small ones at both ends; \"{0}\" has not")]
    Form(String),
    /// The last digit does not fit the others: one of them was misread.
    #[error("the barcode {0} cannot be right: its last digit must be {1}; read it again")]
    CheckDigit(String, u32),
}

impl Gtin {
    /// Reads a barcode; spaces and hyphens between the digits do not count.
    pub fn parse(text: &str) -> Result<Self, BadGtin> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let is_form = LENGTHS.contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
        let Some((body, last)) = digits
            .split_at_checked(digits.len().saturating_sub(1))
            .filter(|_| is_form)
        else {
            return Err(BadGtin::Form(text.chars().take(40).collect()));
        };
        let right = check_digit(body);
        let is_right = last.parse() == Ok(right);
        match upc_a(body) {
            Some((long, check)) if last.parse() == Ok(check) => {
                let also = is_right.then_some(digits);
                Ok(Self { digits: long, also })
            }
            _ if is_right => Ok(Self { digits, also: None }),
            short => Err(BadGtin::CheckDigit(digits, short.map_or(right, |(_, check)| check))),
        }
    }

    /// The digits as they stand on the package; of a UPC-E, those that it stands for.
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// The 14 digits by which barcodes are compared.
    pub fn compared(&self) -> String {
        compared(&self.digits)
    }

    /// The 14 digits of the other reading, where the text has two; else the same.
    pub(super) fn compared_otherwise(&self) -> String {
        compared(self.also.as_ref().unwrap_or(&self.digits))
    }
}

/// The UPC-A that a UPC-E without its last digit stands for, and the check digit of both: the zeros that were left out
/// stand where the last digit says.
fn upc_a(short: &str) -> Option<(String, u32)> {
    let (first, last) = short.strip_prefix('0').filter(|six| six.len() == 6)?.split_at(5);
    let at = match last {
        "0" | "1" | "2" => 2,
        "3" => 3,
        "4" => 4,
        _ => 5,
    };
    let (maker, item) = first.split_at_checked(at)?;
    let long = match at {
        2 => format!("0{maker}{last}0000{item}"),
        3 | 4 => format!("0{maker}00000{item}"),
        _ => format!("0{maker}0000{last}"),
    };
    let check = check_digit(&long);
    Some((format!("{long}{check}"), check))
}

/// Digits with zeros in front, 14 in all. Foods saved before check digits were looked at are compared so too.
pub(super) fn compared(digits: &str) -> String {
    format!("{digits:0>COMPARED$}")
}

fn check_digit(body: &str) -> u32 {
    let weights = [3, 1].into_iter().cycle();
    let digits = body.chars().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_length_has_its_check_digit() {
        // The examples of GS1 for each length, and packages at hand.
        for good in [
            "40170725",
            "96385074",
            "036000291452",
            "4006381333931",
            "10614141000415",
            "0 36000 29145 2",
        ] {
            assert!(Gtin::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "1234567",
            "4006381333932",
            "036000291453",
            "400638133393l",
            "٤٠١٧٠٧٢٥",
            "123456789012345",
        ] {
            assert!(Gtin::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Gtin::parse("036000291453"),
            Err(BadGtin::CheckDigit("036000291453".to_owned(), 2))
        );
    }

    #[test]
    fn upc_and_ean_of_one_package_are_one() {
        let of = |text| Gtin::parse(text).unwrap().compared();
        assert_eq!(of("036000291452"), of("0036000291452"));
        assert_eq!(of("036000291452"), of("00036000291452"));
        assert_eq!(of("96385074").len(), 14);
    }

    /// One for each place of the zeros.
    #[test]
    fn a_upc_e_is_the_upc_a_that_it_stands_for() {
        for (short, long) in [
            ("01234505", "012000003455"),
            ("04252614", "042100005264"),
            ("0 123453 1", "012300000451"),
            ("01234543", "012340000053"),
            ("01234565", "012345000065"),
            ("0-123459-6", "012345000096"),
        ] {
            let read = Gtin::parse(short).unwrap();
            assert_eq!(read.as_str(), long, "{short}");
            assert_eq!(read.compared(), Gtin::parse(long).unwrap().compared());
        }
        assert_eq!(
            Gtin::parse("04252613"),
            Err(BadGtin::CheckDigit("04252613".to_owned(), 4))
        );
        assert_eq!(Gtin::parse("11234565").map(|gtin| gtin.as_str().to_owned()).ok(), None);
    }

    #[test]
    fn what_is_right_as_both_is_a_upc_e_and_the_other_is_not_lost() {
        let both = Gtin::parse("01234565").unwrap();
        assert_eq!(
            (both.compared(), both.compared_otherwise()),
            ("00012345000065".to_owned(), "00000001234565".to_owned())
        );
        let one = Gtin::parse("96385074").unwrap();
        assert_eq!(one.compared(), one.compared_otherwise());
    }

    proptest! {
        /// Zeros are left out and put back.
        #[test]
        fn a_upc_e_has_one_upc_a_and_keeps_its_digits(six in "[0-9]{6}") {
            let found: Vec<Gtin> = (0..10).filter_map(|check| Gtin::parse(&format!("0{six}{check}")).ok()).filter(|gtin| gtin.as_str().len() == 12).collect();
            prop_assert_eq!(found.len(), 1);
            prop_assert!(Gtin::parse(found[0].as_str()).is_ok());
            let shown: String = found[0].as_str()[1..11].chars().filter(|digit| *digit != '0').collect();
            prop_assert!(shown.chars().all(|digit| six.contains(digit)), "{shown} {six}");
        }

        #[test]
        fn one_wrong_digit_is_always_seen(body in "[0-9]{12}", at in 0usize..13, by in 1u8..10) {
            let good = format!("{body}{}", check_digit(&body));
            prop_assert!(Gtin::parse(&good).is_ok());
            let mut bytes = good.into_bytes();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            prop_assert!(Gtin::parse(&String::from_utf8(bytes).unwrap()).is_err());
        }

        #[test]
        fn no_text_is_too_odd_to_refuse(text in "\\PC{0,20}") {
            if let Ok(gtin) = Gtin::parse(&text) {
                prop_assert_eq!(Gtin::parse(gtin.as_str()), Ok(gtin));
            }
        }
    }
}
