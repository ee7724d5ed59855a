//! Prints the generated documentation that needs the gateway, for `cargo xtask docs`: a JSON object
//! from paths to texts.

#[expect(clippy::print_stdout, reason = "the output of this program")]
fn main() {
    let pages = serde_json::json!({"docs/openapi.json": fast_temporal_server::openapi()});
    println!("{pages}");
}
