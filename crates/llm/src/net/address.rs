//! Which IP addresses are public: an allow-list in effect, since everything special is named and refused.
//!
//! The ranges are those of the IANA special-purpose registries. Addresses that carry an IPv4 address inside (mapped, 6to4,
//! NAT64) are judged by that one, because that is where a packet may end up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is reachable on the public internet and nothing else.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = match a {
        // This network, private, loopback; multicast, reserved, broadcast.
        0 | 10 | 127 | 224..=255 => true,
        // Carrier-grade NAT.
        100 => (64..=127).contains(&b),
        // Link-local, where the clouds' metadata is.
        169 => b == 254,
        // Private.
        172 => (16..=31).contains(&b),
        // Private; protocol assignments, documentation, 6to4 relays.
        192 => b == 168 || (b == 0 && matches!(c, 0 | 2)) || (b == 88 && c == 99),
        // Benchmarks, documentation.
        198 => matches!(b, 18 | 19) || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    match segments {
        // IPv4-mapped ::ffff:0:0/96 and NAT64 64:ff9b::/96.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(embedded(high, low))
        }
        // 6to4.
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Teredo and the other protocol assignments 2001::/23; documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // ISATAP: an interface address of an IPv4 host.
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => is_public_v4(embedded(high, low)) && is_global(ip),
        _ => is_global(ip),
    }
}

/// 2000::/3 is all that is given out; this leaves out loopback, unspecified, unique local, link-local, multicast and more.
fn is_global(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xe000 == 0x2000
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_range_is_refused_at_both_ends() {
        let refused = "
            0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255
            169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.1
            192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1
            239.255.255.255 240.0.0.1 255.255.255.255
            :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:169.254.169.254 ::ffff:0:7f00:1
            64:ff9b::10.0.0.1 64:ff9b::127.0.0.1 64:ff9b:1::8.8.8.8 100::1 2001::1 2001:10::1 2001:db8::1 3fff::1
            2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101::1 fc00::1 fdff:ffff::1 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1
            5f00::1 4000::1 2606:4700::5efe:a00:1";
        for text in refused.split_whitespace() {
            assert!(!is_public(text.parse().unwrap()), "{text} must be refused");
        }
    }

    #[test]
    fn their_neighbours_are_public() {
        let public = "
            1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.0.1
            169.255.0.1 172.15.255.255 172.32.0.0 192.0.1.1 192.0.3.1 192.167.255.255 192.169.0.0 198.17.255.255
            198.20.0.0 223.255.255.255
            2606:4700:4700::1111 2001:4860:4860::8888 2001:200::1 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
            2002:808:808::1 3ffe::1";
        for text in public.split_whitespace() {
            assert!(is_public(text.parse().unwrap()), "{text} must be public");
        }
    }
}
