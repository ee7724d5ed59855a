//! Running Temporal's dev server.

use std::{process::Stdio, time::Duration};

use fast_temporal_dev::{DevServer, DevServerConfig, DevServerError};
use fast_temporal_testkit::dev_server::cli;
use rustix::process::{Pid, test_kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpStream,
    process::Command,
    time::{sleep, timeout},
};

/// The time limit on every wait of a test: only a failing test takes this long.
const PATIENCE: Duration = Duration::from_mins(1);
/// The text before the address that [`run_a_server_until_killed`] prints.
const ADDRESS: &str = "dev server address: ";

async fn config() -> DevServerConfig {
    DevServerConfig::new(cli().await.path)
}

async fn start() -> DevServer {
    DevServer::start(config().await, |_| {}).await.unwrap()
}

async fn accepts_connections(address: &str) -> bool {
    TcpStream::connect(address).await.is_ok()
}

#[tokio::test]
async fn stopped_server_leaves_no_process() {
    let config = DevServerConfig {
        ui: true,
        ..config().await
    };
    let server = DevServer::start(config, |_| {}).await.unwrap();
    let id = server.process_id().expect("a running process");
    let process = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    let ui = server.ui_url().expect("the URL of the UI");
    assert!(accepts_connections(ui.strip_prefix("http://").unwrap()).await);
    assert!(server.stop().await, "SIGTERM stops it");
    test_kill_process(process).expect_err("no such process");
}

#[tokio::test]
async fn server_ends_when_its_owner_is_killed() {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("dev_server::run_a_server_until_killed")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let address = async {
        loop {
            let line = lines.next_line().await.unwrap();
            if let Some((_, address)) = line.expect("the server's address").split_once(ADDRESS) {
                break address.to_owned();
            }
        }
    };
    let address = timeout(PATIENCE, address).await.expect("a started server");
    assert!(accepts_connections(&address).await);
    owner.kill().await.unwrap();
    let ended = async {
        while accepts_connections(&address).await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, ended).await.expect("the server ends");
}

#[tokio::test]
#[ignore = "run and killed by the test above"]
async fn run_a_server_until_killed() {
    let server = start().await;
    println!("{ADDRESS}{}", server.address());
    sleep(PATIENCE).await;
}

#[tokio::test]
async fn failed_start_reports_the_reason() {
    let server = start().await;
    let port_in_use = DevServerConfig {
        port: Some(server.port()),
        ..config().await
    };
    let error = DevServer::start(port_in_use, |_| {}).await.unwrap_err();
    assert!(matches!(error, DevServerError::Start { .. }), "{error}");

    let unknown_flag = DevServerConfig {
        extra_args: vec!["--no-such-flag".into()],
        ..config().await
    };
    let error = DevServer::start(unknown_flag, |_| {}).await.unwrap_err();
    let DevServerError::Ended { output, .. } = &error else {
        panic!("{error}")
    };
    assert!(output.contains("no-such-flag"), "{error}");
}
