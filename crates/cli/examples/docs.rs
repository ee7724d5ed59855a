//! Prints the generated documentation that needs the gateway, for `cargo xtask docs`: a JSON object
//! from paths to texts.

#![expect(clippy::print_stdout, reason = "the output is the result")]

use fast_temporal::config::reference::{example, limits, reference};

fn main() {
    let pages = serde_json::json!({
        "docs/configuration.md#settings": reference(),
        "docs/openapi.json": fast_temporal_server::openapi(),
        "docs/protocol/limits.md#limits": limits(),
        "fast-temporal.example.toml": example(),
    });
    println!("{pages}");
}
