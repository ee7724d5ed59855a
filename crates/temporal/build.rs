//! Says where the SDK's build left the descriptors of Temporal's API, which is how tests read and
//! write histories in the JSON form that all of Temporal's tools share.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(path) = option_path() {
        println!("cargo::rustc-env=TEMPORAL_API_DESCRIPTORS={path}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to build scripts by their environment"
)]
fn option_path() -> Option<String> {
    std::env::var("DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH").ok()
}
