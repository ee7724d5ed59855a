//! Permissions, and the owners of workflow ids.

use std::sync::Arc;

use fast_temporal_core::{
    Allowed, Permissions, Principal, Verb,
    owner::{MAX_SUBJECT_BYTES, of, owns, prefix},
};
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
fn users_can_access_only_their_own_workflow_ids() {
    let ada = principal("ada", Permissions::own());
    let own = format!("{}order-1", prefix("ada"));
    assert!(ada.may_name(&own));
    for foreign in [
        "order-1".to_owned(),
        String::new(),
        "~".to_owned(),
        format!("{}order-1", prefix("bob")),
        // One subject is a prefix of the other, before and after encoding.
        format!("{}order-1", prefix("ad")),
        format!("{}order-1", prefix("adam")),
        format!("{}order-1", prefix("ada ")),
        format!("{}order-1", prefix("ada\0")),
        // Visibility ignores case.
        own.to_uppercase(),
        format!("{}order-1", prefix("ADA")),
        format!("{}order-1", prefix("Ada")),
        // The prefix without its end, or not at the start.
        own.replace('.', ""),
        own.replace('.', "/"),
        format!(" {own}"),
        format!("~{own}"),
        format!("x{own}"),
        format!("{}{own}", prefix("bob")),
        // Other encodings of the same subject.
        own.replace('.', "=."),
        own.replace('.', "======."),
    ] {
        assert!(!ada.may_name(&foreign), "{foreign}");
    }
    // The first prefix counts.
    assert!(ada.may_name(&format!("{}{}x", prefix("ada"), prefix("bob"))));
}

#[test]
fn permitted_ids_extend_or_replace_own_workflows() {
    let ids = json!({"workflow_ids": ["order-1"]});
    let with_own = principal("ada", read(&ids).expect("permissions"));
    let own = format!("{}x", prefix("ada"));
    assert!(with_own.may_name("order-1") && with_own.may_name(&own));
    assert!(!with_own.may_name("order-10") && !with_own.may_name("ORDER-1"));
    let ids = json!({"workflow_ids": ["order-1"], "own_workflows": false});
    let without_own = principal("ada", read(&ids).expect("permissions"));
    assert!(without_own.may_name("order-1") && !without_own.may_name(&own));
    assert!(!without_own.may_act_for("ada"));
    assert_eq!(without_own.owner(), None);
}

#[test]
fn permission_for_all_ids_covers_every_workflow() {
    let all = principal(
        "ada",
        read(&json!({"workflow_ids": "all"})).expect("permissions"),
    );
    assert!(all.may_name("order-1") && all.may_name(&format!("{}x", prefix("bob"))));
    assert!(!all.may_act_for("bob"));
}

#[test]
fn backend_without_a_subject_owns_no_workflows() {
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
fn users_act_for_themselves_and_with_permission_for_any_user() {
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
fn absent_fields_keep_the_default() {
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
fn invalid_permissions_are_rejected_with_the_field() {
    for (value, place) in [
        (json!([]), "must be an object"),
        (json!("all"), "must be an object"),
        (json!({"verbs": ["fly"]}), "verbs: unknown verb `fly`"),
        (json!({"verbs": ["Start"]}), "verbs: unknown verb `Start`"),
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
        // Misspelt.
        (json!({"verb": ["query"]}), "verb: unknown permission"),
    ] {
        let error = read(&value).expect_err("no permissions");
        assert!(error.starts_with(place), "{value}: {error}");
    }
    let long = "x".repeat(1000) + "\u{7}";
    assert!(read(&json!({ long: 1 })).expect_err("no permission").len() < 100);
}

#[test]
fn permissions_round_trip_through_json() {
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
    fn intersection_allows_what_both_allow(
        one in proptest::option::of(proptest::collection::btree_set("[abc]", 0..3)),
        two in proptest::option::of(proptest::collection::btree_set("[abc]", 0..3)),
        name in "[abcd]",
    ) {
        let allowed = |names| match names { Some(names) => Allowed::Only(names), None => Allowed::All };
        let (one, two) = (allowed(one), allowed(two));
        prop_assert_eq!(one.and(&two).contains(&name), one.contains(&name) && two.contains(&name));
    }

    // Covers AUTH-9.
    #[test]
    fn users_cannot_access_workflow_ids_of_other_users(subject in ".{1,20}", other in ".{1,20}", rest in ".{0,20}") {
        let principal = principal(&subject, Permissions::own());
        let id = format!("{}{rest}", prefix(&other));
        prop_assert_eq!(principal.may_name(&id), subject == other);
    }
}

#[test]
fn owner_prefix_is_base32_in_lower_case() {
    assert_eq!(prefix("alice"), "~mfwgsy3f.");
}

#[test]
fn ids_without_a_complete_prefix_have_no_owner() {
    for id in [
        "",
        "order-1",
        "~",
        "~mfwgsy3f",
        "mfwgsy3f.x",
        "~MFWGSY3F.x",
        "~1!.x",
        "~a.x",
    ] {
        assert_eq!(of(id), None, "{id}");
    }
}

#[test]
fn longest_subject_leaves_room_for_an_id() {
    let longest = prefix(&"x".repeat(MAX_SUBJECT_BYTES));
    assert!(longest.len() + 36 <= 1000, "{}", longest.len());
}

proptest! {
    #[test]
    fn only_the_subject_owns_ids_with_its_prefix(subject in ".{0,40}", other in ".{0,40}") {
        let id = format!("{}4a3c", prefix(&subject));
        prop_assert_eq!(of(&id), Some(subject.clone()));
        prop_assert!(owns(&subject, &id));
        prop_assert_eq!(owns(&other, &id), other == subject);
        // Temporal's prefix match ignores case.
        let shouted = prefix(&subject).to_uppercase();
        prop_assert_eq!(owns(&subject, &shouted), shouted == prefix(&subject));
    }
}
