//! API keys of backends, and permissions: `[[auth.keys]]` and `[auth.permissions]`.

use std::collections::BTreeSet;

use fast_temporal_core::{
    Permissions,
    owner::MAX_SUBJECT_BYTES,
    settings::{Kind, list, text},
};
use fast_temporal_server::ApiKey;
use serde_json::json;

use super::{reader::Reader, section::Section};

/// The setting with keys that have all permissions.
pub(super) const SETTING: &str = "auth.api_keys";
/// The array of tables, one for each key.
pub(super) const TABLES: &str = "auth.keys";
/// The table with the permissions of users whose token states none.
pub(super) const PERMISSIONS: &str = "auth.permissions";
/// A hash to check the other fields of a key with.
const ANY_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Adds the keys in the tables to those in the setting.
pub(super) fn with_tables(reader: &mut Reader, mut keys: Vec<ApiKey>) -> Vec<ApiKey> {
    let mut ids = BTreeSet::new();
    if !keys.iter().all(|key| ids.insert(key.id().to_owned())) {
        reader.reject_setting(SETTING, "keys with different ids");
    }
    for section in Section::take_list(reader, TABLES) {
        keys.extend(read_table(reader, section, &mut ids));
    }
    keys
}

/// `id:hash`, separated by commas.
pub(super) fn pairs() -> Kind<Vec<ApiKey>> {
    let allowed = "id:hash, separated by commas, as printed by fast-temporal token key";
    list(allowed, |text| {
        let (id, hash) = text.split_once(':')?;
        ApiKey::new(id.trim(), hash.trim(), Permissions::all()).ok()
    })
    .secret()
}

fn read_table(
    reader: &mut Reader,
    mut section: Section,
    ids: &mut BTreeSet<String>,
) -> Option<ApiKey> {
    let id = text("1 to 64 letters, digits and hyphens", |id| {
        ApiKey::new(id, ANY_HASH, Permissions::own()).is_ok()
    });
    // Masked, as the operator could have written the key itself.
    let hash = text("a SHA-256 hash in hex", |hash| {
        ApiKey::new("any", hash, Permissions::own()).is_ok()
    });
    let subject = text(format!("1 to {MAX_SUBJECT_BYTES} bytes"), |subject| {
        let key = ApiKey::new("any", ANY_HASH, Permissions::own());
        key.is_ok_and(|key| key.with_subject(subject).is_ok())
    });
    let because = "an API key requires an id and a hash";
    let id = section.required(reader, "id", &id, because);
    let hash = section.required(reader, "hash", &hash.secret(), because);
    let subject = section.optional(reader, "subject", &subject);
    let permissions = match section.take_section(reader, "permissions") {
        Some(section) => permissions(reader, &section, Permissions::own()),
        // A key that acts for one user has that user's permissions, any other key all.
        None if subject.is_some() => Permissions::own(),
        None => Permissions::all(),
    };
    if let Some(id) = &id
        && !ids.insert(id.clone())
    {
        let name = section.name_of("id");
        reader.reject(
            name,
            format!("{id:?}"),
            &section.origin,
            "an id that no other key has",
        );
    }
    section.finish(reader);
    let key = ApiKey::new(&id?, &hash?, permissions).ok()?;
    match subject {
        Some(subject) => key.with_subject(&subject).ok(),
        None => Some(key),
    }
}

/// Reads permissions in the form that they have in a token's claim. Absent fields are as in `permissions`.
pub(super) fn permissions(
    reader: &mut Reader,
    section: &Section,
    mut permissions: Permissions,
) -> Permissions {
    for (key, node) in section.nodes() {
        let origin = reader.line(node);
        let Some(value) = node.value.to_json() else {
            let found = node.value.type_name();
            reader.reject(section.name_of(key), found, &origin, "a value of JSON");
            continue;
        };
        match Permissions::from_json(&json!({ key: value }), &permissions) {
            Ok(read) => {
                permissions = read;
                section.show(reader, key, value.to_string(), origin);
            }
            Err(error) => {
                let found = node.value.type_name();
                let expected = format!("valid permissions ({error})");
                reader.reject(section.name_of(key), found, &origin, expected);
            }
        }
    }
    permissions
}
