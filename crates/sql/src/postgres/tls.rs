//! How connections are encrypted.
//!
//! | `sslmode` | |
//! |---|---|
//! | none, `disable`, `prefer`, `allow` | not encrypted |
//! | `require`, `verify-ca`, `verify-full` | encrypted, the server's certificate and name are verified |
//!
//! The roots are those of the system, or of the file that `sslrootcert` names.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Error, Result};

/// Where to connect and how.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) encrypted: bool,
    root_file: Option<String>,
}

/// Reads a URL. Its `sslmode` may be any that PostgreSQL's own clients know.
pub(super) fn target(url: &str) -> Result<Target> {
    let (start, parameters) = url.split_once('?').unwrap_or((url, ""));
    let mut encrypted = false;
    let mut root_file = None;
    let mut kept = Vec::new();
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => encrypted = true,
            Some(("sslmode", "disable" | "prefer" | "allow")) => encrypted = false,
            Some(("sslmode", other)) => return Err(Error::unavailable(format!("`{other}` is no sslmode"))),
            Some(("sslrootcert", path)) => root_file = Some(path.replace("%2F", "/").replace("%2f", "/")),
            _ => kept.push(parameter),
        }
    }
    let url = if kept.is_empty() {
        start.to_owned()
    } else {
        format!("{start}?{}", kept.join("&"))
    };
    let mut config: Config = url
        .parse()
        .map_err(|source: tokio_postgres::Error| Error::Unavailable {
            detail: "the database URL cannot be read".to_owned(),
            source: Some(source.into()),
        })?;
    config.ssl_mode(if encrypted {
        SslMode::Require
    } else {
        SslMode::Disable
    });
    if config.get_application_name().is_none() {
        config.application_name("stoa");
    }
    Ok(Target {
        config,
        encrypted,
        root_file,
    })
}

impl Target {
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect> {
        let mut roots = RootCertStore::empty();
        let (accepted, _) = roots.add_parsable_certificates(self.certificates()?);
        if accepted == 0 && self.encrypted {
            return Err(Error::unavailable(
                "no root certificate was found; name a file by sslrootcert",
            ));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|source| Error::Unavailable {
                detail: "TLS cannot be set up".to_owned(),
                source: Some(source.into()),
            })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        if !self.encrypted {
            return Ok(Vec::new());
        }
        let Some(file) = &self.root_file else {
            return Ok(rustls_native_certs::load_native_certs().certs);
        };
        let mut loaded = rustls_native_certs::load_certs_from_paths(Some(file.as_ref()), None);
        match loaded.errors.pop() {
            Some(source) => Err(Error::Unavailable {
                detail: format!("{file} cannot be read"),
                source: Some(source.into()),
            }),
            None => Ok(loaded.certs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_modes_that_promise_encryption_encrypt() {
        for (mode, encrypted) in [
            ("disable", false),
            ("prefer", false),
            ("require", true),
            ("verify-full", true),
        ] {
            let target = target(&format!(
                "postgres://a:b@localhost:1/c?connect_timeout=3&sslmode={mode}"
            ))
            .unwrap();
            assert_eq!(target.encrypted, encrypted, "{mode}");
            assert_eq!(target.config.get_dbname(), Some("c"));
            assert!(target.config.get_connect_timeout().is_some());
        }
        assert!(!target("postgres://a@localhost/c").unwrap().encrypted);
        assert!(target("postgres://a@localhost/c?sslmode=maybe").is_err());
        assert!(target("not a url").is_err());
    }
}
