//! The key under which limits count a client.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use super::client_address::ClientAddress;

/// The prefix length of an IPv6 network that counts as one client: the smallest that providers
/// assign.
const IPV6_PREFIX: u32 = 64;

/// The key under which limits count a client: always an address, and a user if known. Cheap to
/// clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientKey {
    pub(super) user: Option<Arc<str>>,
    /// Without the bits that a client can choose at will.
    pub(super) address: IpAddr,
}

impl ClientKey {
    /// The key of a user at an address. Without a user, only the address counts.
    pub(crate) fn new(user: Option<Arc<str>>, ClientAddress(address): ClientAddress) -> Self {
        let address = match address.to_canonical() {
            IpAddr::V6(v6) => {
                let bits = v6.to_bits() & (u128::MAX << (128 - IPV6_PREFIX));
                IpAddr::V6(Ipv6Addr::from_bits(bits))
            }
            v4 @ IpAddr::V4(_) => v4,
        };
        Self { user, address }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_networks_count_as_one_client_and_mapped_addresses_as_ipv4() {
        let address = |text: &str| ClientAddress(text.parse().expect("an address"));
        let key = |text| ClientKey::new(None, address(text));
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
