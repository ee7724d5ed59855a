//! The tables of the settings file.

use super::{document::Value, reader::Reader};

/// The tables of the file and their documentation, in the order of the documents.
pub(super) const TABLES: &[(&str, &str)] = &[
    (
        "listen",
        "Where the gateway listens, and which pages can connect.",
    ),
    (
        "auth",
        "How clients authenticate. The variables also work without the prefix `FAST_TEMPORAL_`: `AUTH`, \
         `AUTH_JWT_SECRET`. An unknown key in this table is an error.",
    ),
    ("temporal", "How the gateway connects to Temporal."),
    (
        "default_workflow",
        "The workflow that a message of the Python package's clients starts if the message names none. The catalog \
         includes it by its type.",
    ),
    ("connections", "Limits on connections, per node."),
    ("requests", "Limits on requests, per client and node."),
    ("websocket", "Limits of WebSocket connections."),
    ("events", "Event streams and long-polls."),
    (
        "seed",
        "Connections of the Python package's clients, at `/ws/{user_id}`.",
    ),
    (
        "timeouts",
        "Timeouts of operations, over all transports. A request beyond its timeout fails with the error `timeout`.",
    ),
    ("feed", "How the gateway follows workflows."),
    ("log", "Logging. Log lines go to standard error."),
];

/// Rejects values in the place of tables.
pub(super) fn check(reader: &mut Reader) {
    for (table, _) in TABLES {
        if let Some(node) = reader.document.get(*table)
            && !matches!(node.value, Value::Table(_))
        {
            let (found, origin) = (node.value.type_name(), reader.line(node));
            reader.document.remove(*table);
            reader.reject(*table, found, &origin, "a table");
        }
    }
}
