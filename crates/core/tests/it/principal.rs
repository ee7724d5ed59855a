//! Who may do what, and which workflows they may name.

use std::sync::Arc;

use fast_temporal_core::{Allowed, Permissions, Principal, Verb, owner::prefix};
use proptest::prelude::*;
use serde_json::{Value, json};

fn principal(subject: &str, permissions: Permissions) -> Principal {
    Principal {
        subject: Some(subject.into()),
        backend: None,
        permissions: Arc::new(permissions),
        expires_at: None,
    }
}

fn read(value: &Value) -> Result<Permissions, String> {
    Permissions::from_json(value, &Permissions::own()).map_err(|error| error.to_string())
}

// Covers AUTH-9.
#[test]
fn users_name_what_is_theirs_and_nothing_else() {
    let ada = principal("ada", Permissions::own());
    let own = format!("{}order-1", prefix("ada"));
    assert!(ada.may_name(&own));
    for foreign in [
        "order-1".to_owned(),
        String::new(),
        "~".to_owned(),
        format!("{}order-1", prefix("bob")),
        // One subject begins with the other, before and after it is encoded.
        format!("{}order-1", prefix("ad")),
        format!("{}order-1", prefix("adam")),
        format!("{}order-1", prefix("ada ")),
        format!("{}order-1", prefix("ada\0")),
        // PayloadAccess would take these for the same.
        own.to_uppercase(),
        format!("{}order-1", prefix("ADA")),
        format!("{}order-1", prefix("Ada")),
        // The prefix without its end, or not at the beginning.
        own.replace('.', ""),
        own.replace('.', "/"),
        format!(" {own}"),
        format!("~{own}"),
        format!("x{own}"),
        format!("{}{own}", prefix("bob")),
        // Other forms of the same subject.
        own.replace('.', "=."),
        own.replace('.', "======."),
    ] {
        assert!(!ada.may_name(&foreign), "{foreign}");
    }
    // What is within belongs to who stands before it.
    assert!(ada.may_name(&format!("{}{}x", prefix("ada"), prefix("bob"))));
}

#[test]
fn ids_may_be_named_besides_ones_own_or_instead() {
    let ids = json!({"workflow_ids": ["order-1"]});
    let besides = principal("ada", read(&ids).expect("permissions"));
    let own = format!("{}x", prefix("ada"));
    assert!(besides.may_name("order-1") && besides.may_name(&own));
    assert!(!besides.may_name("order-10") && !besides.may_name("ORDER-1"));
    let ids = json!({"workflow_ids": ["order-1"], "own_workflows": false});
    let instead = principal("ada", read(&ids).expect("permissions"));
    assert!(instead.may_name("order-1") && !instead.may_name(&own));
    assert!(!instead.may_act_for("ada"));
    assert_eq!(instead.owner(), None);
}

#[test]
fn all_ids_may_be_named_where_all_are_allowed() {
    let all = principal(
        "ada",
        read(&json!({"workflow_ids": "all"})).expect("permissions"),
    );
    assert!(all.may_name("order-1") && all.may_name(&format!("{}x", prefix("bob"))));
    assert!(!all.may_act_for("bob"));
}

#[test]
fn nobody_in_particular_owns_nothing() {
    let backend = Principal {
        subject: None,
        backend: None,
        permissions: Arc::new(Permissions::own()),
        expires_at: None,
    };
    assert!(!backend.may_name(&prefix("")) && !backend.may_name("order-1"));
    assert!(!backend.may_act_for(""));
}

#[test]
fn users_act_for_themselves_and_those_who_may_for_any() {
    let ada = principal("ada", Permissions::own());
    assert!(ada.may_act_for("ada"));
    for other in ["", "Ada", "ada ", "bob"] {
        assert!(!ada.may_act_for(other), "{other}");
    }
    let any = principal(
        "ada",
        read(&json!({"any_user": true})).expect("permissions"),
    );
    assert!(any.may_act_for("bob"));
}

#[test]
fn absent_fields_are_as_in_the_default() {
    assert_eq!(read(&json!({})), Ok(Permissions::own()));
    let nulls = json!({"verbs": null, "workflow_ids": null, "payloads": null});
    assert_eq!(read(&nulls), Ok(Permissions::own()));
    let narrow = read(&json!({"verbs": ["query", "query"], "workflows": []})).expect("permissions");
    assert_eq!(narrow.verbs, [Verb::Query].into());
    assert_eq!(narrow.workflows, Allowed::none());
    assert!(narrow.own_workflows && !narrow.payloads);
}

// Covers AUTH-7.
#[test]
fn what_is_no_permission_is_refused_with_its_place() {
    for (value, place) in [
        (json!([]), "must be an object"),
        (json!("all"), "must be an object"),
        (json!({"verbs": ["fly"]}), "verbs: there is no verb `fly`"),
        (
            json!({"verbs": ["Start"]}),
            "verbs: there is no verb `Start`",
        ),
        (json!({"verbs": "start"}), "verbs: must be \"all\""),
        (json!({"verbs": [1]}), "verbs: must be"),
        (json!({"verbs": {}}), "verbs: must be"),
        (json!({"workflows": "own"}), "workflows: must be \"all\""),
        (json!({"workflows": [null]}), "workflows: must be"),
        (
            json!({"workflow_ids": "mine"}),
            "workflow_ids: must be \"own\", \"all\"",
        ),
        (json!({"workflow_ids": [["a"]]}), "workflow_ids: must be"),
        (
            json!({"any_workflow_type": 1}),
            "any_workflow_type: must be true or false",
        ),
        (json!({"payloads": "true"}), "payloads: must be"),
        (json!({"own_workflows": []}), "own_workflows: must be"),
        (
            json!({"visibility_queries": 0}),
            "visibility_queries: must be",
        ),
        (json!({"any_user": "yes"}), "any_user: must be"),
        // Meant to narrow, and spelt wrongly.
        (json!({"verb": ["query"]}), "verb: no such permission"),
    ] {
        let error = read(&value).expect_err("no permissions");
        assert!(error.starts_with(place), "{value}: {error}");
    }
    let long = "x".repeat(1000) + "\u{7}";
    assert!(read(&json!({ long: 1 })).expect_err("no permission").len() < 100);
}

#[test]
fn everything_that_is_allowed_comes_back_from_its_json() {
    for permissions in [Permissions::all(), Permissions::own(), Permissions::none()] {
        let form = permissions.to_json();
        for absent in [Permissions::all(), Permissions::none()] {
            assert_eq!(
                Permissions::from_json(&form, &absent),
                Ok(permissions.clone())
            );
        }
    }
}

proptest! {
    #[test]
    fn both_together_allow_what_each_does(
        one in proptest::option::of(proptest::collection::btree_set("[abc]", 0..3)),
        two in proptest::option::of(proptest::collection::btree_set("[abc]", 0..3)),
        name in "[abcd]",
    ) {
        let allowed = |names| match names { Some(names) => Allowed::Only(names), None => Allowed::All };
        let (one, two) = (allowed(one), allowed(two));
        prop_assert_eq!(one.and(&two).holds(&name), one.holds(&name) && two.holds(&name));
    }

    // Covers AUTH-9.
    #[test]
    fn nobody_names_what_belongs_to_somebody_else(subject in ".{1,20}", other in ".{1,20}", rest in ".{0,20}") {
        let principal = principal(&subject, Permissions::own());
        let id = format!("{}{rest}", prefix(&other));
        prop_assert_eq!(principal.may_name(&id), subject == other);
    }
}
