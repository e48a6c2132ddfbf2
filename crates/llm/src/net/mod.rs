//! The way out to the network: two shared HTTP clients, one of which refuses private addresses.
//!
//! Providers ask through it, and so does everything else that fetches an address a person typed in. What always holds: no
//! redirect is followed (it would lead past the check), no proxy of the environment is used, a name is resolved by the
//! resolver that filters, so that the address that was checked is the address that is connected to, and a literal IP address
//! is checked by [`Net::check`], because no resolver sees it.

mod address;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

pub use address::is_public;

use crate::Error;

/// Longest time to a connection, per address.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept for the next call.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// How often a quiet connection is probed, so that one that died is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// The shared HTTP clients. Cheap to clone; the clients are made on first use, because reading the system's certificates
/// takes longer than the rest of a start.
#[derive(Clone, Debug, Default)]
pub struct Net {
    clients: Arc<Clients>,
}

#[derive(Debug, Default)]
struct Clients {
    public: OnceLock<reqwest::Client>,
    any: OnceLock<reqwest::Client>,
}

impl Net {
    /// Opens nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The client that reaches public addresses only, or any when `allow_private`. Call [`Net::check`] on each address too.
    pub fn client(&self, allow_private: bool) -> Result<reqwest::Client, Error> {
        let cell = if allow_private {
            &self.clients.any
        } else {
            &self.clients.public
        };
        if let Some(client) = cell.get() {
            return Ok(client.clone());
        }
        let client = build(system_roots(), allow_private)?;
        Ok(cell.get_or_init(|| client).clone())
    }

    /// Whether an address may be asked at all: its scheme, and a literal IP address in it.
    pub fn check(url: &Url, allow_private: bool) -> Result<(), Error> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::AddressRefused(format!(
                "`{}` is neither http nor https",
                url.scheme()
            )));
        }
        let literal = match url.host() {
            None => return Err(Error::AddressRefused("the address names no host".to_owned())),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        };
        match literal {
            Some(ip) if !allow_private && !is_public(ip) => {
                Err(Error::AddressRefused(format!("{ip} is not a public address")))
            }
            _ => Ok(()),
        }
    }
}

fn build(roots: RootCertStore, allow_private: bool) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls(roots)?)
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("Stoa/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .tcp_keepalive(KEEP_ALIVE)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .dns_resolver(Filter { allow_private })
        .build()
        .map_err(|error| Error::BadRequest(format!("no HTTP client can be made: {error}")))
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!(
            "No root certificates found: https upstreams cannot be verified. Install `ca-certificates`."
        );
    }
    roots
}

/// TLS with the ring provider, named here so that no process-wide default has to be installed.
fn tls(roots: RootCertStore) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::BadRequest(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Resolves names and drops the addresses that may not be reached.
#[derive(Debug)]
struct Filter {
    allow_private: bool,
}

/// A name that leads to no public address. [`refused`] finds it in an error's chain.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` leads to no public address")]
struct NotPublic(String);

impl Resolve for Filter {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses = keep_public(found, allow_private);
            if addresses.is_empty() && !allow_private {
                return Err(NotPublic(name.as_str().to_owned()).into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

/// A name may lead to public and private addresses at once: the private ones are as if they were not there.
fn keep_public(found: impl Iterator<Item = SocketAddr>, allow_private: bool) -> Vec<SocketAddr> {
    found
        .filter(|address| allow_private || is_public(address.ip()))
        .collect()
}

/// The refusal in an error's chain, when the resolver refused.
pub fn refused(error: &(dyn std::error::Error + 'static)) -> Option<Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(NotPublic(name)) = error.downcast_ref() {
            return Some(Error::AddressRefused(format!(
                "`{name}` leads to no public address"
            )));
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::*;

    /// A certificate for 127.0.0.1 that signs itself, and its key, made for this test alone: `openssl req -x509 -new -key …
    /// -days 36500 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE`.
    const CERTIFICATE: &[u8] = include_bytes!("../../tests/tls/cert.der");
    const KEY: &[u8] = include_bytes!("../../tests/tls/key.der");

    /// Answers two connections over TLS, on a thread of its own.
    fn https_server() -> u16 {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(KEY));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for tcp in listener.incoming().take(2) {
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(tls, tcp.unwrap());
                // A client that does not trust the certificate leaves here.
                if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
                        .unwrap();
                    stream.flush().unwrap();
                }
            }
        });
        port
    }

    #[tokio::test]
    async fn certificates_are_verified() {
        let url = format!("https://127.0.0.1:{}/", https_server());
        let stranger = Net::new().client(true).unwrap();
        let error = format!("{:?}", stranger.get(&url).send().await.unwrap_err());
        assert!(error.contains("UnknownIssuer"), "{error}");

        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(CERTIFICATE)).unwrap();
        let client = build(roots, true).unwrap();
        assert_eq!(client.get(&url).send().await.unwrap().text().await.unwrap(), "hi");
    }

    #[test]
    fn literal_addresses_are_checked_in_every_spelling() {
        let refused = [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://017700000001/",
            "http://[::1]:8080/v1",
            "http://[::ffff:10.0.0.1]/",
            "https://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://0.0.0.0/",
            "ftp://93.184.216.34/",
            "file:///etc/passwd",
            "unix:/run/x.sock",
        ];
        for text in refused {
            let url = Url::parse(text).unwrap();
            let error = Net::check(&url, false).expect_err(text);
            assert!(matches!(error, Error::AddressRefused(_)), "{text}: {error}");
        }
        for text in [
            "http://93.184.216.34/",
            "https://[2606:4700::1111]/",
            "https://api.example.com/v1",
        ] {
            Net::check(&Url::parse(text).unwrap(), false).expect(text);
        }
        Net::check(&Url::parse("http://127.0.0.1:11434/v1").unwrap(), true).unwrap();
        assert!(Net::check(&Url::parse("file:///etc/passwd").unwrap(), true).is_err());
    }

    #[test]
    fn a_name_with_public_and_private_addresses_keeps_the_public_ones() {
        let found: Vec<SocketAddr> = ["10.0.0.1:0", "93.184.216.34:0", "[::1]:0"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        assert_eq!(keep_public(found.clone().into_iter(), false), [found[1]]);
        assert_eq!(keep_public(found.clone().into_iter(), true), found);
    }

    #[tokio::test]
    async fn localhost_is_refused_by_the_resolver() {
        let client = Net::new().client(false).unwrap();
        let error = client.get("http://localhost:9/").send().await.unwrap_err();
        assert!(
            matches!(refused(&error), Some(Error::AddressRefused(_))),
            "{error:?}"
        );
    }
}
