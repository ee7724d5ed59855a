//! Queries match what their parts name and nothing else, whatever text they contain.

use fast_temporal_core::{
    Engine as _,
    engine::ListWorkflows,
    visibility_query::{Filter, InvalidQuery, TextField},
};
use fast_temporal_testkit::fake::FakeEngine;
use proptest::prelude::*;

/// The ids that a query lists.
fn list(engine: &FakeEngine, filter: &Filter) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let list = ListWorkflows {
        query: filter.to_string(),
        page_size: None,
        page_token: Vec::new(),
    };
    let page = runtime.expect("a runtime").block_on(engine.list(list));
    let workflows = page.expect("a valid query").workflows.into_iter();
    let mut ids: Vec<_> = workflows.map(|run| run.workflow_id.to_string()).collect();
    ids.sort_unstable();
    ids
}

fn engine(ids: &[&str]) -> FakeEngine {
    let engine = FakeEngine::new();
    for id in ids {
        engine.workflow(id);
    }
    engine
}

#[test]
fn quoted_values_cannot_end_their_literal() {
    for attack in [
        "' OR WorkflowId STARTS_WITH '",
        "\" OR WorkflowId STARTS_WITH \"",
        "\\' OR WorkflowId STARTS_WITH '",
        "\\\\' OR WorkflowId STARTS_WITH '",
        "x') OR (WorkflowId STARTS_WITH 'v",
        "victim' --",
        "'; #",
    ] {
        let engine = engine(&["victim", attack]);
        let id = TextField::WorkflowId;
        for filter in [
            Filter::equals(id, attack),
            Filter::is_one_of(id, [attack, "other"]),
            Filter::starts_with(id, attack),
            Filter::any([Filter::equals(id, attack), Filter::equals(id, "other")]),
            Filter::all([Filter::equals(id, attack), Filter::starts_with(id, attack)]),
        ] {
            assert_eq!(list(&engine, &filter), [attack], "{filter}");
        }
    }
}

#[test]
fn custom_queries_cannot_leave_their_parentheses() {
    for (query, error) in [
        ("", InvalidQuery::Length),
        (" \n", InvalidQuery::Length),
        (") OR (WorkflowId != ''", InvalidQuery::Parentheses),
        ("(WorkflowId = 'a'", InvalidQuery::Parentheses),
        ("WorkflowId = 'a", InvalidQuery::Quote),
        ("WorkflowId = 'a\\'", InvalidQuery::Quote),
        ("WorkflowId = 'a' -- b", InvalidQuery::Comment),
        ("WorkflowId = 'a' # b", InvalidQuery::Character('#')),
        ("WorkflowId = 'a' /* b", InvalidQuery::Character('/')),
        ("WorkflowId = 'a'; b", InvalidQuery::Character(';')),
        ("WorkflowId = \\'a", InvalidQuery::Character('\\')),
        ("WorkflowId = \0'a'", InvalidQuery::Character('\0')),
    ] {
        assert_eq!(Filter::custom(query), Err(error), "{query:?}");
    }
    assert_eq!(Filter::custom(&"x".repeat(4097)), Err(InvalidQuery::Length));
    let filter = Filter::custom("WorkflowId = 'a)' OR WorkflowId = \"b\"").expect("a valid query");
    assert_eq!(list(&engine(&["a)", "b", "c"]), &filter), ["a)", "b"]);
}

#[test]
fn no_filters_match_everything() {
    assert_eq!(Filter::all([]).to_string(), "");
    assert_eq!(list(&engine(&["a", "b"]), &Filter::all([])), ["a", "b"]);
}

proptest! {
    #[test]
    fn any_value_matches_itself_only(value in r#"[a-z'"\\() OR=;#-]{1,12}"#) {
        let other = format!("{value}'");
        let engine = engine(&[&value, &other]);
        let filter = Filter::equals(TextField::WorkflowId, &value);
        prop_assert_eq!(list(&engine, &filter), vec![value]);
    }

    /// A client's query narrows the gateway's own condition and never widens it.
    #[test]
    fn custom_queries_never_widen_the_scope(query in r#"[a-z'"`\\() OR=;#/-]{1,24}"#) {
        if let Ok(custom) = Filter::custom(&query) {
            let engine = engine(&["~ann.1", "~ben.1"]);
            let own = Filter::starts_with(TextField::WorkflowId, "~ann.");
            let list = ListWorkflows {
                query: Filter::all([own, custom]).to_string(),
                page_size: None,
                page_token: Vec::new(),
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            if let Ok(page) = runtime.block_on(engine.list(list)) {
                for run in page.workflows {
                    prop_assert!(run.workflow_id.starts_with("~ann."), "{}", query);
                }
            }
        }
    }
}
