//! What is written about the settings: the reference, and the example of a file.

use std::{fmt::Write as _, path::Path};

use fast_temporal::config::{
    ConfigError, ConfigErrors, File, Files, GROUPS, Group, Row, Setting, Settings, Sources,
};

const REFERENCE: &str = include_str!("../../../../docs/configuration.md");
const BEGIN: &str = "<!-- What follows is written by a test, from the settings' own table. -->\n";
const END: &str = "<!-- That was it. -->\n";
const EXAMPLE: &str = include_str!("../../../../fast-temporal.example.toml");

#[test]
fn the_reference_says_what_the_settings_are() {
    let (before, rest) = REFERENCE.split_once(BEGIN).expect("its beginning");
    let (_, after) = rest.split_once(END).expect("its end");
    let expected = format!("{before}{BEGIN}\n{}{END}{after}", reference());
    let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("configuration.md");
    std::fs::write(&written, &expected).expect("a folder to write to");
    let same = REFERENCE == expected;
    assert!(same, "copy {} to docs/configuration.md", written.display());
}

fn reference() -> String {
    let settings = Settings::load(&Sources::default()).expect("the defaults");
    let mut text = String::new();
    for group in GROUPS {
        let title = group.table.map(|table| format!("`[{table}]`"));
        let title = title.unwrap_or_else(|| "Where settings stand".to_owned());
        let about = group.about.split_whitespace().collect::<Vec<_>>().join(" ");
        write!(text, "## {title}\n\n{about}\n\n").expect("a string");
        text += "| key | variable, flag | default | takes | is |\n|---|---|---|---|---|\n";
        for setting in group.settings {
            text += &line(group, setting, row(&settings, setting));
        }
        text += "\n";
    }
    text
}

fn line(group: &Group, setting: &Setting, row: &Row) -> String {
    let code = |text: &str| format!("`{text}`");
    let table = group.table.unwrap_or_default();
    let key = setting
        .key
        .and_then(|key| key.strip_prefix(table)?.strip_prefix('.'));
    let names = [Some(setting.variable), setting.flag];
    let names: Vec<_> = names.into_iter().flatten().map(code).collect();
    let cells = [
        key.map_or_else(String::new, code),
        names.join(", "),
        row.value.as_deref().map_or_else(String::new, code),
        row.allowed.replace('*', "`*`"),
        setting.about(),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn row<'a>(settings: &'a Settings, setting: &Setting) -> &'a Row {
    let row = settings
        .rows()
        .iter()
        .find(|row| row.name == setting.variable);
    row.expect("every setting has a row")
}

#[test]
fn settings_that_the_documents_name_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = std::fs::read_dir(root.join("docs/errors")).expect("a folder");
    let pages = pages.map(|page| page.expect("a page").path());
    let documents = [
        "README.md",
        "docs/protocol/guide.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
    ];
    let documents = documents.map(|name| root.join(name));
    let mut named = 0;
    for path in pages.chain(documents) {
        let text = std::fs::read_to_string(&path).expect("a document");
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        let ours = words.filter(|word| word.starts_with("FAST_TEMPORAL_"));
        for name in ours {
            let mut settings = GROUPS.iter().flat_map(|group| group.settings);
            let known = settings.any(|setting| setting.variable == name);
            assert!(known, "{name} in {} is no setting", path.display());
            named += 1;
        }
    }
    assert!(named > 0, "the documents name some");
}

/// Loads the example, with files that hold what is expected of them.
fn load(text: &str) -> Result<Settings, ConfigErrors> {
    Settings::load(&Sources {
        file: Some(File {
            path: "fast-temporal.toml".into(),
            text: text.to_owned(),
        }),
        files: Files(|path| {
            let public_key = EXAMPLE.split("\"\"\"\n").nth(1).expect("a key in PEM");
            let content = match path.to_str() {
                Some("secrets/jwt.pem") => public_key.replace("# ", ""),
                Some("secrets/jwks.json") => JWKS.to_owned(),
                Some("schemas/order.json") => r#"{"type": "object"}"#.to_owned(),
                _ => "0123456789abcdef0123456789abcdef".to_owned(),
            };
            Ok(content.into_bytes())
        }),
        ..Sources::default()
    })
}

const JWKS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256",
    "x": "5bw3InwWtwU08T4XMA9l_V9D6CQkBn8ovbEm0QpW_-4",
    "y": "STBtuZUUiXvViOvGD3w1ID28uG5Ybt2cd0AgXXgxFFQ"}]}"#;

#[test]
fn the_example_is_a_file_that_can_be_used() {
    let settings = load(EXAMPLE).expect("valid settings");
    assert_eq!(settings.warnings, Vec::<String>::new());
    assert!(settings.catalog.entries.contains_key("order"));
}

#[test]
fn the_example_has_every_setting_with_its_default() {
    for setting in GROUPS.iter().flat_map(|group| group.settings) {
        let Some(key) = setting.key else { continue };
        let text = with(key).unwrap_or_else(|| panic!("{key} is not in the example"));
        let Ok(settings) = loaded(&text, key) else {
            continue;
        };
        let row = row(&settings, setting);
        assert!(row.origin.to_string().contains("line"), "{key} is not read");
        if let Some(default) = setting.default {
            assert_eq!(row.value.as_deref(), Some(default), "{key}");
        }
    }
}

/// Settings that need others beside them are no settings yet, but nothing else may be wrong.
fn loaded(text: &str, key: &str) -> Result<Settings, ConfigErrors> {
    let outcome = load(text);
    if let Err(errors) = &outcome {
        let missing = |error: &ConfigError| matches!(error, ConfigError::Missing { .. });
        assert!(errors.0.iter().all(missing), "{key}: {errors}");
    }
    outcome
}

/// The example, with the `#` of that setting taken away.
fn with(key: &str) -> Option<String> {
    let (table, name) = key.split_once('.').expect("a table and a key");
    let mut lines: Vec<String> = EXAMPLE.lines().map(str::to_owned).collect();
    let head = format!("[{table}]");
    let first = lines.iter().position(|line| *line == head)? + 1;
    let prefix = format!("# {name} = ");
    let table = lines[first..]
        .iter()
        .take_while(|line| !line.starts_with('['));
    let at = first + table.clone().position(|line| line.starts_with(&prefix))?;
    let many = lines[at].ends_with("\"\"\"");
    let last = if many {
        at + 1 + lines[at + 1..].iter().position(|line| line == "# \"\"\"")?
    } else {
        at
    };
    for line in &mut lines[at..=last] {
        *line = line.replacen("# ", "", 1);
    }
    Some(lines.join("\n"))
}

#[test]
fn what_else_the_example_has_can_be_used_too() {
    let permissions = EXAMPLE
        .split("[auth.permissions]\n")
        .nth(1)
        .expect("a table");
    let part = permissions.split("[temporal]").next().expect("its lines");
    let lines: Vec<&str> = part.lines().map(uncommented).collect();
    let text = EXAMPLE.replace(part, &format!("{}\n", lines.join("\n")));
    let text = text.replace("# mode = \"none\"", "mode = \"jwt\"");
    let settings = load(&text).expect("valid settings");
    assert_eq!(settings.warnings, Vec::<String>::new());
    assert_eq!(settings.auth.credentials.api_keys.len(), 1);
    let names = settings.rows().iter().map(|row| row.name.as_str());
    let permissions = names.filter(|name| name.starts_with("auth.permissions."));
    assert_eq!(permissions.count(), 8);
}

/// A line without its `#`, where it would be a setting then.
fn uncommented(line: &str) -> &str {
    let setting = line.strip_prefix("# ").filter(|line| {
        let name = line
            .split(" = ")
            .next()
            .filter(|name| name.len() < line.len());
        let is_key = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        line.starts_with("[[") || name.is_some_and(is_key)
    });
    setting.unwrap_or(line)
}
