//! Passwords: argon2id with the crate's recommended parameters, never on an async worker, a few at a time.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::http::problem::Problem;

/// Each hash takes 19 MiB and tens of milliseconds of a core; more than this at once would crowd out everything else.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What an unknown account is checked against.
static NOTHING: LazyLock<String> = LazyLock::new(|| {
    Argon2::default()
        .hash_password(b"no account has this password")
        .map(|hash| hash.to_string())
        .unwrap_or_default()
});

/// The hash of a password, in PHC string form.
pub async fn hash(password: String) -> Result<String, Problem> {
    let _permit = AT_ONCE.acquire().await.map_err(Problem::internal)?;
    let hash = tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
    });
    hash.await
        .map_err(Problem::internal)?
        .map_err(|error| Problem::internal(error.to_string()))
}

/// Whether the password is the one that was hashed.
pub async fn verify(password: String, hash: String) -> Result<bool, Problem> {
    let _permit = AT_ONCE.acquire().await.map_err(Problem::internal)?;
    let verified = tokio::task::spawn_blocking(move || match PasswordHash::new(&hash) {
        Ok(parsed) => Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok(),
        Err(_) => false,
    });
    verified.await.map_err(Problem::internal)
}

/// A hash that no password matches in practice.
pub fn hash_of_nothing() -> String {
    NOTHING.clone()
}
