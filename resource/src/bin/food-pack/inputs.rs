//! Input files, each pinned by its SHA-256.

use std::fmt::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Failure;

const PINNED: &[(&str, &str)] = &[
    (
        "DERIV_CD.txt",
        "98eeeb71a28f796bec384478c2d8e6ae0375e231a920a611de8e2fff3bdab29a",
    ),
    (
        "FD_GROUP.txt",
        "1f497ae6b4b0127956d0eff4ec2d190d040bac8e6892ff0fb45773d4913033ba",
    ),
    (
        "FOOD_DES.txt",
        "bb2047218cdad1d830da69e760386409fde3b7afabceae604c5479f280d4fa2e",
    ),
    (
        "NUTR_DEF.txt",
        "b0d6b559eaf0cf9f9a1c13e938395e1bb3513057f3c4c0f21c046b061e599fee",
    ),
    (
        "NUT_DATA.txt",
        "506c9ee39a276ac8f53565d270597e430944ec3363adb53a91cc6ee8c061fac5",
    ),
    (
        "SRC_CD.txt",
        "4351328c88c7deb275a625c3219d4aced92a265349893ce82b4cc1481c984b7e",
    ),
    (
        "WEIGHT.txt",
        "98484d7e26b3803467e65a9ab2ad8094bc94ed0c50375efb7e26a8bd60b1afae",
    ),
    (
        "fooddata.csv",
        "a450c26fb5537d40ba6e8c80eb3c5634eee34963ad968c0bed026c16be59d2da",
    ),
];

/// The bytes of a pinned file; an error when they are not the pinned ones.
pub(crate) fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    let path = folder.join(name);
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let pinned = PINNED.iter().find(|(file, _)| *file == name).map(|(_, hash)| *hash);
    let found = hex(&Sha256::digest(&bytes));
    if pinned == Some(found.as_str()) {
        Ok(bytes)
    } else {
        Err(format!(
            "{}: its SHA-256 is {found}, which is not the pinned one",
            path.display()
        )
        .into())
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}
