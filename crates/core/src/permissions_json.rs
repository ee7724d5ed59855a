//! Permissions as JSON, in claims of tokens, tickets and settings.
//!
//! `{"verbs": ["start"] | "all", "workflows": [names] | "all", "any_workflow_type": bool, "own_workflows": bool,
//! "workflow_ids": "own" | "all" | [ids], "payloads": bool, "visibility_queries": bool, "any_user": bool}`

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::principal::{Allowed, Permissions, Verb};

/// Invalid permissions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPermissions(String);

impl Permissions {
    /// Reads permissions. A field that is missing or `null` is as in `absent`. An unknown field is
    /// rejected, as it may be meant to remove a permission.
    ///
    /// # Errors
    /// A field is unknown or invalid. The message contains names of verbs and fields, and no other
    /// values.
    pub fn from_json(value: &Value, absent: &Self) -> Result<Self, InvalidPermissions> {
        let Value::Object(fields) = value else {
            return Err(InvalidPermissions("must be an object".to_owned()));
        };
        let mut read = absent.clone();
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            match name.as_str() {
                "verbs" => read.verbs = verbs(value)?,
                "workflows" => read.workflows = allowed(name, value)?,
                "any_workflow_type" => read.any_workflow_type = flag(name, value)?,
                "own_workflows" => read.own_workflows = flag(name, value)?,
                "workflow_ids" if value == "own" => read.workflow_ids = Allowed::none(),
                "workflow_ids" => read.workflow_ids = allowed(name, value)?,
                "payloads" => read.payloads = flag(name, value)?,
                "visibility_queries" => read.visibility_queries = flag(name, value)?,
                "any_user" => read.any_user = flag(name, value)?,
                unknown => {
                    let unknown = shorten(unknown);
                    return Err(InvalidPermissions(format!("{unknown}: unknown permission")));
                }
            }
        }
        Ok(read)
    }

    /// Returns the permissions as JSON, with all fields.
    pub fn to_json(&self) -> Value {
        let names = |allowed: &Allowed| match allowed {
            Allowed::All => json!("all"),
            Allowed::Only(names) => json!(names),
        };
        let fields = [
            (
                "verbs",
                self.verbs.iter().map(|verb| verb.as_str()).collect(),
            ),
            ("workflows", names(&self.workflows)),
            ("any_workflow_type", self.any_workflow_type.into()),
            ("own_workflows", self.own_workflows.into()),
            ("workflow_ids", names(&self.workflow_ids)),
            ("payloads", self.payloads.into()),
            ("visibility_queries", self.visibility_queries.into()),
            ("any_user", self.any_user.into()),
        ];
        let fields = fields.map(|(name, value): (&str, Value)| (name.to_owned(), value));
        Value::Object(Map::from_iter(fields))
    }
}

fn verbs(value: &Value) -> Result<BTreeSet<Verb>, InvalidPermissions> {
    match allowed("verbs", value)? {
        Allowed::All => Ok(Verb::ALL.iter().copied().collect()),
        Allowed::Only(names) => names
            .iter()
            .map(|name| {
                Verb::from_name(name).ok_or_else(|| {
                    InvalidPermissions(format!("verbs: unknown verb `{}`", shorten(name)))
                })
            })
            .collect(),
    }
}

fn allowed(name: &str, value: &Value) -> Result<Allowed, InvalidPermissions> {
    let names = match value {
        Value::String(all) if all == "all" => return Ok(Allowed::All),
        Value::Array(names) => names
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect::<Option<BTreeSet<String>>>(),
        _ => None,
    };
    names.map(Allowed::Only).ok_or_else(|| {
        let own = if name == "workflow_ids" {
            "\"own\", "
        } else {
            ""
        };
        InvalidPermissions(format!("{name}: must be {own}\"all\" or a list of strings"))
    })
}

fn flag(name: &str, value: &Value) -> Result<bool, InvalidPermissions> {
    value
        .as_bool()
        .ok_or_else(|| InvalidPermissions(format!("{name}: must be true or false")))
}

/// Returns a name that is safe to include in a message.
fn shorten(name: &str) -> String {
    name.chars().take(40).filter(|c| !c.is_control()).collect()
}
