use fast_temporal_server::AllowedOrigins;

use super::*;

fn origin(line: usize) -> Origin {
    Origin::File {
        path: "conf/ft.toml".into(),
        line,
    }
}

#[test]
fn every_key_is_unique_and_in_a_documented_table() {
    let mut keys = std::collections::BTreeSet::new();
    for row in load(NO).rows() {
        let Some(key) = &row.key else { continue };
        let (table, _) = key.split_once('.').expect("a table and a key");
        let head = format!("\n[{table}]\n");
        assert!(example().contains(&head), "{key}");
        assert!(keys.insert(key.clone()), "{key}");
    }
}

#[test]
fn the_file_overrides_the_defaults_and_variables_override_the_file() {
    let text = "[listen]\nport = 1\nallowed_origins = [\"https://a.b\", \"https://c.d\"]\n\n\
                [feed]\nlinger_seconds = 0.5\n";
    let settings = load_file(text);
    assert_eq!(settings.listen.port, 1);
    assert_eq!(row(&settings, "FASTAPI_PORT").origin, origin(2));
    let origins = ["https://a.b", "https://c.d"].map(str::to_owned).to_vec();
    assert_eq!(settings.app.origins, AllowedOrigins::List(origins));
    assert_eq!(settings.feed.linger, Duration::from_millis(500));
    assert_eq!(settings.listen.host, "127.0.0.1");

    let mut sources = file(text);
    sources.dotenv = Some("FASTAPI_PORT=2\n".into());
    let settings = Settings::load(&sources).expect("valid settings");
    assert_eq!(settings.listen.port, 2);
    assert_eq!(row(&settings, "FASTAPI_PORT").origin, Origin::DotEnv(1));
    assert_eq!(settings.warnings, Vec::<String>::new());
}

#[test]
fn an_empty_string_means_unset_and_an_empty_variable_overrides_the_file() {
    let settings = load_file("listen.host = \" \"\n");
    assert_eq!(settings.listen.host, "127.0.0.1");
    let mut sources = file("listen.port = 1\n");
    sources
        .environment
        .insert("FASTAPI_PORT".into(), String::new().into());
    let settings = Settings::load(&sources).expect("valid settings");
    assert_eq!(settings.listen.port, 8000);
    assert_eq!(settings.warnings, Vec::<String>::new());
}

#[test]
fn an_invalid_value_is_rejected_with_its_file_line_and_key() {
    let found = file_errors(
        "[listen]\nport = 70000\nhost = [\"a\"]\nreload = \"maybe\"\n\n[temporal]\n\
         api_key = \"s3cret key\"\ntls = { on = true }\n\n[default_workflow]\ntype = \"W\"\n\n\
         [websocket]\nidle_timeout_seconds = 5\n\n[connections]\nwrite_timeout_seconds = 1979-05-27\n",
    );
    let expected = [
        "listen.port: found \"70000\" (conf/ft.toml line 2); expected a whole number from 0 to 65535",
        "listen.host: found an array (conf/ft.toml line 3); expected an IP address or a host name",
        "listen.reload: found \"maybe\" (conf/ft.toml line 4); expected true or false",
        "temporal.api_key: found \"***\" (conf/ft.toml line 7); expected printable ASCII",
        "temporal.tls: found a table (conf/ft.toml line 8); expected true or false",
        "default_workflow.task_queue: not set; default_workflow.type is set, and a workflow",
        "websocket.idle_timeout_seconds: found \"5\" (conf/ft.toml line 14); expected more seconds than",
        "connections.write_timeout_seconds: found a date (conf/ft.toml line 17); expected seconds",
    ];
    expect_errors(&found, &expected);
}

#[test]
fn toml_syntax_errors_are_reported_with_all_other_errors() {
    let mut sources = file("[listen]\nport = 80x\n\n[log\nformat = \"xml\"\n");
    sources.dotenv = Some("nonsense\nFASTAPI_RELOAD=perhaps\n".into());
    let errors = Settings::load(&sources).expect_err("invalid settings");
    let text = errors.to_string();
    for expected in [
        "conf/ft.toml line 2: ",
        "conf/ft.toml line 4: ",
        ".env line 1: expected NAME=value",
        "FASTAPI_RELOAD: found \"perhaps\"",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[test]
fn a_misspelled_key_is_a_warning_with_its_line() {
    let settings = load_file("[listen]\nprot = 1\n\n[lissten]\nport = 2\n");
    let expected = [
        "unknown setting listen.prot (conf/ft.toml line 2)",
        "unknown setting lissten.port (conf/ft.toml line 5)",
    ];
    assert_eq!(settings.warnings, expected);
}

#[test]
fn a_value_in_place_of_a_table_is_an_error() {
    let found = file_errors("listen = 5\n");
    let expected = "listen: found a number (conf/ft.toml line 1); expected a table";
    assert_eq!(found, [expected]);
}

#[test]
fn temporal_client_overrides_the_file_with_a_warning() {
    let mut sources = file("temporal.address = \"file:1\"\n");
    sources.dotenv = Some("TEMPORAL_CLIENT=dotenv:2\n".into());
    let settings = Settings::load(&sources).expect("valid settings");
    assert_eq!(settings.temporal.address, "dotenv:2");
    let warning = "temporal.address (file:1) is ignored, as TEMPORAL_CLIENT (dotenv:2) is set";
    assert_eq!(settings.warnings, [warning]);
}

#[test]
fn paths_in_the_file_are_relative_to_its_folder() {
    let settings = load_file(
        "[temporal]\ntls_server_ca_cert_path = \"ca.pem\"\n[log]\nfile = \"logs/app.log\"\n",
    );
    let authority = settings.temporal.tls.ca_certificate.as_deref();
    assert_eq!(authority, Some(&b"authority"[..]));
    assert_eq!(settings.log.file, Some("conf/logs/app.log".into()));
    let absolute = load_file("log.file = \"/var/log/app.log\"\n");
    assert_eq!(absolute.log.file, Some("/var/log/app.log".into()));
    let environment = load(&[("LOG_FILE", "app.log")]);
    assert_eq!(environment.log.file, Some("app.log".into()));
}

#[test]
fn the_report_shows_the_key_and_the_line() {
    let settings = load_file("[temporal]\napi_key = \"s3cret\"\n[listen]\nport = 81\n");
    let text = settings.to_text();
    let line = |name: &str| {
        let mut lines = text.lines();
        let line = lines.find(|line| line.starts_with(name)).expect("the line");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        line("FASTAPI_PORT"),
        "FASTAPI_PORT 81 conf/ft.toml line 4 listen.port"
    );
    assert_eq!(
        line("TEMPORAL_API_KEY"),
        "TEMPORAL_API_KEY *** conf/ft.toml line 2 temporal.api_key"
    );
    assert!(!text.contains("s3cret") && !format!("{settings:?}").contains("s3cret"));
}
