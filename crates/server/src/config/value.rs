//! How a single value is read: from TOML, or from the text of a variable or flag.
//!
//! [`Setting::read`] turns a TOML value into a Rust one; [`from_text`] first makes a TOML value of the kind the default
//! has. Both answer with the words "what is allowed" on failure, never with the value, which may be a secret.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use toml::Value;
use url::Url;

use super::{Environment, LogFormat, Registration};
use crate::secrets::Secret;

/// What would have been allowed.
pub(super) type Wanted = String;

/// A type that a key of the configuration can have.
pub(super) trait Setting: Sized {
    fn read(value: &Value) -> Result<Self, Wanted>;
}

/// The TOML value that `text` stands for, of the same kind as the default.
pub(super) fn from_text(text: &str, default: &Value) -> Result<Value, Wanted> {
    match default {
        Value::Integer(_) => text
            .trim()
            .parse()
            .map(Value::Integer)
            .map_err(|_| "a whole number".into()),
        Value::Boolean(_) => bool_from(text)
            .map(Value::Boolean)
            .ok_or_else(|| "`true` or `false`".into()),
        Value::Array(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(Value::Array(
                parts.map(|part| Value::String(part.into())).collect(),
            ))
        }
        _ => Ok(Value::String(text.into())),
    }
}

/// The usual spellings of yes and no.
pub(super) fn bool_from(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn text(value: &Value) -> Result<&str, Wanted> {
    value.as_str().map(str::trim).ok_or_else(|| "a text".into())
}

/// Reads text with `parse`; `wanted` says what is allowed.
fn parsed<T>(value: &Value, wanted: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Wanted> {
    value
        .as_str()
        .map(str::trim)
        .and_then(parse)
        .ok_or_else(|| wanted.into())
}

impl Setting for bool {
    fn read(value: &Value) -> Result<Self, Wanted> {
        value.as_bool().ok_or_else(|| "`true` or `false`".into())
    }
}

/// Counts have a ceiling that no sensible value reaches, so that a slip of the finger is an error and not an outage.
impl Setting for u32 {
    fn read(value: &Value) -> Result<Self, Wanted> {
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        number
            .filter(|number| *number <= 1_000_000)
            .ok_or_else(|| "a whole number from 0 to 1000000".into())
    }
}

impl Setting for usize {
    fn read(value: &Value) -> Result<Self, Wanted> {
        u32::read(value).map(|number| number as usize)
    }
}

impl Setting for String {
    fn read(value: &Value) -> Result<Self, Wanted> {
        text(value).map(str::to_owned)
    }
}

impl Setting for PathBuf {
    fn read(value: &Value) -> Result<Self, Wanted> {
        text(value).map(PathBuf::from)
    }
}

impl Setting for Secret {
    fn read(value: &Value) -> Result<Self, Wanted> {
        text(value).map(Secret::new)
    }
}

impl Setting for Url {
    fn read(value: &Value) -> Result<Self, Wanted> {
        parsed(value, "an address such as `https://example.com`", |text| {
            Url::parse(text)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        })
    }
}

/// A part of a whole.
pub(super) struct Ratio(pub(super) f64);

impl Setting for Ratio {
    fn read(value: &Value) -> Result<Self, Wanted> {
        let number = match value {
            Value::Float(number) => Some(*number),
            Value::Integer(number) => Some(*number as f64),
            other => other.as_str().and_then(|text| text.trim().parse().ok()),
        };
        let number = number.filter(|number| (0.0..=1.0).contains(number));
        number.map(Self).ok_or_else(|| "a number from 0 to 1".into())
    }
}

/// The empty text stands for "none".
impl<T: Setting> Setting for Option<T> {
    fn read(value: &Value) -> Result<Self, Wanted> {
        match value.as_str() {
            Some(text) if text.trim().is_empty() => Ok(None),
            _ => T::read(value).map(Some),
        }
    }
}

impl Setting for Vec<Network> {
    fn read(value: &Value) -> Result<Self, Wanted> {
        let wanted = || Wanted::from("a list of addresses or networks such as `[\"10.0.0.0/8\", \"::1\"]`");
        let items = value.as_array().ok_or_else(wanted)?;
        items
            .iter()
            .map(|item| {
                item.as_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(wanted)
            })
            .collect()
    }
}

/// The origin of a web page, as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// `https://app.example.com`
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim()).ok()?;
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        (is_web && is_bare).then(|| Self(url.origin().ascii_serialization()))
    }
}

impl Setting for Vec<WebOrigin> {
    fn read(value: &Value) -> Result<Self, Wanted> {
        let wanted =
            || Wanted::from("a list of origins, without a path, such as `[\"https://app.example.com\"]`");
        let items = value.as_array().ok_or_else(wanted)?;
        let origin = |item: &Value| item.as_str().and_then(WebOrigin::parse).ok_or_else(wanted);
        items.iter().map(origin).collect()
    }
}

impl Setting for SocketAddr {
    fn read(value: &Value) -> Result<Self, Wanted> {
        parsed(
            value,
            "an address and a port such as `127.0.0.1:8000` or `0.0.0.0:8000`",
            |text| match text.strip_prefix("localhost:") {
                Some(port) => port
                    .parse()
                    .ok()
                    .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
                None => text.parse().ok(),
            },
        )
    }
}

impl Setting for Duration {
    fn read(value: &Value) -> Result<Self, Wanted> {
        parsed(
            value,
            "a duration such as `500ms`, `30s`, `5m`, `1h` or `30d`",
            duration_from,
        )
    }
}

/// A size in bytes.
pub(super) struct Size(pub(super) u64);

impl Setting for Size {
    fn read(value: &Value) -> Result<Self, Wanted> {
        parsed(value, "a size such as `64KiB`, `2MiB` or `1GiB`", size_from).map(Size)
    }
}

impl Setting for Environment {
    fn read(value: &Value) -> Result<Self, Wanted> {
        parsed(value, "`production` or `development`", |text| {
            match text.to_ascii_lowercase().as_str() {
                "production" => Some(Self::Production),
                "development" => Some(Self::Development),
                _ => None,
            }
        })
    }
}

impl Setting for Registration {
    fn read(value: &Value) -> Result<Self, Wanted> {
        parsed(value, "`open`, `invite` or `closed`", |text| match text {
            "open" => Some(Self::Open),
            "invite" => Some(Self::Invite),
            "closed" => Some(Self::Closed),
            _ => None,
        })
    }
}

impl Setting for LogFormat {
    fn read(value: &Value) -> Result<Self, Wanted> {
        parsed(value, "`text` or `json`", |text| match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        })
    }
}

/// A number and its unit: `("30", "s")`.
fn split_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim()))
}

fn duration_from(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    // A hundred years, so that a deadline made of it never overflows.
    number
        .checked_mul(millis)
        .filter(|millis| *millis <= 100 * 365 * 86_400_000)
        .map(Duration::from_millis)
}

fn size_from(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let bytes: u64 = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number
        .checked_mul(bytes)
        .filter(|bytes| i64::try_from(*bytes).is_ok())
}

/// A duration for people: `1.5 s`, `20 ms`.
pub fn show_duration(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1_000.0;
    if millis < 10.0 {
        format!("{millis:.2} ms")
    } else if millis < 1_000.0 {
        format!("{millis:.0} ms")
    } else {
        format!("{:.1} s", millis / 1_000.0)
    }
}

/// A size for people: `2.0 MiB`.
pub fn show_bytes(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64 / 1024.0;
    if size < 1.0 {
        return format!("{bytes} B");
    }
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < units.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", units[unit])
}

/// The URL with its password blanked out.
pub(super) fn without_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Fails only for URLs that can not have a password, and this one has one.
            let _ = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        Ok(_) => url.to_owned(),
        Err(_) => "***".into(),
    }
}

/// An address or a network of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether the address is in the network. An IPv4 address that came in over IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - self.bits;
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - self.bits;
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| ())?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| ())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            Err(())
        } else {
            Ok(Self { address, bits })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_need_their_unit() {
        let cases = [
            ("500ms", Some(500)),
            ("30s", Some(30_000)),
            ("5 m", Some(300_000)),
            ("1h", Some(3_600_000)),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1w", None),
            ("99999999999999999d", None),
            ("40000d", None),
        ];
        for (text, millis) in cases {
            assert_eq!(duration_from(text), millis.map(Duration::from_millis), "{text}");
        }
        let cases = [
            ("0B", Some(0)),
            ("64KiB", Some(65_536)),
            ("2 MiB", Some(2_097_152)),
            ("2MB", None),
            ("9999999TiB", None),
            ("", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(size_from(text), bytes, "{text}");
        }
    }

    #[test]
    fn networks_contain_what_they_say() {
        let cases = [
            ("10.0.0.0/8", "10.200.3.4", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ];
        for (network, address, inside) in cases {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                inside,
                "{network:?} {address}"
            );
        }
        for text in ["10.0.0.0/33", "::/129", "host", "10.0.0.0/x", ""] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn figures_are_readable() {
        assert_eq!(
            [show_bytes(5), show_bytes(1536), show_bytes(3 << 30)],
            ["5 B", "1.5 KiB", "3.0 GiB"]
        );
        let shown = [420, 20_000, 1_500_000].map(|micros| show_duration(Duration::from_micros(micros)));
        assert_eq!(shown, ["0.42 ms", "20 ms", "1.5 s"]);
        assert_eq!(without_password("postgres://a:b@h/d"), "postgres://a:***@h/d");
        assert_eq!(without_password("postgres://a@h/d"), "postgres://a@h/d");
        assert_eq!(without_password("not a url b"), "***");
    }
}
