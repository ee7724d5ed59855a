use super::*;

fn origin(line: usize) -> Origin {
    Origin::File {
        path: "conf/ft.toml".into(),
        line,
    }
}

#[test]
fn every_setting_with_a_key_has_a_table_and_one_place_in_it() {
    let mut keys = std::collections::BTreeSet::new();
    for group in GROUPS {
        for setting in group.settings {
            let Some(key) = setting.key else { continue };
            let (table, _) = key.split_once('.').expect("a table and a key");
            assert_eq!(Some(table), group.table, "{key}");
            assert!(keys.insert(key), "{key}");
        }
    }
}

#[test]
fn the_file_is_below_the_variables_and_above_the_defaults() {
    let text = "[listen]\nport = 1\nallowed_origins = [\"https://a.b\", \"https://c.d\"]\n\n\
                [feed]\nlinger_seconds = 0.5\n";
    let settings = load_file(text);
    assert_eq!(settings.listen.port, 1);
    assert_eq!(row(&settings, "FASTAPI_PORT").origin, origin(2));
    let origins = ["https://a.b", "https://c.d"];
    assert_eq!(settings.listen.allowed_origins, origins);
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
fn an_empty_text_means_unset_and_an_empty_variable_hides_the_file() {
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
fn what_is_wrong_is_told_with_file_line_key_and_what_is_allowed() {
    let found = file_errors(
        "[listen]\nport = 70000\nhost = [\"a\"]\nreload = \"maybe\"\n\n[temporal]\n\
         api_key = \"s3cret key\"\ntls = { on = true }\n\n[default_workflow]\ntype = \"W\"\n\n\
         [limits]\nidle_seconds = 5\nwrite_seconds = 1979-05-27\n",
    );
    let expected = [
        "listen.port: read \"70000\" (conf/ft.toml line 2); allowed: a whole number from 0 to 65535",
        "listen.host: read an array (conf/ft.toml line 3); allowed: an IP address or a host name",
        "listen.reload: read \"maybe\" (conf/ft.toml line 4); allowed: true or false",
        "temporal.api_key: read \"***\" (conf/ft.toml line 7); allowed: printable ASCII",
        "temporal.tls: read a table (conf/ft.toml line 8); allowed: true or false",
        "default_workflow.task_queue: not set; default_workflow.type is set, and a workflow",
        "limits.idle_seconds: read \"5\" (conf/ft.toml line 14); allowed: more seconds than \
         limits.ping_interval_seconds",
        "limits.write_seconds: read a date (conf/ft.toml line 15); allowed: seconds from 0.1",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for expected in expected {
        let told = found.iter().any(|error| error.starts_with(expected));
        assert!(told, "{expected} is not in {found:#?}");
    }
}

#[test]
fn text_that_is_no_toml_is_told_beside_all_else() {
    let mut sources = file("[listen]\nport = 80x\n\n[log\nformat = \"xml\"\n");
    sources.dotenv = Some("nonsense\nFASTAPI_RELOAD=perhaps\n".into());
    let errors = Settings::load(&sources).expect_err("wrong settings");
    let text = errors.to_string();
    for expected in [
        "conf/ft.toml line 2: ",
        "conf/ft.toml line 4: ",
        ".env line 1: expected NAME=value",
        "FASTAPI_RELOAD: read \"perhaps\"",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[test]
fn a_misspelt_key_is_a_warning_with_its_line() {
    let settings = load_file("[listen]\nprot = 1\n\n[lissten]\nport = 2\n");
    let expected = [
        "listen.prot is set (conf/ft.toml line 2), and there is no such setting",
        "lissten.port is set (conf/ft.toml line 5), and there is no such setting",
    ];
    assert_eq!(settings.warnings, expected);
}

#[test]
fn a_table_that_is_none_is_an_error() {
    let found = file_errors("listen = 5\n");
    let expected = "listen: read a number (conf/ft.toml line 1); allowed: a table";
    assert_eq!(found, [expected]);
}

#[test]
fn the_originals_name_for_temporal_wins_over_the_file() {
    let mut sources = file("temporal.address = \"file:1\"\n");
    sources.dotenv = Some("TEMPORAL_CLIENT=dotenv:2\n".into());
    let settings = Settings::load(&sources).expect("valid settings");
    assert_eq!(settings.temporal.address(), "dotenv:2");
    let warning = "temporal.address (file:1) is not used, as TEMPORAL_CLIENT (dotenv:2) is set";
    assert_eq!(settings.warnings, [warning]);
}

#[test]
fn paths_in_the_file_are_meant_from_its_folder() {
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
fn the_report_names_the_key_and_the_line() {
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
