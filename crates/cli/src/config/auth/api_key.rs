//! The keys of backends: `[[auth.keys]]` in the file, or short, without permissions of their own.

use std::collections::BTreeSet;

use fast_temporal_core::Permissions;
use fast_temporal_server::auth::{ApiKey, ApiKeyError};

use super::{API_KEYS, permission};
use crate::config::reader::{Kind, Reader, Section, kind};

/// The tables of the file, one for each key.
pub(super) const TABLES: &str = "auth.keys";
/// Stands in where a hash is not looked at.
const ANY_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(super) fn read(reader: &mut Reader) -> Vec<ApiKey> {
    let mut keys = reader.optional(&API_KEYS, &pairs()).unwrap_or_default();
    let mut ids: BTreeSet<String> = BTreeSet::new();
    if !keys.iter().all(|key| ids.insert(key.id().to_owned())) {
        reader.refuse(&API_KEYS, "keys with ids that differ");
    }
    for section in reader.section_list(TABLES) {
        keys.extend(read_table(reader, section, &mut ids));
    }
    keys
}

/// `id:hash`, several separated by commas.
fn pairs() -> Kind<Vec<ApiKey>> {
    let pair = |text: &str| {
        let (id, hash) = text.split_once(':')?;
        ApiKey::new(id.trim(), hash.trim(), Permissions::all()).ok()
    };
    let allowed = "id:hash, several separated by commas; fast-temporal token key makes them";
    let kind = kind::list(allowed, pair);
    Kind {
        secret: true,
        ..kind
    }
}

fn read_table(
    reader: &mut Reader,
    mut section: Section,
    ids: &mut BTreeSet<String>,
) -> Option<ApiKey> {
    let because = "a key has an id and a hash";
    let id = section.required(reader, "id", &id(), because);
    let hash = section.required(reader, "hash", &hash(), because);
    let subject = section.optional(reader, "subject", &subject());
    let permissions = permission::read_within(reader, &mut section, &Permissions::own());
    // Whoever acts for one user may do what that user may, and other backends everything, unless
    // something else is said.
    let permissions = permissions.unwrap_or_else(|| match subject {
        Some(_) => Permissions::own(),
        None => Permissions::all(),
    });
    if let Some(id) = &id
        && !ids.insert(id.clone())
    {
        section.refuse_text(reader, "id", id, "an id that no other key has");
    }
    section.end(reader);
    let key = ApiKey::new(&id?, &hash?, permissions).ok()?;
    match subject {
        Some(subject) => key.with_subject(&subject).ok(),
        None => Some(key),
    }
}

fn id() -> Kind<String> {
    kind::text(ApiKeyError::InvalidId.to_string(), |text| {
        ApiKey::new(text, ANY_HASH, Permissions::own()).is_ok()
    })
}

/// Masked, as somebody may have put the key itself there.
fn hash() -> Kind<String> {
    let kind = kind::text(ApiKeyError::InvalidHash.to_string(), |text| {
        ApiKey::new("any", text, Permissions::own()).is_ok()
    });
    Kind {
        secret: true,
        ..kind
    }
}

fn subject() -> Kind<String> {
    kind::text(ApiKeyError::InvalidSubject.to_string(), |text| {
        let key = ApiKey::new("any", ANY_HASH, Permissions::own());
        key.is_ok_and(|key| key.with_subject(text).is_ok())
    })
}
