//! What must stay secret: the key of the installation, sealed values, random tokens.
//!
//! Accounts make and hash tokens here, providers seal the keys of their connections, the configuration carries
//! passwords as [`Secret`]. What always holds: a secret is never in `Debug` output, a sealed value opens only with the
//! same key and the same purpose, a token is stored as its hash alone.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use rand::TryRng as _;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

pub use llm::Secret;

/// The name of the key file in the data folder.
pub const KEY_FILE: &str = "secret.key";

/// The first byte of a sealed value, so that another cipher can follow one day.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;

/// What can go wrong with keys and sealed values.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key file can not be read or made.
    #[error("cannot use the key file {}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key does not have 32 bytes.
    #[error("{place} does not hold a key: 32 bytes as base64 or hex are wanted")]
    Key {
        /// The file or setting the key came from.
        place: String,
    },
    /// The value was sealed with another key or for another purpose, or was changed since.
    #[error(
        "a sealed value does not open: it was sealed with another key or for another purpose, or was changed"
    )]
    Sealed,
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,
}

/// Seals and opens values with the key of this installation.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(***)")
    }
}

impl Vault {
    /// The vault of this key.
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&Key::from(*key)),
        }
    }

    /// The key that the configuration gives, else the key file in `data`, which is made when it is missing.
    pub fn load(data: &Path, configured: Option<&Secret>) -> Result<Self, SecretError> {
        if let Some(text) = configured {
            let key = parse_key(text.expose()).ok_or(SecretError::Key {
                place: "data.secret_key".into(),
            })?;
            return Ok(Self::new(&key));
        }
        let path = data.join(KEY_FILE);
        let key = match read_key(&path)? {
            Some(key) => key,
            None => make_key(&path)?,
        };
        Ok(Self::new(&key))
    }

    /// Seals `plain` for `purpose`, for example `"connection con_01J…"`. The result is text for a column.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<String, SecretError> {
        let mut nonce = [0; NONCE_BYTES];
        random(&mut nonce)?;
        let payload = Payload {
            msg: plain,
            aad: purpose.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SecretError::Sealed)?;
        let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Opens what [`Vault::seal`] made for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SecretError::Sealed)?;
        let Some((&VERSION, rest)) = bytes.split_first() else {
            return Err(SecretError::Sealed);
        };
        let (nonce, body) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SecretError::Sealed)?;
        let payload = Payload {
            msg: body,
            aad: purpose.as_bytes(),
        };
        self.cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| SecretError::Sealed)
    }

    /// Opens a sealed text as a [`Secret`].
    pub fn open_text(&self, purpose: &str, sealed: &str) -> Result<Secret, SecretError> {
        let plain = self.open(purpose, sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| SecretError::Sealed)?;
        Ok(Secret::new(text))
    }
}

/// A new token with 256 random bits: `stoa_key_` and 43 characters, say. Show it once, store [`hash_token`] of it.
pub fn random_token(prefix: &str) -> Result<Secret, SecretError> {
    let mut bytes = [0; 32];
    random(&mut bytes)?;
    let token = token_from(prefix, &bytes);
    bytes.zeroize();
    Ok(token)
}

/// The token of these bytes, for callers that pass randomness in.
pub fn token_from(prefix: &str, bytes: &[u8; 32]) -> Secret {
    Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is stored of a token. A plain SHA-256 is enough: nobody guesses 256 random bits.
pub fn hash_token(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Whether `data` holds a usable key file; `None` when there is none yet. For `stoa doctor`.
pub fn key_file_state(data: &Path) -> Option<Result<(), SecretError>> {
    match read_key(&data.join(KEY_FILE)) {
        Ok(Some(_)) => Some(Ok(())),
        Ok(None) => None,
        Err(error) => Some(Err(error)),
    }
}

fn random(bytes: &mut [u8]) -> Result<(), SecretError> {
    rand::rngs::SysRng
        .try_fill_bytes(bytes)
        .map_err(|_| SecretError::Random)
}

fn parse_key(text: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let text = text.trim();
    let bytes = if text.len() == 2 * KEY_BYTES {
        hex::decode(text).ok()
    } else {
        STANDARD
            .decode(text)
            .or_else(|_| URL_SAFE_NO_PAD.decode(text))
            .ok()
    };
    let bytes = Zeroizing::new(bytes?);
    <[u8; KEY_BYTES]>::try_from(bytes.as_slice())
        .ok()
        .map(Zeroizing::new)
}

fn read_key(path: &Path) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, SecretError> {
    let mut text = Zeroizing::new(String::new());
    let read = std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(SecretError::KeyFile {
                path: path.into(),
                source,
            });
        }
    }
    let key = parse_key(&text).ok_or_else(|| SecretError::Key {
        place: path.display().to_string(),
    })?;
    Ok(Some(key))
}

/// Writes a new key beside the path and links it into place: of two processes that start at once, one wins and both
/// read the winner's key, and a crash never leaves half a key.
fn make_key(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, SecretError> {
    let failed = |source| SecretError::KeyFile {
        path: path.into(),
        source,
    };
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    random(key.as_mut())?;
    let mut name = [0; 8];
    random(&mut name)?;
    let draft = path.with_extension(format!("{}.new", hex::encode(name)));
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(key.as_ref())));
    let written =
        write_private(&draft, text.as_bytes()).and_then(|()| match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        });
    let removed = std::fs::remove_file(&draft);
    written.and(removed).map_err(failed)?;
    sync_folder(path).map_err(failed)?;
    read_key(path)?.ok_or_else(|| SecretError::Key {
        place: path.display().to_string(),
    })
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(&[byte; KEY_BYTES])
    }

    #[test]
    fn a_sealed_value_opens_with_the_same_key_and_purpose_only() {
        let sealed = vault(1).seal("connection con_1", b"sk-123").unwrap();
        assert_eq!(
            vault(1).open("connection con_1", &sealed).unwrap().as_slice(),
            b"sk-123"
        );
        assert_eq!(
            vault(1).open_text("connection con_1", &sealed).unwrap().expose(),
            "sk-123"
        );
        assert!(matches!(
            vault(2).open("connection con_1", &sealed),
            Err(SecretError::Sealed)
        ));
        assert!(matches!(
            vault(1).open("connection con_2", &sealed),
            Err(SecretError::Sealed)
        ));
        assert!(!sealed.contains("sk-123"));
        assert_ne!(
            sealed,
            vault(1).seal("connection con_1", b"sk-123").unwrap(),
            "the nonce is new each time"
        );
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let sealed = URL_SAFE_NO_PAD
            .decode(vault(1).seal("p", b"secret").unwrap())
            .unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            let text = URL_SAFE_NO_PAD.encode(&changed);
            assert!(
                matches!(vault(1).open("p", &text), Err(SecretError::Sealed)),
                "byte {at}"
            );
        }
        for text in [
            "",
            "AQ",
            "not base64 !",
            &URL_SAFE_NO_PAD.encode(&sealed[..sealed.len() - 1]),
        ] {
            assert!(
                matches!(vault(1).open("p", text), Err(SecretError::Sealed)),
                "{text}"
            );
        }
    }

    #[test]
    fn the_key_file_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        assert!(key_file_state(folder.path()).is_none());
        let sealed = Vault::load(folder.path(), None).unwrap().seal("p", b"x").unwrap();
        assert_eq!(
            Vault::load(folder.path(), None)
                .unwrap()
                .open("p", &sealed)
                .unwrap()
                .as_slice(),
            b"x"
        );
        assert!(matches!(key_file_state(folder.path()), Some(Ok(()))));
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, [KEY_FILE], "no draft is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.path().join(KEY_FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn starts_at_the_same_moment_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let barrier = std::sync::Barrier::new(8);
        let start = || {
            barrier.wait();
            Vault::load(path, None).unwrap().seal("p", b"x").unwrap()
        };
        let sealed: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let vault = Vault::load(path, None).unwrap();
        assert!(sealed.iter().all(|text| vault.open("p", text).is_ok()));
    }

    #[test]
    fn a_configured_key_wins_and_a_bad_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let hex = Secret::new("11".repeat(32));
        let base64 = Secret::new(STANDARD.encode([0x11; 32]));
        let sealed = Vault::load(folder.path(), Some(&hex))
            .unwrap()
            .seal("p", b"x")
            .unwrap();
        assert!(
            Vault::load(folder.path(), Some(&base64))
                .unwrap()
                .open("p", &sealed)
                .is_ok()
        );
        assert!(!folder.path().join(KEY_FILE).exists());
        let error = Vault::load(folder.path(), Some(&Secret::new("short"))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "data.secret_key does not hold a key: 32 bytes as base64 or hex are wanted"
        );
        std::fs::write(folder.path().join(KEY_FILE), "damaged").unwrap();
        assert!(matches!(
            Vault::load(folder.path(), None),
            Err(SecretError::Key { .. })
        ));
        assert!(matches!(key_file_state(folder.path()), Some(Err(_))));
    }

    #[test]
    fn tokens_carry_their_prefix_and_are_stored_hashed() {
        let token = random_token("stoa_key_").unwrap();
        assert!(token.expose().starts_with("stoa_key_"));
        assert_eq!(token.expose().len(), "stoa_key_".len() + 43);
        assert_ne!(token, random_token("stoa_key_").unwrap());
        assert_eq!(
            token_from("t_", &[0; 32]).expose(),
            format!("t_{}", "A".repeat(43))
        );
        assert_eq!(
            hash_token("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(format!("{token:?} {:?}", vault(1)), "Secret(***) Vault(***)");
    }
}
