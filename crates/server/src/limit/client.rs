//! Whom limits count.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use fast_temporal_core::Principal;

use super::Address;

/// How many bits of an IPv6 address are one client's: the smallest network that anyone is given.
const IPV6_PREFIX: u32 = 64;

/// Whom limits count: a user where one is known, and an address in any case. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    pub(super) user: Option<Arc<str>>,
    /// Without the bits by which a client could pass for many.
    pub(super) address: IpAddr,
}

impl Client {
    /// A client that has not said who it is.
    pub(super) fn at(Address(address): Address) -> Self {
        let address = match address.to_canonical() {
            IpAddr::V6(v6) => {
                let bits = v6.to_bits() & (u128::MAX << (128 - IPV6_PREFIX));
                IpAddr::V6(Ipv6Addr::from_bits(bits))
            }
            v4 @ IpAddr::V4(_) => v4,
        };
        Self {
            user: None,
            address,
        }
    }

    /// A principal's client. One that acts for nobody in particular goes by its address, and so
    /// does who has not said who they are.
    pub(crate) fn new(principal: Option<&Principal>, address: Address) -> Self {
        Self {
            user: principal.and_then(|principal| principal.subject.clone()),
            ..Self::at(address)
        }
    }

    /// A user's client.
    pub(crate) fn user(user: Arc<str>, address: Address) -> Self {
        Self {
            user: Some(user),
            ..Self::at(address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_client_and_a_mapped_address_is_what_it_stands_for() {
        let at = |text: &str| Client::at(Address(text.parse().expect("an address")));
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }
}
