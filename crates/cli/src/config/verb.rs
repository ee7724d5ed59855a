//! How long each verb may take.

use fast_temporal_server::VerbTimeouts;

use super::{
    reader::{Reader, kind},
    setting::settings,
};

settings! {
    VERB in "verbs": "How long a request may take, by its verb, over whatever transport. What takes \
        longer is answered with the error `timeout`.";

    /// Starting a workflow, with the update that may go with it.
    START = "FAST_TEMPORAL_START_LIMIT_SECONDS", key "verbs.start_seconds", default "10";

    /// Finding a workflow whose events are to be read. Reading them has no end.
    SUBSCRIBE = "FAST_TEMPORAL_SUBSCRIBE_LIMIT_SECONDS", key "verbs.subscribe_seconds",
        default "10";

    /// Sending a signal.
    SIGNAL = "FAST_TEMPORAL_SIGNAL_LIMIT_SECONDS", key "verbs.signal_seconds", default "5";

    /// Asking a query.
    QUERY = "FAST_TEMPORAL_QUERY_LIMIT_SECONDS", key "verbs.query_seconds", default "10";

    /// Sending an update, and waiting for what it comes to.
    UPDATE = "FAST_TEMPORAL_UPDATE_LIMIT_SECONDS", key "verbs.update_seconds", default "30";

    /// Asking a workflow to cancel itself.
    CANCEL = "FAST_TEMPORAL_CANCEL_LIMIT_SECONDS", key "verbs.cancel_seconds", default "5";

    /// Ending a workflow.
    TERMINATE = "FAST_TEMPORAL_TERMINATE_LIMIT_SECONDS", key "verbs.terminate_seconds",
        default "5";

    /// Describing a workflow.
    DESCRIBE = "FAST_TEMPORAL_DESCRIBE_LIMIT_SECONDS", key "verbs.describe_seconds", default "5";

    /// Listing workflows.
    LIST = "FAST_TEMPORAL_LIST_LIMIT_SECONDS", key "verbs.list_seconds", default "10";
}

pub(super) fn read(reader: &mut Reader) -> VerbTimeouts {
    let seconds = kind::seconds(0.1..=3600.0);
    VerbTimeouts {
        start: reader.or(&START, &seconds),
        subscribe: reader.or(&SUBSCRIBE, &seconds),
        signal: reader.or(&SIGNAL, &seconds),
        query: reader.or(&QUERY, &seconds),
        update: reader.or(&UPDATE, &seconds),
        cancel: reader.or(&CANCEL, &seconds),
        terminate: reader.or(&TERMINATE, &seconds),
        describe: reader.or(&DESCRIBE, &seconds),
        list: reader.or(&LIST, &seconds),
    }
}
