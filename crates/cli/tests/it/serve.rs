//! The gateway as a process: signals, reloads, an unavailable Temporal.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use fast_temporal_testkit::websocket::upgrade_request;

use crate::support::program::{
    FAST_TEMPORAL, FAST_TEMPORAL_RUN, Folder, UNAVAILABLE, connect, get,
};

#[test]
fn the_gateway_serves_while_temporal_is_unavailable_and_is_not_ready() {
    let folder = Folder::new();
    let gateway = folder.start(FAST_TEMPORAL, &["serve", "--port", "0"], &[UNAVAILABLE]);
    let address = gateway.serving();
    let live = get(address, "/healthz", "");
    assert!(live.starts_with("HTTP/1.1 200"), "{live}");
    let ready = get(address, "/readyz", "");
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
}

#[test]
fn a_signal_stops_the_gateway_with_exit_code_0() {
    for signal in ["TERM", "INT"] {
        let folder = Folder::new();
        let gateway = folder.start(FAST_TEMPORAL, &["serve", "--port", "0"], &[UNAVAILABLE]);
        gateway.serving();
        gateway.signal(signal);
        assert_eq!(gateway.ended(), Some(0));
    }
}

#[test]
fn the_gateway_raises_its_limit_on_open_files() {
    let folder = Folder::new();
    let script = "ulimit -S -n 64 && exec \"$0\" serve --port 0";
    let gateway = folder.start("/bin/sh", &["-c", script, FAST_TEMPORAL], &[UNAVAILABLE]);
    let line = gateway.logged("starting the gateway");
    assert!(line["open_files"].as_u64() > Some(64), "{line}");
}

#[test]
fn a_stopping_gateway_closes_connections_with_a_reconnect_code() {
    let folder = Folder::new();
    let gateway = folder.start(FAST_TEMPORAL, &["serve", "--port", "0"], &[UNAVAILABLE]);
    let mut client = open_websocket(gateway.serving());
    gateway.signal("TERM");
    // A close frame: its code is 4000.
    let mut head = [0; 4];
    client.read_exact(&mut head).expect("a frame");
    assert_eq!(
        (head[0], u16::from_be_bytes([head[2], head[3]])),
        (0x88, 4000)
    );
    drop(client);
    assert_eq!(gateway.ended(), Some(0));
}

#[test]
fn a_second_signal_terminates_the_gateway_at_once() {
    let folder = Folder::new();
    let environment = [UNAVAILABLE, ("FAST_TEMPORAL_DRAIN_TIMEOUT_SECONDS", "3600")];
    let gateway = folder.start(FAST_TEMPORAL, &["serve", "--port", "0"], &environment);
    // This client keeps its connection open, so the gateway would wait for an hour.
    let client = open_websocket(gateway.serving());
    gateway.signal("TERM");
    gateway.logged("stopping; a second signal terminates the program");
    gateway.signal("TERM");
    assert_eq!(gateway.ended(), Some(1));
    drop(client);
}

#[test]
fn the_dotenv_of_the_python_package_starts_the_gateway_with_a_warning() {
    let folder = Folder::new();
    folder.dotenv(
        "TEMPORAL_CLIENT=127.0.0.1:1\nTEMPORAL_WORKFLOW=W\nTEMPORAL_TASK_QUEUE=q\n\
         START_SIGNAL_FUNCTION=s\nPOLLING_INTERVAL=0.5\nALLOWED_ORIGINS=*\nFASTAPI_HOST=0.0.0.0\n\
         FASTAPI_PORT=0\nFASTAPI_RELOAD=false\nLOG_FILE=app.log\n",
    );
    let gateway = folder.start(FAST_TEMPORAL_RUN, &[], &[]);
    gateway.logged("OTHER MACHINES CAN REACH THIS GATEWAY");
    let address = gateway.serving();
    let local = SocketAddr::from(([127, 0, 0, 1], address.port()));
    assert!(get(local, "/healthz", "").starts_with("HTTP/1.1 200"));
    gateway.signal("TERM");
    assert_eq!(gateway.ended(), Some(0));
    let log = std::fs::read_to_string(folder.path().join("app.log")).expect("the log file");
    assert!(
        log.contains("starting the gateway") && log.contains("serving"),
        "{log}"
    );
}

#[test]
fn insecure_serves_other_machines_with_a_warning() {
    let folder = Folder::new();
    let args = ["serve", "--host", "0.0.0.0", "--port", "0", "--insecure"];
    let gateway = folder.start(FAST_TEMPORAL, &args, &[UNAVAILABLE]);
    gateway.logged("OTHER MACHINES CAN REACH THIS GATEWAY");
    gateway.serving();
}

#[test]
fn other_machines_need_credentials_if_the_settings_require_them() {
    let folder = Folder::new();
    let environment = [
        UNAVAILABLE,
        ("AUTH", "jwt"),
        ("AUTH_JWT_SECRET", "0123456789abcdef0123456789abcdef"),
    ];
    let args = ["serve", "--host", "0.0.0.0", "--port", "0"];
    let gateway = folder.start(FAST_TEMPORAL, &args, &environment);
    let address = SocketAddr::from(([127, 0, 0, 1], gateway.serving().port()));
    let response = get(address, "/v1/workflows/order-42/events", "");
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
    assert!(response.contains("\"unauthenticated\""), "{response}");
}

#[test]
fn a_changed_dotenv_takes_effect_unless_it_is_invalid() {
    const ORIGIN: &str = "origin: https://app.example.org\r\n";
    let allowed = |address| {
        get(address, "/healthz", ORIGIN)
            .contains("access-control-allow-origin: https://app.example.org")
    };
    let folder = Folder::new();
    let gateway = folder.start(
        FAST_TEMPORAL_RUN,
        &["--port", "0", "--reload"],
        &[UNAVAILABLE],
    );
    let address = gateway.serving();
    assert!(!allowed(address));

    folder.dotenv("ALLOWED_ORIGINS=nonsense\n");
    let rejected = gateway.logged("the changed settings are invalid");
    assert!(
        rejected["error"]
            .as_str()
            .is_some_and(|error| error.contains("ALLOWED_ORIGINS"))
    );
    assert!(!allowed(address));

    folder.dotenv("ALLOWED_ORIGINS=https://app.example.org\n");
    gateway.logged("the settings have changed");
    assert_eq!(gateway.serving(), address);
    assert!(allowed(address));

    gateway.signal("TERM");
    assert_eq!(gateway.ended(), Some(0));
    let error = TcpStream::connect(address).expect_err("the listener is closed");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_changed_settings_file_takes_effect() {
    let folder = Folder::new();
    folder.write(
        "fast-temporal.toml",
        "listen.reload = true\nlisten.port = 0\n",
    );
    let gateway = folder.start(FAST_TEMPORAL_RUN, &[], &[UNAVAILABLE]);
    let address = gateway.serving();
    let allowed = |id: &str| {
        let headers = format!("origin: https://{id}.example.org\r\n");
        get(address, "/healthz", &headers).contains("access-control-allow-origin")
    };
    assert!(!allowed("app"));
    folder.write(
        "fast-temporal.toml",
        "[listen]\nreload = true\nport = 0\nallowed_origins = [\"https://app.example.org\"]\n",
    );
    gateway.logged("the settings have changed");
    assert_eq!(gateway.serving(), address);
    assert!(allowed("app") && !allowed("other"));
    gateway.signal("TERM");
    assert_eq!(gateway.ended(), Some(0));
}

/// Opens a WebSocket of the seed dialect.
fn open_websocket(address: SocketAddr) -> TcpStream {
    let mut stream = connect(address);
    let request = upgrade_request("/ws/ada", "");
    stream.write_all(request.as_bytes()).expect("a connection");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a response");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text");
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    stream
}
