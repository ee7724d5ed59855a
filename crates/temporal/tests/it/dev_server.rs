//! Running Temporal's dev server.

use std::{path::Path, process::Stdio, time::Duration};

use fast_temporal_core::{Engine, EngineErrorKind};
use fast_temporal_temporal::{
    DevServer, DevServerConfig, DevServerError, Secret, TemporalConfig, TemporalEngine,
    dev_server::Ui,
};
use fast_temporal_testkit::dev_server::{cli, start, start_with_database};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::{Instant, timeout},
};

#[tokio::test]
async fn a_server_that_was_asked_to_stop_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let mut config = DevServerConfig::new(cli().await.path);
    config.ui = Ui::FreePort;
    config.log = Some(folder.path().join("temporal.log"));
    let server = DevServer::start(config, |_| {}).await.unwrap();
    let id = server.process_id().expect("it runs");
    assert!(Path::new(&format!("/proc/{id}")).exists());
    let ui = server.ui_url().expect("it serves its UI");
    let ui = ui.strip_prefix("http://").unwrap();
    tokio::net::TcpStream::connect(ui)
        .await
        .expect("the UI listens");
    timeout(Duration::from_secs(9), server.stop())
        .await
        .expect("it stops when asked to");
    assert!(!Path::new(&format!("/proc/{id}")).exists());
    assert!(folder.path().join("temporal.log").exists());
}

#[tokio::test]
async fn a_server_goes_with_a_process_that_was_killed() {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "dev_server::holds_a_server",
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let process = loop {
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("the holder says the server's id");
        if let Some((_, id)) = line.split_once("server process ") {
            break format!("/proc/{id}");
        }
    };
    assert!(Path::new(&process).exists());
    holder.kill().await.unwrap();
    let gone = async {
        while Path::new(&process).exists() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(9), gone)
        .await
        .expect("the server stops");
}

#[tokio::test]
#[ignore = "the process that the test above kills"]
async fn holds_a_server() {
    let server = DevServer::start(DevServerConfig::new(cli().await.path), |_| {})
        .await
        .unwrap();
    println!("server process {}", server.process_id().unwrap());
    let _ = timeout(Duration::from_secs(30), std::future::pending::<()>()).await;
}

#[tokio::test]
async fn a_server_that_can_not_start_says_why() {
    let server = start().await;
    let mut config = DevServerConfig::new(cli().await.path);
    config.port = Some(
        server
            .address()
            .rsplit_once(':')
            .unwrap()
            .1
            .parse()
            .unwrap(),
    );
    let error = DevServer::start(config.clone(), |_| {}).await.unwrap_err();
    assert!(
        matches!(error, DevServerError::Start { .. }),
        "another server has the port: {error}"
    );

    config.port = None;
    config.extra_args = vec!["--no-such-flag".into()];
    let error = DevServer::start(config, |_| {}).await.unwrap_err();
    let DevServerError::Died { output, .. } = &error else {
        panic!("{error}")
    };
    assert!(output.contains("no-such-flag"), "{error}");
}

#[tokio::test]
async fn an_engine_starts_without_temporal_and_finds_it_when_it_comes() {
    let mut server = start_with_database().await;
    server.stop().await;
    let engine = server.engine();
    let asked = Instant::now();
    let error = engine.check().await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "it is told at once"
    );
    assert!(TemporalEngine::connect(server.config()).await.is_err());

    server.restart().await;
    let back = async {
        while engine.check().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(2), back)
        .await
        .expect("the pause between dials is 1 s at most");

    server.kill().await;
    let error = engine.check().await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn a_host_that_drops_packets_is_unavailable_to_all_who_ask() {
    // A listener that accepts nothing: once its queue is full, dialling gets no answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let config = TemporalConfig {
        address,
        request_timeout: Duration::from_millis(300),
        ..TemporalConfig::default()
    };
    let engine = TemporalEngine::new(config).unwrap();
    let asked = Instant::now();
    let results = futures_util::future::join_all((0..50).map(|_| engine.check())).await;
    assert!(results.iter().all(|result| {
        result
            .as_ref()
            .is_err_and(fast_temporal_core::EngineError::is_transient)
    }));
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "every request keeps its own limit"
    );
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_unavailable_to_who_asks_for_it() {
    let server = start().await;
    let config = TemporalConfig {
        api_key: Some(Secret::new("key")),
        ..server.config()
    };
    let engine = TemporalEngine::new(config).unwrap();
    let asked = Instant::now();
    let error = engine.check().await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "it is told at once"
    );
}

#[tokio::test]
async fn an_unknown_namespace_is_not_found() {
    let server = start().await;
    let config = TemporalConfig {
        namespace: "no-such".into(),
        ..server.config()
    };
    let engine = TemporalEngine::new(config).unwrap();
    assert_eq!(
        engine.check().await.unwrap_err().kind,
        EngineErrorKind::NotFound
    );
}
