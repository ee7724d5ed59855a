//! Prints the generated documentation that needs the gateway, for `cargo xtask docs`: a JSON object
//! from paths to texts.

fn main() {
    let pages = serde_json::json!({"docs/openapi.json": fast_temporal_server::openapi()});
    println!("{pages}");
}
