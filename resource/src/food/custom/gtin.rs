//! Barcodes: GTIN-8, -12, -13 and -14 (GS1 General Specifications, section 7.9, "Check digit calculations").
//!
//! Easy to get wrong: the weights 3 and 1 begin at the right, so that leading zeros change nothing; that is why a
//! UPC-A is the EAN-13 with a 0 in front, and why all lengths are compared as 14 digits.

/// The lengths there are.
const LENGTHS: [usize; 4] = [8, 12, 13, 14];
/// Digits as compared.
const COMPARED: usize = 14;

/// A barcode with a right check digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gtin(String);

/// Why a text is no barcode; it says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadGtin {
    /// Other characters than digits, or another length.
    #[error("a barcode has 8, 12, 13 or 14 digits and nothing else; \"{0}\" has not")]
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
        if last.parse() == Ok(right) {
            Ok(Self(digits))
        } else {
            Err(BadGtin::CheckDigit(digits, right))
        }
    }

    /// The digits as they stand on the package.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 14 digits by which barcodes are compared.
    pub fn compared(&self) -> String {
        compared(&self.0)
    }
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

    proptest! {
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
