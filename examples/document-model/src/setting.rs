//! What the program is set to: by the environment alone, in which `fast-temporal dev` puts it.

use std::{ffi::OsString, path::PathBuf};

use fast_temporal_example_document_app::Target;

/// The Temporal to work for.
pub(crate) fn target() -> Target {
    Target::of_variables(variable)
}

/// Where the model is kept once it is fetched.
pub(crate) fn cache_dir() -> PathBuf {
    let path = |name| variable(name).map(PathBuf::from);
    path("FAST_TEMPORAL_CACHE").unwrap_or_else(|| {
        path("XDG_CACHE_HOME")
            .or_else(|| path("HOME").map(|home| home.join(".cache")))
            .unwrap_or_else(std::env::temp_dir)
            .join("fast-temporal")
    })
}

/// `PATH`, where Python is looked for.
pub(crate) fn path_var() -> Option<OsString> {
    variable("PATH")
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program has its settings from the environment alone"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
