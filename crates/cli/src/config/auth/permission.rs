//! Permissions, as a table of the file: the form that they have in tokens' claims.

use fast_temporal_core::Permissions;
use serde_json::json;

use crate::config::{
    error::ConfigError,
    reader::{Reader, Section},
};

/// What users may do unless their tokens say otherwise.
pub(super) const TABLE: &str = "auth.permissions";
/// The same for one API key.
const KEY: &str = "permissions";

/// Reads `[auth.permissions]`. What it does not say is as in `absent`.
pub(super) fn read_table(reader: &mut Reader, absent: &Permissions) -> Permissions {
    match reader.section_at(TABLE) {
        Some(section) => read(reader, &section, absent),
        None => absent.clone(),
    }
}

/// Reads the permissions that stand in a section, if any do.
pub(super) fn read_within(
    reader: &mut Reader,
    section: &mut Section,
    absent: &Permissions,
) -> Option<Permissions> {
    let node = section.take(KEY)?;
    let inner = reader.section(section.name_of(KEY), node)?;
    Some(read(reader, &inner, absent))
}

fn read(reader: &mut Reader, section: &Section, absent: &Permissions) -> Permissions {
    let mut permissions = absent.clone();
    for (key, node) in section.nodes() {
        let origin = reader.line(node);
        let value = node.value.to_json().unwrap_or_default();
        let outcome = if value.is_null() {
            Err(format!("{key}: must be JSON"))
        } else {
            let field = json!({ key: value });
            Permissions::from_json(&field, &permissions).map_err(|error| error.to_string())
        };
        match outcome {
            Ok(read) => {
                permissions = read;
                section.show(reader, key, value.to_string(), origin);
            }
            Err(error) => reader.errors.push(ConfigError::Value {
                name: section.name_of(key),
                read: node.value.kind().to_owned(),
                origin,
                allowed: error,
            }),
        }
    }
    permissions
}
