//! The pack's bytes: whole numbers in LEB128, texts with their length in front, decimals as a whole number over a
//! power of ten.
//!
//! Easy to get wrong: a length read from damaged bytes must not decide how much memory is taken, so nothing is
//! reserved beyond what the remaining bytes could hold.

use super::PackError;

/// The most decimals of a [`Decimal`].
const MOST_DECIMALS: u8 = 15;
/// Powers of ten, which a double holds exactly.
const POWERS: [f64; MOST_DECIMALS as usize + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];
/// Whole numbers from here on are not all exact in a double.
const EXACT: u64 = 1 << 53;

/// Collects bytes.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.byte(low_byte(value) | 0x80);
            value >>= 7;
        }
        self.byte(low_byte(value));
    }

    pub(super) fn count(&mut self, value: usize) {
        self.number(value as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        texts.for_each(|text| self.text(text));
    }
}

fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

/// Reads bytes, from the front; a clone reads on from the same place.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], PackError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(PackError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, PackError> {
        let (first, rest) = self.0.split_first().ok_or(PackError::Truncated)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Result<u64, PackError> {
        // As most are.
        if let Some((first, rest)) = self.0.split_first()
            && *first < 0x80
        {
            self.0 = rest;
            return Ok(u64::from(*first));
        }
        self.long_number()
    }

    fn long_number(&mut self) -> Result<u64, PackError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return Err(PackError::Damaged("a number is too large"));
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(PackError::Damaged("a number does not end"))
    }

    /// How many things follow. Each takes at least one byte, so more than the bytes left cannot be.
    pub(super) fn count(&mut self) -> Result<usize, PackError> {
        let count = usize::try_from(self.number()?).map_err(|_| PackError::Truncated)?;
        if count > self.0.len() {
            return Err(PackError::Truncated);
        }
        Ok(count)
    }

    pub(super) fn text(&mut self) -> Result<String, PackError> {
        let count = self.count()?;
        let bytes = self.take(count)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| PackError::Damaged("a text is not UTF-8"))
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<String>, PackError> {
        Ok(Some(self.text()?).filter(|text| !text.is_empty()))
    }

    /// So many things, each read by `read`.
    pub(super) fn many<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, PackError>,
    ) -> Result<Vec<T>, PackError> {
        let mut things = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            things.push(read(self)?);
        }
        Ok(things)
    }
}

/// A non-negative decimal: `whole` over ten to the power of `decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    whole: u64,
    decimals: u8,
}

impl Decimal {
    /// The shortest decimal that is this double; `None` where there is none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the whole number is checked to be within what both types hold exactly"
    )]
    pub(super) fn of(value: f64) -> Option<Self> {
        (0..=MOST_DECIMALS).find_map(|decimals| {
            let whole = (value * power(decimals)).round();
            let fits = (0.0..double(EXACT)).contains(&whole);
            let decimal = Self {
                whole: fits.then_some(whole as u64)?,
                decimals,
            };
            (decimal.value().to_bits() == value.to_bits()).then_some(decimal)
        })
    }

    pub(super) fn decimals(self) -> u8 {
        self.decimals
    }

    /// The whole number when written with so many decimals.
    pub(super) fn at(self, decimals: u8) -> Option<u64> {
        let factor = 10_u64.checked_pow(u32::from(decimals.checked_sub(self.decimals)?))?;
        self.whole.checked_mul(factor).filter(|whole| *whole < EXACT)
    }

    /// From what [`Decimal::at`] gave.
    pub(super) fn read(whole: u64, decimals: u8) -> Result<Self, PackError> {
        if decimals > MOST_DECIMALS || whole >= EXACT {
            return Err(PackError::Damaged("a decimal is too long"));
        }
        Ok(Self { whole, decimals })
    }

    /// The double nearest to it. Both parts are exact, so this is what parsing the written decimal gives.
    pub(super) fn value(self) -> f64 {
        double(self.whole) / power(self.decimals)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no decimal is beyond what a double holds exactly"
)]
fn double(whole: u64) -> f64 {
    whole as f64
}

fn power(decimals: u8) -> f64 {
    POWERS.get(usize::from(decimals)).copied().unwrap_or(f64::INFINITY)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the very same number must come back")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(value: u64) {
            let mut writer = Writer::default();
            writer.number(value);
            prop_assert_eq!(Reader::new(&writer.0).number().unwrap(), value);
        }

        #[test]
        fn decimals_are_what_parsing_them_gives(whole in 0_u64..10_000_000, decimals in 0_u8..7) {
            let text = format!("{whole}e-{decimals}");
            let value: f64 = text.parse().unwrap();
            let decimal = Decimal::of(value).unwrap();
            prop_assert_eq!(decimal.value(), value);
            let more = decimal.at(8).unwrap();
            prop_assert_eq!(Decimal::read(more, 8).unwrap().value(), value);
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for value in [f64::NAN, f64::INFINITY, -1.0, -0.0, 1.0e17, 1.0 / 3.0] {
            assert_eq!(Decimal::of(value), None, "{value}");
        }
    }

    #[test]
    fn a_length_beyond_the_end_takes_no_memory() {
        let mut writer = Writer::default();
        writer.number(u64::MAX / 2);
        assert!(matches!(Reader::new(&writer.0).text(), Err(PackError::Truncated)));
        assert!(Reader::new(&[0xff; 12]).number().is_err());
    }
}
