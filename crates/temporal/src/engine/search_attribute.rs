//! Search attributes on their way to visibility.

use std::collections::BTreeMap;

use fast_temporal_protocol::Json;
use temporalio_common::protos::temporal::api::common::v1::SearchAttributes;

use super::argument::payload;

/// The attributes as JSON, of which Temporal makes what the namespace says that they are. It
/// refuses what does not fit. No codec touches them: Temporal must read them.
pub(super) fn search_attributes(attributes: &BTreeMap<String, Json>) -> Option<SearchAttributes> {
    if attributes.is_empty() {
        return None;
    }
    let fields = attributes.iter();
    Some(SearchAttributes {
        indexed_fields: fields
            .map(|(name, value)| (name.clone(), payload(value)))
            .collect(),
    })
}
