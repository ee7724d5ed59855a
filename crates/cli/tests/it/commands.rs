//! Command lines and settings.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::program::{FAST_TEMPORAL, FAST_TEMPORAL_RUN, Folder};

#[test]
fn help_and_version_are_printed_to_standard_output() {
    for (program, args, expected) in [
        (FAST_TEMPORAL, "--help", "Usage: fast-temporal <COMMAND>"),
        (
            FAST_TEMPORAL_RUN,
            "--help",
            "Usage: fast-temporal-run [OPTIONS]",
        ),
        (FAST_TEMPORAL, "--version", env!("CARGO_PKG_VERSION")),
        (FAST_TEMPORAL_RUN, "--version", env!("CARGO_PKG_VERSION")),
    ] {
        let ended = Folder::new().run(program, &[args], &[]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stdout.contains(expected), "{}", ended.stdout);
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn an_invalid_command_line_exits_64() {
    for args in [
        &[][..],
        &["sevre"],
        &["serve", "--prot", "1"],
        &["serve", "--port"],
    ] {
        let ended = Folder::new().run(FAST_TEMPORAL, args, &[]);
        assert_eq!(ended.code, Some(64), "{args:?}");
        assert!(ended.stderr.contains("help"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn all_errors_in_the_settings_are_reported_at_once_and_exit_64() {
    let folder = Folder::new();
    folder.dotenv("TEMPORAL_WORKFLOW=W\nnot a setting\nTEMPORAL_API_KEY=\"two words\"\n");
    for (program, args) in [
        (FAST_TEMPORAL, &["serve", "--port", "1e3"][..]),
        (FAST_TEMPORAL, &["config", "--port", "1e3"]),
        (FAST_TEMPORAL_RUN, &["--port", "1e3"]),
    ] {
        let ended = folder.run(program, args, &[("FASTAPI_RELOAD", "perhaps")]);
        assert_eq!(ended.code, Some(64), "{}", ended.stderr);
        for expected in [
            "error: 5 errors in the settings:",
            "FASTAPI_PORT: found \"1e3\" (flag --port); expected a whole number from 0 to 65535",
            "FASTAPI_RELOAD: found \"perhaps\" (environment); expected true or false",
            "TEMPORAL_TASK_QUEUE: not set; TEMPORAL_WORKFLOW is set",
            ".env line 2: expected NAME=value",
            "TEMPORAL_API_KEY: found \"***\" (.env line 3); expected printable ASCII",
        ] {
            assert!(
                ended.stderr.contains(expected),
                "{expected} is not in\n{}",
                ended.stderr
            );
        }
        assert!(!ended.stderr.contains("two words"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn an_unreadable_dotenv_exits_64() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join(".env")).expect("a folder to write to");
    let ended = folder.run(FAST_TEMPORAL, &["config"], &[]);
    assert_eq!(ended.code, Some(64));
    assert!(
        ended.stderr.contains(".env: cannot be read"),
        "{}",
        ended.stderr
    );
}

#[test]
fn errors_in_the_settings_file_are_reported_with_their_lines_and_exit_64() {
    let folder = Folder::new();
    folder.write("fast-temporal.toml", "[listen]\nport = 70000\nhost = [1]\n");
    folder.write("other.toml", "[listen\n[workflows.w]\n");
    for (program, args, environment, expected) in [
        (
            FAST_TEMPORAL,
            &["serve"][..],
            None,
            "listen.port: found \"70000\" (fast-temporal.toml line 2); expected a whole number",
        ),
        (
            FAST_TEMPORAL_RUN,
            &[],
            None,
            "listen.host: found an array (fast-temporal.toml line 3); expected an IP address",
        ),
        (
            FAST_TEMPORAL,
            &["config", "--config", "other.toml"],
            None,
            "workflows.w.task_queue: not set; workflows.w exists (other.toml line 2)",
        ),
        (
            FAST_TEMPORAL,
            &["config"],
            Some("other.toml"),
            "other.toml line 1: ",
        ),
        (
            FAST_TEMPORAL,
            &["config", "--config", "no.toml"],
            None,
            "FAST_TEMPORAL_CONFIG: cannot read \"no.toml\"",
        ),
    ] {
        let environment: Vec<_> = environment
            .iter()
            .map(|file| ("FAST_TEMPORAL_CONFIG", *file))
            .collect();
        let ended = folder.run(program, args, &environment);
        assert_eq!(ended.code, Some(64), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn a_flag_a_variable_or_dotenv_names_the_settings_file() {
    let folder = Folder::new();
    folder.write("fast-temporal.toml", "listen.port = 1\n");
    folder.write("two.toml", "listen.port = 2\n");
    folder.write("three.toml", "listen.port = 3\n");
    folder.write("four.toml", "listen.port = 4\n");
    let port = |args: &[&str], environment: &[(&str, &str)]| {
        let ended = folder.run(FAST_TEMPORAL, &[&["config"], args].concat(), environment);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let mut lines = ended.stdout.lines();
        let line = lines.find(|line| line.starts_with("FASTAPI_PORT "));
        let words: Vec<_> = line.expect("the line").split_whitespace().collect();
        words[1..].join(" ")
    };
    assert_eq!(port(&[], &[]), "1 fast-temporal.toml line 1 listen.port");
    folder.dotenv("FAST_TEMPORAL_CONFIG=two.toml\n");
    assert_eq!(port(&[], &[]), "2 two.toml line 1 listen.port");
    let three = [("FAST_TEMPORAL_CONFIG", "three.toml")];
    assert_eq!(port(&[], &three), "3 three.toml line 1 listen.port");
    let four = ["--config", "four.toml"];
    assert_eq!(port(&four, &three), "4 four.toml line 1 listen.port");
}

#[test]
fn config_prints_the_settings_in_effect_with_their_origins() {
    let folder = Folder::new();
    folder.dotenv("FASTAPI_HOST=::1\nFASTAPI_PORT=1\nTEMPORAL_API_KEY=s3cret\n");
    let environment = [("FASTAPI_PORT", "2"), ("ALLOWED_ORIGINS", "*")];
    let ended = folder.run(FAST_TEMPORAL, &["config", "--port", "3"], &environment);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for (name, value, origin) in [
        ("FASTAPI_HOST", "::1", ".env line 1"),
        ("FASTAPI_PORT", "3", "flag --port"),
        ("ALLOWED_ORIGINS", "*", "environment"),
        ("TEMPORAL_ADDRESS", "localhost:7233", "default"),
        ("TEMPORAL_API_KEY", "***", ".env line 3"),
        ("LOG_FILE", "-", "default"),
    ] {
        let line = ended
            .stdout
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        let words: Vec<_> = line
            .expect("every setting has a line")
            .split_whitespace()
            .collect();
        assert_eq!(words[..2], [name, value]);
        assert_eq!(words[2..].join(" "), origin);
    }
    assert!(!ended.stdout.contains("s3cret"));
}

#[test]
fn config_prints_json() {
    let folder = Folder::new();
    let environment = [
        ("TEMPORAL_API_KEY", "s3cret"),
        ("FAST_TEMPORAL_RING_EVENT", "9"),
    ];
    let ended = folder.run(FAST_TEMPORAL, &["config", "--json"], &environment);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let settings = report["settings"].as_array().expect("a list");
    for expected in [
        json!({
            "name": "TEMPORAL_API_KEY", "key": "temporal.api_key", "value": "***",
            "origin": "environment",
        }),
        json!({
            "name": "FASTAPI_PORT", "key": "listen.port", "value": "8000", "origin": "default",
        }),
        json!({"name": "TEMPORAL_CLIENT", "key": null, "value": null, "origin": "default"}),
    ] {
        assert!(
            settings.contains(&expected),
            "{expected} is not in {settings:?}"
        );
    }
    let warning = "unknown setting FAST_TEMPORAL_RING_EVENT (environment or .env)";
    assert_eq!(report["warnings"], json!([warning]));
}

#[test]
fn serving_other_machines_without_authentication_requires_insecure() {
    for host in ["0.0.0.0", "::", "example.org"] {
        let ended = Folder::new().run(FAST_TEMPORAL, &["serve", "--host", host], &[]);
        assert_eq!(ended.code, Some(64));
        assert!(ended.stderr.contains("--insecure"), "{}", ended.stderr);
    }
}

#[test]
fn an_unusable_log_file_exits_64() {
    let ended = Folder::new().run(
        FAST_TEMPORAL,
        &["serve"],
        &[("LOG_FILE", "no/such/app.log")],
    );
    assert_eq!(ended.code, Some(64));
    assert!(
        ended.stderr.contains("LOG_FILE: cannot open"),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_error_for_a_used_port_names_the_flag_to_change_it() {
    let used = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = used.local_addr().expect("an address").port().to_string();
    let commands: &[&str] = if cfg!(feature = "dev") {
        &["serve", "dev"]
    } else {
        &["serve"]
    };
    for command in commands {
        let ended = Folder::new().run(FAST_TEMPORAL, &[command, "--port", &port], &[]);
        assert_eq!(ended.code, Some(1));
        let expected =
            format!("cannot listen on 127.0.0.1:{port}; choose another port with --port");
        assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    }
}
