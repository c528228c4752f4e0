//! Token Status Lists: draft-ietf-oauth-status-list-18 sections 4.1, 4.2, 5.1 and 6.2.
//!
//! A list is an array of small numbers, one for each token that refers to it: `idx` says which, `uri` says where
//! the list is. 0 is a valid token, anything else is one that must not be taken (section 7.1). Written here with
//! one bit each; read with 1, 2, 4 or 8.
//!
//! Easy to get wrong: (1) the first entry is in the *lowest* bits of the first byte; (2) some kilobytes can
//! decompress to gigabytes, so the output is limited, not the input; (3) an index behind the end is no valid token.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use crate::clock::NumericDate;

/// The `typ` header of a Status List Token (section 5.1); its media type is the same after `application/`.
pub const TYP: &str = "statuslist+jwt";

/// Where a token's status stands: the value of its claim `status` (section 6.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The one mechanism known here.
    pub status_list: Reference,
}

/// Which entry of which list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The entry, from 0.
    pub idx: u64,
    /// The list's address, which is also its `sub`.
    pub uri: String,
}

/// The claims of a Status List Token (section 5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusListClaims {
    /// The list's own address.
    pub sub: String,
    /// When it was signed.
    pub iat: NumericDate,
    /// When it says nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<NumericDate>,
    /// For how many seconds it may be kept before it is fetched again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<NumericDate>,
    /// The list.
    pub status_list: Encoded,
}

/// A list as it is sent (section 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoded {
    /// Bits of an entry: 1, 2, 4 or 8.
    pub bits: u8,
    /// The entries: zlib (RFC 1950), then base64url without padding.
    pub lst: String,
}

/// Entries of one bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits(Vec<u8>);

/// A list that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    bits: u8,
    entries: Vec<u8>,
}

/// Why a text is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAList {
    /// `bits` is none of 1, 2, 4 and 8.
    #[error("its entries have {0} bits")]
    Bits(u8),
    /// Not base64url.
    #[error("it is not base64url")]
    Encoding,
    /// Not zlib, or cut short.
    #[error("it cannot be decompressed")]
    Compression,
    /// It decompresses to more than is taken.
    #[error("it decompresses to more than {0} bytes")]
    TooLarge(usize),
}

impl Bits {
    /// A list of this many entries, rounded up to whole bytes, all valid.
    pub fn valid(entries: usize) -> Self {
        Self(vec![0; entries.div_ceil(8)])
    }

    /// Sets an entry, and says whether that changed it. One behind the end stays as it is.
    pub fn set(&mut self, idx: usize, invalid: bool) -> bool {
        let Some(byte) = self.0.get_mut(idx / 8) else {
            return false;
        };
        let (mask, before) = (1 << (idx % 8), *byte);
        *byte = if invalid { before | mask } else { before & !mask };
        *byte != before
    }

    /// The form that is sent.
    pub fn encode(&self) -> std::io::Result<Encoded> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.0)?;
        Ok(Encoded {
            bits: 1,
            lst: URL_SAFE_NO_PAD.encode(encoder.finish()?),
        })
    }
}

impl StatusList {
    /// Reads a list that has at most `most` bytes when it is decompressed.
    pub fn decode(encoded: &Encoded, most: usize) -> Result<Self, NotAList> {
        let bits = encoded.bits;
        if !matches!(bits, 1 | 2 | 4 | 8) {
            return Err(NotAList::Bits(bits));
        }
        let compressed = URL_SAFE_NO_PAD.decode(&encoded.lst).map_err(|_| NotAList::Encoding)?;
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let mut entries = Vec::new();
        let mut reader = ZlibDecoder::new(compressed.as_slice()).take(limit);
        reader.read_to_end(&mut entries).map_err(|_| NotAList::Compression)?;
        if entries.len() > most {
            return Err(NotAList::TooLarge(most));
        }
        Ok(Self { bits, entries })
    }

    /// The status of an entry; `None` behind the end.
    pub fn status(&self, idx: u64) -> Option<u8> {
        let per_byte = u64::from(8 / self.bits);
        let byte = self.entries.get(usize::try_from(idx / per_byte).ok()?)?;
        let shift = u32::try_from(idx % per_byte).ok()? * u32::from(self.bits);
        Some((byte >> shift) & (u8::MAX >> (8 - self.bits)))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len().saturating_mul(usize::from(8 / self.bits))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, FlushCompress};
    use proptest::prelude::*;

    const MOST: usize = 1 << 17;

    fn encoded(bits: u8, lst: &str) -> Encoded {
        Encoded {
            bits,
            lst: lst.to_owned(),
        }
    }

    fn statuses(list: &StatusList) -> Vec<u8> {
        (0..list.len() as u64).map(|idx| list.status(idx).unwrap()).collect()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_examples_of_section_4_1_are_read() {
        let one_bit = StatusList::decode(&encoded(1, "eNrbuRgAAhcBXQ"), MOST).unwrap();
        assert_eq!(statuses(&one_bit), [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
        let two_bits = StatusList {
            bits: 2,
            entries: vec![0xc9, 0x44, 0xf9],
        };
        assert_eq!(statuses(&two_bits), [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
        assert_eq!((one_bit.status(16), two_bits.status(12)), (None, None));
    }

    #[test]
    fn the_example_of_section_4_1_is_written() {
        let mut bits = Bits::valid(16);
        for idx in [0, 3, 4, 5, 7, 8, 9, 13, 15] {
            assert!(bits.set(idx, true) && !bits.set(idx, true));
        }
        assert_eq!(bits, Bits(vec![0xb9, 0xa3]));
        assert_eq!(bits.encode().unwrap().bits, 1);
        assert!(!bits.set(16, true), "there is no such entry");
    }

    #[test]
    fn what_is_no_list_says_why() {
        for bits in [0, 3, 5, 16, 255] {
            assert_eq!(StatusList::decode(&encoded(bits, ""), MOST), Err(NotAList::Bits(bits)));
        }
        assert_eq!(StatusList::decode(&encoded(1, "="), MOST), Err(NotAList::Encoding));
        for bytes in [vec![], vec![1, 2, 3], zlib(&[7; 1000])[..9].to_vec()] {
            let lst = URL_SAFE_NO_PAD.encode(bytes);
            assert_eq!(StatusList::decode(&encoded(1, &lst), MOST), Err(NotAList::Compression));
        }
    }

    #[test]
    fn a_bomb_of_a_gigabyte_costs_no_more_than_the_limit() {
        // After a full flush the compressor knows nothing of what was before, so its output can be repeated.
        let mut megabyte = Vec::with_capacity(8192);
        let mut compress = Compress::new(Compression::best(), false);
        compress
            .compress_vec(&vec![0; 1 << 20], &mut megabyte, FlushCompress::Full)
            .unwrap();
        let bomb = [vec![0x78, 0xda], megabyte.repeat(1024)].concat();
        let bomb = encoded(1, &URL_SAFE_NO_PAD.encode(bomb));
        assert!(bomb.lst.len() < 2 << 20, "{}", bomb.lst.len());
        assert_eq!(StatusList::decode(&bomb, MOST), Err(NotAList::TooLarge(MOST)));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(entries in 0_usize..5000, set in prop::collection::btree_set(0_usize..5000, 0..50)) {
            let mut bits = Bits::valid(entries);
            for idx in &set {
                bits.set(*idx, true);
            }
            let list = StatusList::decode(&bits.encode().unwrap(), MOST).unwrap();
            prop_assert_eq!(list.len(), entries.div_ceil(8) * 8);
            for idx in 0..list.len() {
                prop_assert_eq!(list.status(idx as u64), Some(u8::from(set.contains(&idx))));
            }
        }

        #[test]
        fn no_text_is_too_odd(bits in any::<u8>(), lst in "\\PC{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            drop(StatusList::decode(&encoded(bits, &lst), MOST));
            let read = StatusList::decode(&encoded(1, &URL_SAFE_NO_PAD.encode(zlib(&bytes))), MOST).unwrap();
            prop_assert_eq!(read.len(), bytes.len() * 8);
        }
    }
}
