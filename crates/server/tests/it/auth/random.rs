//! Mutated tokens always get a response and are never accepted.

use axum::{body::Body, http::Method};
use proptest::prelude::*;

use crate::support::{Gateway, for_random, paused_runtime, token};

fn any_token() -> impl Strategy<Value = String> {
    let valid = [
        token::of("ada"),
        token::rs256(&token::claims("ada")),
        token::es256(&token::claims("ada")),
        format!("ft_backend_{}", "a".repeat(52)),
        format!("ftt_{}", token::of("ada")),
    ];
    let changed = (
        proptest::sample::select(valid.to_vec()),
        any::<proptest::sample::Index>(),
        "[ -~]{0,3}",
        0_usize..4,
    )
        .prop_filter_map("changed", |(valid, at, inserted, removed)| {
            let at = at.index(valid.len());
            let end = valid.len().min(at + removed);
            let changed = format!("{}{inserted}{}", &valid[..at], &valid[end..]);
            (changed.trim() != valid).then_some(changed)
        });
    prop_oneof![
        "[ -~]{0,200}",
        "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}",
        "ft_[a-z0-9_]{0,80}",
        "ftt_[A-Za-z0-9._-]{0,80}",
        changed,
    ]
}

// Covers AUTH-1.
#[test]
fn mutated_tokens_are_never_accepted() {
    let runtime = paused_runtime();
    let gateway = runtime.block_on(Gateway::with_tokens());
    let before = gateway.engine.stats();
    for_random(&runtime, 2000, &any_token(), async |token| {
        let client = gateway.bearer(&token);
        let reply = client.request(Method::POST, "/v1/tickets", Body::empty());
        assert_eq!(reply.await.status, 401);
    });
    assert_eq!(gateway.engine.stats(), before);
}
