//! API keys of backends.

use std::collections::BTreeSet;

use fast_temporal_core::{Allowed, Permissions};
use fast_temporal_server::{ApiKey, ApiKeyError};

use super::transport::{Transport, rejected};
use crate::support::Gateway;

#[tokio::test(start_paused = true)]
async fn api_key_authenticates_a_backend() {
    let made = ApiKey::generate("billing-1").unwrap();
    assert!(made.text.starts_with("ft_billing-1_"));
    let other = ApiKey::generate("other").unwrap();
    let gateway = Gateway::with_tokens_and(|setup| {
        let key = ApiKey::new("billing-1", &made.secret_sha256, Permissions::all());
        setup.credentials().api_keys.push(key.unwrap());
    });
    let gateway = gateway.await;
    for transport in Transport::all() {
        let outcome = transport.attempt(&gateway, Some(&made.text)).await;
        assert_eq!(outcome, Ok(()), "{transport:?}");
    }
    let secret = made.text.strip_prefix("ft_billing-1_").unwrap();
    for wrong in [
        other.text.clone(),
        // A valid secret with another name, and another secret with a valid name.
        format!("ft_other_{secret}"),
        other.text.replace("other", "billing-1"),
        format!("ft_billing-1_{}", secret.to_uppercase()),
        format!("ft_billing-1_{secret}x"),
        format!("ft_billing-1_{}", &secret[1..]),
        format!("ft_billing-1_{}", made.secret_sha256),
        "ft_billing-1_".to_owned(),
        "ft_billing-1".to_owned(),
        "ft_".to_owned(),
        secret.to_owned(),
    ] {
        let outcome = Transport::Ticket.attempt(&gateway, Some(&wrong)).await;
        assert_eq!(outcome, rejected(401, "unauthenticated"), "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn backend_is_limited_to_the_permissions_of_its_key() {
    let permissions = Permissions {
        workflow_ids: Allowed::Only(BTreeSet::from(["order-1".to_owned()])),
        ..Permissions::own()
    };
    let gateway = Gateway::with_tokens_and(|setup| setup.api_key("reader", None, permissions));
    let gateway = gateway.await;
    let key = Some(gateway.key("reader"));
    let outcome = Transport::LongPoll.attempt(&gateway, key).await;
    assert_eq!(outcome, rejected(404, "not_found"));
    let outcome = Transport::Seed.attempt(&gateway, key).await;
    assert_eq!(outcome, rejected(403, "forbidden"));
}

#[tokio::test(start_paused = true)]
async fn api_key_can_act_for_one_subject() {
    let gateway = Gateway::with_tokens_and(|setup| {
        setup.api_key("agent", Some("ada"), Permissions::own());
    });
    let gateway = gateway.await;
    for transport in Transport::all() {
        let outcome = transport
            .attempt(&gateway, Some(gateway.key("agent")))
            .await;
        assert_eq!(outcome, Ok(()), "{transport:?}");
    }
}

#[test]
fn keys_are_unique_and_absent_from_debug_output() {
    let keys: Vec<_> = (0..100).map(|_| ApiKey::generate("a").unwrap()).collect();
    let texts: BTreeSet<_> = keys.iter().map(|key| &key.text).collect();
    assert_eq!(texts.len(), keys.len());
    for made in &keys {
        // 256 bits of base32.
        assert_eq!(made.text.len(), "ft_a_".len() + 52);
        let key = ApiKey::new("a", &made.secret_sha256, Permissions::own()).unwrap();
        let shown = format!("{made:?} {key:?}");
        assert!(
            !shown.contains(&made.text["ft_a_".len()..]) && !shown.contains(&made.secret_sha256)
        );
    }
}

#[test]
fn invalid_api_keys_are_reported() {
    let hash = ApiKey::generate("a").unwrap().secret_sha256;
    for id in ["", "a_b", "ä", "a b", &"x".repeat(65)] {
        assert_eq!(ApiKey::generate(id).unwrap_err(), ApiKeyError::InvalidId);
        let key = ApiKey::new(id, &hash, Permissions::own());
        assert_eq!(key.unwrap_err(), ApiKeyError::InvalidId);
    }
    for hash in ["", "00", &hash[1..], &hash.replace(|_: char| true, "x")] {
        let key = ApiKey::new("a", hash, Permissions::own());
        assert_eq!(key.unwrap_err(), ApiKeyError::InvalidHash);
    }
    let key = ApiKey::new("a", &hash.to_uppercase(), Permissions::own()).unwrap();
    for subject in ["", &"x".repeat(257)] {
        let error = key.clone().with_subject(subject).unwrap_err();
        assert_eq!(error, ApiKeyError::InvalidSubject);
    }
}
