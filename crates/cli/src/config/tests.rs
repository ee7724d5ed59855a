mod auth_table;
mod catalog_table;
mod settings_file;

use std::time::Duration;

use fast_temporal_protocol::seed::SeedWorkflow;
use fast_temporal_server::AllowedOrigins;
use fast_temporal_temporal::ExposeSecret;

use super::{
    error::Origin,
    reference::example,
    source::{File, Files, Flag},
    *,
};

/// An empty environment.
const NO: &[(&str, &str)] = &[];

fn sources(flags: &[Flag], environment: &[(&str, &str)], dotenv: &str) -> Sources {
    Sources {
        flags: flags.to_vec(),
        environment: environment
            .iter()
            .map(|(k, v)| (k.into(), v.into()))
            .collect(),
        dotenv: (!dotenv.is_empty()).then(|| dotenv.to_owned()),
        ..Sources::default()
    }
}

/// A key set with one key of P-256.
const JWKS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "k",
    "x": "5bw3InwWtwU08T4XMA9l_V9D6CQkBn8ovbEm0QpW_-4",
    "y": "STBtuZUUiXvViOvGD3w1ID28uG5Ybt2cd0AgXXgxFFQ"}]}"#;

/// Returns sources with a settings file only.
fn file(text: &str) -> Sources {
    Sources {
        file: Some(File {
            path: "conf/ft.toml".into(),
            text: text.to_owned(),
        }),
        files: Files(|path| {
            let content = match path.to_str() {
                Some("conf/order.json") => r#"{"type": "object", "required": ["amount"]}"#,
                Some("conf/none.json") => r#"{"type": "objekt"}"#,
                Some("conf/ca.pem") => "authority",
                Some("conf/secret.txt") => "0123456789abcdef0123456789abcdef\n",
                Some("conf/jwks.json") => JWKS,
                _ => return Err(std::io::ErrorKind::NotFound.into()),
            };
            Ok(content.as_bytes().to_vec())
        }),
        ..Sources::default()
    }
}

fn load_file(text: &str) -> Settings {
    Settings::load(&file(text)).expect("valid settings")
}

fn file_errors(text: &str) -> Vec<String> {
    let errors = Settings::load(&file(text)).expect_err("invalid settings");
    errors.0.iter().map(ToString::to_string).collect()
}

fn load(environment: &[(&str, &str)]) -> Settings {
    Settings::load(&sources(&[], environment, "")).expect("valid settings")
}

fn errors(environment: &[(&str, &str)], dotenv: &str) -> Vec<String> {
    let errors = Settings::load(&sources(&[], environment, dotenv)).expect_err("invalid settings");
    errors.0.iter().map(ToString::to_string).collect()
}

/// Asserts the errors by the beginnings of their texts, in any order.
#[track_caller]
fn expect_errors(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for expected in expected {
        let reported = found.iter().any(|error| error.starts_with(expected));
        assert!(reported, "{expected} is not in {found:#?}");
    }
}

fn row<'a>(settings: &'a Settings, name: &str) -> &'a Row {
    settings
        .rows()
        .iter()
        .find(|row| row.name == name)
        .expect("a known setting")
}

fn port_flag(value: &str) -> Flag {
    Flag {
        name: "--port",
        value: value.into(),
    }
}

#[test]
fn without_settings_all_values_are_defaults() {
    let settings = load(NO);
    assert_eq!(
        (settings.listen.host.as_str(), settings.listen.port),
        ("127.0.0.1", 8000)
    );
    assert_eq!(settings.temporal.address, "localhost:7233");
    assert_eq!(settings.temporal_address, None);
    assert_eq!(settings.temporal.namespace, "default");
    let app = AppConfig {
        origins: AllowedOrigins::List(Vec::new()),
        ..AppConfig::default()
    };
    assert_eq!(settings.app, app);
    assert_eq!(settings.feed, FeedConfig::default());
    assert!(
        settings
            .rows()
            .iter()
            .all(|row| row.origin == Origin::Default)
    );
    assert_eq!(settings.warnings, Vec::<String>::new());
}

#[test]
fn the_dotenv_of_the_python_package_works_unchanged() {
    let file = "TEMPORAL_CLIENT=localhost:7233\nTEMPORAL_WORKFLOW=your_workflow_name\n\
                TEMPORAL_TASK_QUEUE=your_task_queue\nSTART_SIGNAL_FUNCTION=your_signal_function\n\
                POLLING_INTERVAL=0.5\nALLOWED_ORIGINS=*\nFASTAPI_HOST=0.0.0.0\n\
                FASTAPI_PORT=8000\nFASTAPI_RELOAD=true\n";
    let settings = Settings::load(&sources(&[], NO, file)).expect("valid settings");
    assert_eq!(settings.temporal.address, "localhost:7233");
    let workflow = SeedWorkflow {
        workflow_name: "your_workflow_name".into(),
        workflow_task_queue: "your_task_queue".into(),
        start_signal_function: Some("your_signal_function".into()),
    };
    assert_eq!(settings.app.seed.default_workflow, Some(workflow));
    assert_eq!(settings.feed.progress_interval, Duration::from_millis(500));
    assert_eq!(settings.app.origins, AllowedOrigins::Any);
    assert!(settings.listen.reload && !settings.listen.is_loopback());
    assert_eq!(row(&settings, "FASTAPI_RELOAD").origin, Origin::DotEnv(9));
}

#[test]
fn a_flag_overrides_the_environment_and_that_overrides_dotenv() {
    let file = "FASTAPI_PORT=1\n";
    let environment = [("FASTAPI_PORT", "2")];
    for (flags, environment, port, origin) in [
        (&[][..], NO, 1, Origin::DotEnv(1)),
        (&[], &environment, 2, Origin::Environment),
        (&[port_flag("3")], &environment, 3, Origin::Flag("--port")),
    ] {
        let settings = Settings::load(&sources(flags, environment, file)).expect("valid settings");
        assert_eq!(settings.listen.port, port);
        assert_eq!(row(&settings, "FASTAPI_PORT").origin, origin);
    }
}

#[test]
fn an_empty_variable_means_unset_and_overrides_other_sources() {
    let sources = sources(
        &[],
        &[("FASTAPI_PORT", "  ")],
        "FASTAPI_PORT=1\nTEMPORAL_API_KEY=\n",
    );
    let settings = Settings::load(&sources).expect("valid settings");
    assert_eq!(settings.listen.port, 8000);
    assert!(settings.temporal.api_key.is_none());
}

#[test]
fn temporal_address_overrides_temporal_client_with_a_warning() {
    let settings = load(&[("TEMPORAL_CLIENT", "old:1"), ("TEMPORAL_ADDRESS", "new:2")]);
    assert_eq!(settings.temporal.address, "new:2");
    assert!(settings.warnings[0].contains("TEMPORAL_CLIENT (old:1) is ignored"));
    let settings = load(&[("TEMPORAL_CLIENT", "old:1")]);
    assert_eq!(settings.temporal.address, "old:1");
}

#[test]
fn an_invalid_value_is_rejected_with_the_accepted_values() {
    for (name, value, allowed) in [
        ("FASTAPI_PORT", "80x", "a whole number from 0 to 65535"),
        ("FASTAPI_PORT", "65536", "a whole number from 0 to 65535"),
        ("FASTAPI_PORT", "-1", "a whole number from 0 to 65535"),
        ("FASTAPI_HOST", "a b", "an IP address or a host name"),
        ("FASTAPI_HOST", "http://x", "an IP address or a host name"),
        ("FASTAPI_RELOAD", "maybe", "true or false"),
        (
            "ALLOWED_ORIGINS",
            "https://a.b,example.org",
            "*, or origins such as https://example.org",
        ),
        (
            "ALLOWED_ORIGINS",
            "https://a.b/path",
            "*, or origins such as",
        ),
        ("ALLOWED_ORIGINS", ",", "*, or origins such as"),
        (
            "TEMPORAL_ADDRESS",
            "localhost:0",
            "host, host:port, http://host:port",
        ),
        ("TEMPORAL_ADDRESS", "ftp://a:1", "host, host:port"),
        ("TEMPORAL_CLIENT", "a:b:c", "host, host:port"),
        ("TEMPORAL_TLS", "2", "true or false"),
        ("POLLING_INTERVAL", "fast", "seconds from 0.01 to 3600"),
        ("POLLING_INTERVAL", "0", "seconds from 0.01 to 3600"),
        ("POLLING_INTERVAL", "NaN", "seconds from 0.01 to 3600"),
        ("POLLING_INTERVAL", "inf", "seconds from 0.01 to 3600"),
        (
            "FAST_TEMPORAL_MAX_MESSAGE_BYTES",
            "1e6",
            "a whole number from 1024 to 67108864",
        ),
        (
            "FAST_TEMPORAL_SEED_WORKFLOWS_IN_FLIGHT",
            "0",
            "a whole number from 1 to 100000",
        ),
        ("LOG_FORMAT", "xml", "human or json"),
        ("RUST_LOG", "info,=,", "a filter such as info"),
        (
            "TEMPORAL_NAMESPACE",
            "a\u{7}b",
            "a name of at most 1000 bytes",
        ),
    ] {
        let expected = format!("{name}: found {value:?} (environment); expected {allowed}");
        expect_errors(&errors(&[(name, value)], ""), &[&expected]);
    }
}

#[test]
fn all_errors_are_reported_at_once_with_their_lines() {
    let found = errors(
        &[("FASTAPI_PORT", "x")],
        "nonsense\n\nFASTAPI_RELOAD='y' z\nTEMPORAL_WORKFLOW=W\nLOG_FORMAT=xml\n",
    );
    let named = [
        ".env line 1: expected NAME=value;",
        ".env line 3: unexpected text after the closing quote;",
        "TEMPORAL_TASK_QUEUE: not set; TEMPORAL_WORKFLOW is set",
        "FASTAPI_PORT: found \"x\" (environment);",
        "LOG_FORMAT: found \"xml\" (.env line 5);",
    ];
    expect_errors(&found, &named);
}

#[test]
fn a_task_queue_without_a_workflow_is_a_warning() {
    let settings = load(&[("TEMPORAL_TASK_QUEUE", "q"), ("START_SIGNAL_FUNCTION", "s")]);
    assert_eq!(settings.app.seed.default_workflow, None);
    assert_eq!(settings.warnings.len(), 2);
}

#[test]
fn no_output_shows_a_secret() {
    let key = "s3cret-key";
    let settings = load(&[("TEMPORAL_API_KEY", key)]);
    assert_eq!(
        settings
            .temporal
            .api_key
            .as_ref()
            .map(ExposeSecret::expose_secret),
        Some(key)
    );
    let rejected = errors(&[("TEMPORAL_API_KEY", "s3cret key")], "");
    assert_eq!(rejected.len(), 1);
    for text in [
        settings.to_text(),
        settings.to_json().to_string(),
        format!("{settings:?}"),
    ] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(
        rejected[0].contains("***") && !rejected[0].contains("s3cret"),
        "{rejected:?}"
    );
}

#[test]
fn a_value_that_is_not_utf_8_is_an_error() {
    use std::os::unix::ffi::OsStringExt as _;
    let mut sources = sources(&[], NO, "");
    sources
        .environment
        .insert("LOG_FILE".into(), std::ffi::OsString::from_vec(vec![0xff]));
    let errors = Settings::load(&sources).expect_err("an invalid value");
    assert!(errors.to_string().contains("LOG_FILE"), "{errors}");
}

#[test]
fn a_misspelled_variable_is_a_warning() {
    let settings = load(&[("FAST_TEMPORAL_LINGER_SECOND", "1"), ("OTHER", "x")]);
    let warning = "unknown setting FAST_TEMPORAL_LINGER_SECOND (environment or .env)";
    assert_eq!(settings.warnings, [warning]);
}

#[test]
fn origins_and_hosts_are_normalized() {
    let settings = load(&[
        (
            "ALLOWED_ORIGINS",
            "https://App.Example.org/, http://localhost:3000",
        ),
        ("FASTAPI_HOST", "[::1]"),
    ]);
    let origins = ["https://app.example.org", "http://localhost:3000"];
    let origins = AllowedOrigins::List(origins.map(str::to_owned).to_vec());
    assert_eq!(settings.app.origins, origins);
    assert!(settings.listen.is_loopback());
    assert_eq!(settings.listen.host, "::1");
}

#[test]
fn a_certificate_requires_its_key_and_both_must_be_readable() {
    let found = errors(&[("TEMPORAL_TLS_CLIENT_CERT_PATH", "c.pem")], "");
    assert!(
        found[0].starts_with("TEMPORAL_TLS_CLIENT_KEY_PATH: not set"),
        "{found:?}"
    );
    let unreadable = [
        ("TEMPORAL_TLS_CLIENT_CERT_PATH", "/nowhere/c.pem"),
        ("TEMPORAL_TLS_CLIENT_KEY_PATH", "/nowhere/k.pem"),
    ];
    let errors = errors(&unreadable, "");
    assert_eq!(errors.len(), 2, "{errors:?}");
}

#[test]
fn every_number_has_an_effect() {
    let base = [
        ("AUTH", "jwt"),
        ("AUTH_JWKS_URL", "https://id.example.org/jwks.json"),
    ];
    let effect = |environment: &[(&str, &str)]| {
        let settings = Settings {
            rows: Vec::new(),
            ..load(environment)
        };
        format!("{settings:?}")
    };
    let mut seen = std::collections::BTreeSet::from([effect(&base)]);
    for row in load(&base).rows() {
        let number = row
            .value
            .as_deref()
            .and_then(|value| value.parse::<f64>().ok());
        let Some(number) = number else { continue };
        let changed = (number + 1.0).to_string();
        let effect = effect(&[&base[..], &[(&row.name, &changed)]].concat());
        assert!(seen.insert(effect), "{} changes nothing", row.name);
    }
    assert!(seen.len() > 30);
}

#[test]
fn the_report_has_a_line_for_every_setting_and_no_setting_twice() {
    let settings = load(&[("FASTAPI_PORT", "81")]);
    let text = settings.to_text();
    assert_eq!(text.lines().count(), settings.rows().len() + 1);
    let names: Vec<_> = settings
        .rows()
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    let mut unique = std::collections::BTreeSet::new();
    assert!(names.iter().all(|name| unique.insert(*name)), "{names:?}");
    let line = text
        .lines()
        .find(|line| line.starts_with("FASTAPI_PORT"))
        .expect("the line");
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["FASTAPI_PORT", "81", "environment"]
    );
    let json = settings.to_json();
    assert_eq!(
        json["settings"].as_array().map(Vec::len),
        Some(settings.rows().len())
    );
}
