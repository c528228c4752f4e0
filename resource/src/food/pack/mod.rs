//! The pack: all foods in one small file, our own format, compressed with zstd.
//!
//! After decompression: the magic, then columns in the order of [`write()`]. Foods of one source stand together.
//! Nutrients are stored by nutrient and not by food, because neighbors in a column are alike: which foods have a
//! value (lengths of runs), the values with a common number of decimals, source codes, derivation codes.
//! The same foods always give the same bytes.
//!
//! Easy to get wrong: a value that is not available is absent, never 0; damaged bytes are an error, never a panic.

mod bytes;
mod columns;
#[cfg(test)]
mod tests;

use std::io::Read;

use bytes::{Reader, Writer};

use super::model::{CodeMeaning, Food, NutrientDefinition, NutrientNumber};

/// The first bytes of the decompressed pack; the digit is the format's version.
const MAGIC: &[u8] = b"FOODPACK1\n";
/// More than any pack of ours has, so that damaged bytes cannot fill the memory.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// More than the nutrients take, of which there are some hundred.
const FRONT: u64 = 64 * 1024;
/// The slowest and smallest: it is written once and read at every start.
const COMPRESSION_LEVEL: i32 = 22;

/// What a pack holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pack {
    /// Nutrients in ascending order of their number.
    pub definitions: Vec<NutrientDefinition>,
    /// The meanings of source codes.
    pub source_codes: Vec<CodeMeaning>,
    /// The meanings of derivation codes; values name them by their place here.
    pub derivations: Vec<CodeMeaning>,
    /// The foods, those of one source together.
    pub foods: Vec<Food>,
}

/// Why a pack cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The bytes are no zstd frame, or it is damaged.
    #[error("the pack cannot be decompressed: {0}")]
    Compression(#[from] std::io::Error),
    /// The bytes are something else, or another version.
    #[error("this is not a food pack of the version this program reads")]
    NotAPack,
    /// The bytes end too early.
    #[error("the pack is cut short")]
    Truncated,
    /// The bytes say something impossible.
    #[error("the pack is damaged: {0}")]
    Damaged(&'static str),
    /// The foods hold something the format has no place for.
    #[error("this cannot be packed: {0}")]
    NotPackable(String),
}

/// The pack's bytes.
pub fn write(pack: &Pack) -> Result<Vec<u8>, PackError> {
    let mut writer = Writer(MAGIC.to_vec());
    write_definitions(&mut writer, &pack.definitions);
    write_codes(&mut writer, &pack.source_codes);
    write_codes(&mut writer, &pack.derivations);
    columns::write(&mut writer, pack)?;
    Ok(zstd::bulk::compress(&writer.0, COMPRESSION_LEVEL)?)
}

/// The nutrients of the pack of these bytes, which stand in front.
pub fn definitions(bytes: &[u8]) -> Result<Vec<NutrientDefinition>, PackError> {
    let mut front = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
    decoder.take(FRONT).read_to_end(&mut front)?;
    read_definitions(&mut inside(&front)?)
}

/// The pack of these bytes.
pub fn read(bytes: &[u8]) -> Result<Pack, PackError> {
    // At once, into as much as the frame says that it needs: a stream keeps as much again for itself.
    let plain = zstd::bulk::decompress(bytes, MOST_BYTES)?;
    let mut reader = inside(&plain)?;
    let definitions = read_definitions(&mut reader)?;
    let source_codes = read_codes(&mut reader)?;
    let derivations = read_codes(&mut reader)?;
    let foods = columns::read(&mut reader, &definitions, derivations.len())?;
    if !reader.is_empty() {
        return Err(PackError::Damaged("something follows the last food"));
    }
    Ok(Pack {
        definitions,
        source_codes,
        derivations,
        foods,
    })
}

/// What stands behind the magic.
fn inside(plain: &[u8]) -> Result<Reader<'_>, PackError> {
    plain.strip_prefix(MAGIC).map(Reader::new).ok_or(PackError::NotAPack)
}

fn write_definitions(writer: &mut Writer, definitions: &[NutrientDefinition]) {
    writer.count(definitions.len());
    for definition in definitions {
        writer.number(definition.number.0.into());
        writer.text(&definition.unit);
        writer.text(definition.tag.as_deref().unwrap_or_default());
        writer.text(&definition.description);
        writer.byte(definition.decimals);
    }
}

fn read_definitions(reader: &mut Reader) -> Result<Vec<NutrientDefinition>, PackError> {
    let count = reader.count()?;
    let definitions = reader.many(count, |reader| {
        Ok(NutrientDefinition {
            number: nutrient_number(reader.number()?)?,
            unit: reader.text()?,
            tag: reader.optional_text()?,
            description: reader.text()?,
            decimals: reader.byte()?,
        })
    })?;
    if definitions.is_sorted_by(|one, next| one.number < next.number) {
        Ok(definitions)
    } else {
        Err(PackError::Damaged("the nutrients are not in order"))
    }
}

fn nutrient_number(number: u64) -> Result<NutrientNumber, PackError> {
    u16::try_from(number)
        .map(NutrientNumber)
        .map_err(|_| PackError::Damaged("a nutrient's number is too large"))
}

fn write_codes(writer: &mut Writer, codes: &[CodeMeaning]) {
    writer.count(codes.len());
    for code in codes {
        writer.text(&code.code);
        writer.text(&code.meaning);
    }
}

fn read_codes(reader: &mut Reader) -> Result<Vec<CodeMeaning>, PackError> {
    let count = reader.count()?;
    reader.many(count, |reader| {
        Ok(CodeMeaning {
            code: reader.text()?,
            meaning: reader.text()?,
        })
    })
}
