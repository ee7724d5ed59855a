//! The generated documents: the reference of the settings and the example file.

use std::{collections::BTreeSet, path::Path};

use fast_temporal::config::{
    Settings,
    error::{ConfigError, ConfigErrors},
    reader::Row,
    reference::{example, reference},
    source::{File, Files, Sources},
};

const REFERENCE: &str = include_str!("../../../../docs/configuration.md");
const EXAMPLE: &str = include_str!("../../../../fast-temporal.example.toml");
const JWKS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256",
    "x": "5bw3InwWtwU08T4XMA9l_V9D6CQkBn8ovbEm0QpW_-4",
    "y": "STBtuZUUiXvViOvGD3w1ID28uG5Ybt2cd0AgXXgxFFQ"}]}"#;

#[test]
fn the_committed_documents_are_current() {
    let block = format!(
        "<!-- generated: settings -->\n{}<!-- end -->\n",
        reference()
    );
    assert!(
        REFERENCE.contains(&block),
        "docs/configuration.md is stale: run `cargo xtask docs`"
    );
    assert!(
        EXAMPLE == example(),
        "fast-temporal.example.toml is stale: run `cargo xtask docs`"
    );
}

#[test]
fn documents_name_only_settings_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = std::fs::read_dir(root.join("docs/errors")).expect("a folder");
    let pages = pages.map(|page| page.expect("a page").path());
    // Not the changelog, which also names former settings.
    let documents = ["README.md", "docs/protocol/guide.md", "ARCHITECTURE.md"];
    let documents = documents.map(|name| root.join(name));
    let defaults = Settings::load(&Sources::default()).expect("the defaults");
    let known: BTreeSet<_> = defaults
        .rows()
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    let mut count = 0;
    for path in pages.chain(documents) {
        let text = std::fs::read_to_string(&path).expect("a document");
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        for name in words.filter(|word| word.starts_with("FAST_TEMPORAL_")) {
            assert!(
                known.contains(name),
                "{name} in {} does not exist",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 0);
}

#[test]
fn the_example_file_is_valid() {
    let settings = load(EXAMPLE).expect("valid settings");
    assert_eq!(settings.warnings, Vec::<String>::new());
    assert!(settings.app.catalog.get("order").is_some());
}

#[test]
fn the_example_file_has_every_setting_with_its_default() {
    let defaults = Settings::load(&Sources::default()).expect("the defaults");
    for default in defaults.rows() {
        let Some(key) = default.key.as_deref() else {
            continue;
        };
        let text = with_setting(key).unwrap_or_else(|| panic!("{key} is not in the example"));
        match load(&text) {
            Ok(settings) => {
                let row = row(&settings, &default.name);
                assert!(row.origin.to_string().contains("line"), "{key} is not read");
                if default.value.is_some() {
                    assert_eq!(row.value, default.value, "{key}");
                }
            }
            // It requires another setting.
            Err(errors) => {
                let missing = |error: &ConfigError| matches!(error, ConfigError::Missing { .. });
                assert!(errors.0.iter().all(missing), "{key}: {errors}");
            }
        }
    }
}

#[test]
fn the_permissions_and_keys_of_the_example_file_are_valid() {
    let (before, rest) = EXAMPLE
        .split_once("\n[auth.permissions]\n")
        .expect("permissions");
    let (tables, after) = rest.split_once("\n[temporal]\n").expect("the next table");
    let tables: Vec<_> = tables.lines().map(uncommented).collect();
    let tables = tables.join("\n");
    let text = format!("{before}\n[auth.permissions]\n{tables}\n[temporal]\n{after}");
    let text = text.replace("#mode = \"none\"", "mode = \"jwt\"");
    let settings = load(&text).expect("valid settings");
    assert_eq!(settings.warnings, Vec::<String>::new());
    assert_eq!(settings.auth.credentials.api_keys.len(), 1);
    let names = settings.rows().iter().map(|row| row.name.as_str());
    let permissions = names.filter(|name| name.starts_with("auth.permissions."));
    assert_eq!(permissions.count(), 8);
}

/// Loads a settings file that names the files of the example.
fn load(text: &str) -> Result<Settings, ConfigErrors> {
    Settings::load(&Sources {
        file: Some(File {
            path: "fast-temporal.toml".into(),
            text: text.to_owned(),
        }),
        files: Files(|path| {
            let public_key = EXAMPLE.split("\"\"\"\n").nth(1).expect("a key in PEM");
            let content = match path.to_str() {
                Some("secrets/jwt.pem") => public_key.replace('#', ""),
                Some("secrets/jwks.json") => JWKS.to_owned(),
                Some("schemas/order.json") => r#"{"type": "object"}"#.to_owned(),
                _ => "0123456789abcdef0123456789abcdef".to_owned(),
            };
            Ok(content.into_bytes())
        }),
        ..Sources::default()
    })
}

/// Returns the example file with one setting uncommented.
fn with_setting(key: &str) -> Option<String> {
    let (table, name) = key.split_once('.').expect("a table and a key");
    let (before, rest) = EXAMPLE.split_once(&format!("\n[{table}]\n"))?;
    let start = rest.find(&format!("#{name} = "))?;
    let (skipped, rest) = rest.split_at(start);
    let end = rest.find("\n\n").unwrap_or(rest.trim_end().len());
    let (setting, after) = rest.split_at(end);
    let setting: Vec<_> = setting.lines().map(uncommented).collect();
    Some(format!(
        "{before}\n[{table}]\n{skipped}{}{after}",
        setting.join("\n")
    ))
}

/// Removes the `#` of a setting. That of a comment is followed by a space.
fn uncommented(line: &str) -> &str {
    let setting = line
        .strip_prefix('#')
        .filter(|setting| !setting.starts_with(' '));
    setting.unwrap_or(line)
}

fn row<'a>(settings: &'a Settings, name: &str) -> &'a Row {
    let row = settings.rows().iter().find(|row| row.name == name);
    row.expect("every setting has a row")
}
