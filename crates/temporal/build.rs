//! Passes on the path of the descriptors of Temporal's API from the SDK's build. Tests need them to read
//! and write histories in the JSON format of Temporal's tools.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(path) = option_path() {
        println!("cargo::rustc-env=TEMPORAL_API_DESCRIPTORS={path}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo passes values to build scripts as variables"
)]
fn option_path() -> Option<String> {
    std::env::var("DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH").ok()
}
