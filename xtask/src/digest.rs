//! Whether sources changed since something was made of them: a digest of names and contents.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::failure::{Failure, Result};

/// FNV-1a, 128 bits: it notices changes, it does not withstand a forger, and needs no library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest(u128);

impl Digest {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    /// The digest of nothing.
    pub(crate) const fn new() -> Self {
        Self(Self::BASIS)
    }

    /// Adds bytes, with their length so that neighbours cannot run into each other.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes.len().to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(Self::PRIME);
        }
    }

    /// Adds a file's contents.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn file(&mut self, path: &Path) -> Result<()> {
        self.bytes(&fs::read(path).map_err(Failure::file(path))?);
        Ok(())
    }

    /// Adds a folder: the names and contents of all in it, in order, but for the folders named in `skip`.
    ///
    /// # Errors
    /// When something in it cannot be read.
    pub(crate) fn folder(&mut self, path: &Path, skip: &[&str]) -> Result<()> {
        let entries = fs::read_dir(path).map_err(Failure::file(path))?;
        let mut entries: Vec<_> = entries.collect::<std::io::Result<_>>().map_err(Failure::file(path))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let below = entry.path();
            if below.is_dir() {
                if skip.iter().any(|skipped| name == *skipped) {
                    continue;
                }
                self.bytes(name.as_encoded_bytes());
                self.folder(&below, skip)?;
            } else {
                self.bytes(name.as_encoded_bytes());
                self.file(&below)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(parts: &[&[u8]]) -> Digest {
        let mut digest = Digest::new();
        for part in parts {
            digest.bytes(part);
        }
        digest
    }

    #[test]
    fn contents_and_borders_count() {
        assert_eq!(digest(&[b"ab", b"c"]), digest(&[b"ab", b"c"]));
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_ne!(digest(&[b"ab"]), digest(&[b"ac"]));
    }

    #[test]
    fn a_folder_changes_with_its_files_but_not_with_those_skipped() {
        let base = std::env::temp_dir().join(format!("xtask-digest-{}", std::process::id()));
        fs::create_dir_all(base.join("dist")).unwrap();
        let of = |base: &Path| {
            let mut digest = Digest::new();
            digest.folder(base, &["dist"]).unwrap();
            digest
        };
        fs::write(base.join("a"), "1").unwrap();
        let before = of(&base);
        fs::write(base.join("dist/b"), "2").unwrap();
        assert_eq!(before, of(&base));
        fs::write(base.join("a"), "3").unwrap();
        assert_ne!(before, of(&base));
        fs::remove_dir_all(base).unwrap();
    }
}
