//! Mutated tokens always get a response and are never accepted.

use axum::{body::Body, http::Request};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::transport::workflow_of_ada;
use crate::support::{Gateway, json, token};

fn anything() -> impl Strategy<Value = String> {
    let good = [
        token::of("ada"),
        token::rs256(&token::claims("ada")),
        token::es256(&token::claims("ada")),
        format!("ft_backend_{}", "a".repeat(52)),
        format!("ftt_{}", token::of("ada")),
    ];
    let changed = (
        proptest::sample::select(good.to_vec()),
        any::<proptest::sample::Index>(),
        "[ -~]{0,3}",
        0_usize..4,
    )
        .prop_filter_map("changed", |(good, at, put, cut)| {
            let at = at.index(good.len());
            let end = good.len().min(at + cut);
            let changed = format!("{}{put}{}", &good[..at], &good[end..]);
            (changed.trim() != good).then_some(changed)
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let gateway = runtime.block_on(async {
        let gateway = Gateway::start_with(token::config()).await;
        gateway.engine.workflow(&workflow_of_ada());
        gateway
    });
    let asked = gateway.engine.stats();
    TestRunner::new(Config {
        cases: 2000,
        failure_persistence: None,
        ..Config::default()
    })
    .run(&anything(), |token| {
        let request = Request::post("/v1/tickets")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let (status, body) = runtime.block_on(async { json(gateway.request(request).await).await });
        prop_assert_eq!(status, 401, "{}", body);
        Ok(())
    })
    .unwrap();
    assert_eq!(gateway.engine.stats(), asked);
}
