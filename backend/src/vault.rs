//! Keeps secrets: encrypts what is stored (router passwords, the bot's token), signs access tokens, and turns
//! tokens into what may be stored of them.
//!
//! Everything hangs on one key in a file that is made on the first start and readable by its owner alone.
//! Replicas share the file; without it nothing that was sealed can be opened again.

use crate::{clock::random, config::Secret};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use thiserror::Error;

/// XChaCha20's nonce: long enough to be drawn by lot.
const NONCE: usize = 24;

/// Why a secret could not be kept or had.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The key file could not be read or made.
    #[error("the key file {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// The file is there but holds no key.
    #[error("the key file {0} does not hold 64 hexadecimal digits")]
    NoKey(PathBuf),
    /// What was sealed was damaged, or sealed with another key or for something else.
    #[error("a stored secret cannot be opened: it was sealed with another key, or damaged")]
    Sealed,
}

/// Keeps secrets. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<Keys>,
}

/// One key a purpose, so that what is done with one tells nothing of the others.
struct Keys {
    seal: [u8; 32],
    sign: [u8; 32],
    token: [u8; 32],
    webhook: [u8; 32],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// Opens the vault with the key in `path`, which is made if it is not there.
    ///
    /// # Errors
    /// [`VaultError::File`] or [`VaultError::NoKey`].
    pub fn open_file(path: &Path) -> Result<Self, VaultError> {
        let file = |source| VaultError::File { path: path.to_owned(), source };
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_key(path).map_err(file)?;
                fs::read_to_string(path).map_err(file)?
            }
            read => read.map_err(file)?,
        };
        warn_if_open(path);
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| VaultError::NoKey(path.to_owned()))?;
        Ok(Self::new(key))
    }

    /// A vault with this key.
    pub fn new(key: [u8; 32]) -> Self {
        let derive = |purpose: &str| mac(&key, purpose.as_bytes());
        let keys = Keys {
            seal: derive("sallyport: seal secrets, 1"),
            sign: derive("sallyport: sign access tokens, 1"),
            token: derive("sallyport: recognise tokens, 1"),
            webhook: derive("sallyport: secrets of webhooks, 1"),
        };
        Self { keys: Arc::new(keys) }
    }

    /// Encrypts `secret`. `context` says what it is for (a noun and an id); it opens for the same only, so that
    /// one stored secret cannot be put in another's place.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] if it is longer than the cipher takes (256 GiB).
    pub fn seal(&self, secret: &[u8], context: &str) -> Result<Vec<u8>, VaultError> {
        let nonce = random::<NONCE>();
        let payload = Payload { msg: secret, aad: context.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| VaultError::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Vault::seal`] made for the same `context`.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] if it is not that.
    pub fn open(&self, sealed: &[u8], context: &str) -> Result<Vec<u8>, VaultError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(VaultError::Sealed)?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::Sealed)
    }

    /// The key that signs access tokens (HS256).
    pub fn signing_key(&self) -> &[u8; 32] {
        &self.keys.sign
    }

    /// What may be stored of a token: it is recognised by this, but cannot be had from it.
    pub fn fingerprint(&self, token: &str) -> String {
        hex::encode(mac(&self.keys.token, token.as_bytes()))
    }

    /// What Telegram shows when it delivers to the webhook of this bot: the same after a restart and on every replica,
    /// and kept nowhere.
    pub fn webhook_secret(&self, bot: &str) -> Secret {
        Secret::new(hex::encode(mac(&self.keys.webhook, bot.as_bytes())))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(self.keys.seal))
    }
}

/// SHA-256 as 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// HMAC-SHA256.
fn mac(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// Makes a key file that only its owner can read. It comes into being whole: of several replicas that start at
/// once one wins, and the others read its key.
fn make_key(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let draft = dir.join(format!(".{}.key", hex::encode(random::<8>())));
    let made =
        write_private(&draft, hex::encode(random::<32>()).as_bytes()).and_then(|()| {
            match fs::hard_link(&draft, path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                linked => linked,
            }
        });
    fs::remove_file(&draft)?;
    made
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// A key that others can read is worth a word, but may be meant so (a mounted secret).
fn warn_if_open(path: &Path) {
    #[cfg(unix)]
    if let Ok(metadata) = fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
    {
        tracing::warn!(path = %path.display(), "others can read the key file; let it have mode 0600");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_what_it_sealed_for_the_same_use() {
        let vault = Vault::new([7; 32]);
        let sealed = vault.seal(b"hunter2", "router:1").unwrap();
        assert_eq!(vault.open(&sealed, "router:1").unwrap(), b"hunter2");
        assert!(vault.open(&sealed, "router:2").is_err());
        assert!(Vault::new([8; 32]).open(&sealed, "router:1").is_err());
        let mut damaged = sealed.clone();
        damaged[30] ^= 1;
        assert!(vault.open(&damaged, "router:1").is_err());
        assert!(vault.open(&sealed[..10], "router:1").is_err());
        assert_ne!(sealed, vault.seal(b"hunter2", "router:1").unwrap());
    }

    #[test]
    fn the_key_file_is_made_once_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/secret.key");
        let sealed = Vault::open_file(&path).unwrap().seal(b"x", "y").unwrap();
        assert_eq!(Vault::open_file(&path).unwrap().open(&sealed, "y").unwrap(), b"x");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_without_a_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret.key");
        fs::write(&path, "not a key").unwrap();
        assert!(matches!(Vault::open_file(&path), Err(VaultError::NoKey(_))));
    }

    #[test]
    fn keys_of_different_purposes_differ() {
        let vault = Vault::new([7; 32]);
        assert_ne!(vault.keys.seal, vault.keys.sign);
        assert_ne!(vault.fingerprint("a"), vault.fingerprint("b"));
        assert_eq!(vault.fingerprint("a"), vault.fingerprint("a"));
    }
}
