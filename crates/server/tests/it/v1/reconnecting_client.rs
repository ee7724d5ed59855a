//! A client that disconnects at any moment and reconnects to any node, over any transport.

use fast_temporal_core::FeedConfig;
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::FakeWorkflow;
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
};
use serde_json::{Value, json};

use crate::support::{EventStream, Gateway, for_random, paused_runtime, to_json};

#[derive(Clone, Copy, Debug)]
enum Transport {
    WebSocket,
    EventStream,
    LongPoll,
}

/// One connection of the client.
#[derive(Clone, Debug)]
struct Connection {
    node: usize,
    transport: Transport,
    /// The number of signals and activities that the workflow writes before it and during it.
    written_before: usize,
    written_during: usize,
    /// The number of frames after which the client disconnects.
    frames: usize,
}

/// The client between its connections.
struct ReconnectingClient<'a> {
    workflow: &'a FakeWorkflow,
    types: &'a [&'a str],
    cursor: Option<String>,
    events: Vec<Value>,
    has_ended: bool,
}

fn connection() -> impl Strategy<Value = Connection> {
    let transport = prop_oneof![
        Just(Transport::WebSocket),
        Just(Transport::EventStream),
        Just(Transport::LongPoll),
    ];
    let parts = (0_usize..30, 0_usize..2, transport, 0_usize..20, 0_usize..10);
    parts.prop_map(
        |(written_before, node, transport, frames, written_during)| Connection {
            node,
            transport,
            written_before,
            written_during,
            frames,
        },
    )
}

/// Writes signals and activities in turn, some of which a filter hides.
fn write(workflow: &FakeWorkflow, count: usize) {
    for number in 0..count {
        if number % 3 == 0 {
            workflow.signal("s");
        } else {
            workflow.schedule("one");
        }
    }
}

impl ReconnectingClient<'_> {
    async fn connect(&mut self, gateway: &Gateway, connection: &Connection) {
        match connection.transport {
            Transport::WebSocket => self.read_websocket(gateway, connection).await,
            Transport::EventStream => self.read_event_stream(gateway, connection).await,
            Transport::LongPoll => self.poll(gateway, connection).await,
        }
    }

    fn receive(&mut self, event: Value) {
        self.cursor = Some(event["cursor"].as_str().unwrap().to_owned());
        self.has_ended |= event["end"] == true;
        self.events.push(event);
    }

    fn uri(&self, query: &str) -> String {
        let types = self.types.join(",");
        let after = self.cursor.as_deref().unwrap_or_default();
        format!("/v1/workflows/w1/events?types={types}&after={after}{query}")
    }

    /// Disconnects after the number of frames, or after a heartbeat.
    async fn read_websocket(&mut self, gateway: &Gateway, connection: &Connection) {
        let mut client = gateway.v1().await;
        let fields = json!({"workflow_id": "w1", "after": self.cursor, "types": self.types});
        client.call("subscribe", fields).await;
        write(self.workflow, connection.written_during);
        for _ in 0..connection.frames {
            let frame = client.any_frame().await;
            if let Some(event) = frame.get("event") {
                self.receive(event.clone());
            } else if let Some(heartbeat) = frame.get("heartbeat") {
                if let Some(cursor) = heartbeat["cursors"]["w1"].as_str() {
                    self.cursor = Some(cursor.to_owned());
                }
                return;
            } else if frame.get("end").is_some() {
                self.has_ended = true;
                return;
            }
        }
    }

    async fn read_event_stream(&mut self, gateway: &Gateway, connection: &Connection) {
        let response = gateway.anonymous().open(&self.uri("")).await;
        if response.status() == 204 {
            self.has_ended = true;
            return;
        }
        let mut stream = EventStream::of(response).await;
        write(self.workflow, connection.written_during);
        for _ in 0..connection.frames {
            let Some(block) = stream.next_block().await else {
                return;
            };
            let is_heartbeat = block.is_heartbeat();
            if let (None, Some(event)) = (&block.event, block.data) {
                self.receive(event);
            }
            if block.id.is_some() {
                self.cursor = block.id;
            }
            if is_heartbeat {
                return;
            }
        }
    }

    async fn poll(&mut self, gateway: &Gateway, connection: &Connection) {
        for wait in 0..connection.frames.min(2) {
            let page = gateway.get_ok(&self.uri(&format!("&wait={wait}"))).await;
            for event in page["events"].as_array().unwrap() {
                self.receive(event.clone());
            }
            self.cursor = page["cursor"].as_str().map(str::to_owned);
            self.has_ended |= page["end"] == true;
            write(self.workflow, connection.written_during);
        }
    }
}

async fn reconnect(connections: &[Connection], types: &[&str], last: Transport) {
    // Most of the history must be read again.
    let feed = FeedConfig {
        ring_events: 8,
        checkpoint_events: 16,
        ..FeedConfig::default()
    };
    let one = Gateway::start_with(|setup| {
        setup.feed = feed;
        setup.disable_rate_limit();
    });
    let one = one.await;
    let workflow = one.engine.workflow("w1");
    let nodes = [one.another_node().await, one];
    let mut client = ReconnectingClient {
        workflow: &workflow,
        types,
        cursor: None,
        events: Vec::new(),
        has_ended: false,
    };
    for connection in connections {
        write(&workflow, connection.written_before);
        client.connect(&nodes[connection.node], connection).await;
    }
    workflow.complete(Json::null());
    let rest = Connection {
        node: 0,
        transport: last,
        written_before: 0,
        written_during: 0,
        frames: usize::MAX,
    };
    while !client.has_ended {
        client.connect(&nodes[0], &rest).await;
    }
    let mut expected = workflow.events();
    expected.last_mut().unwrap().end = true;
    expected.retain(|event| {
        event.end || types.is_empty() || event.data.type_name() == "signal.received"
    });
    assert_eq!(client.events, to_json(&expected));
}

// Covers EV-4.
#[test]
fn reconnecting_client_receives_each_event_once_and_in_order() {
    let runs = (vec(connection(), 0..8), any::<bool>(), connection());
    let runtime = paused_runtime();
    for_random(&runtime, 32, &runs, async |(connections, all, last)| {
        let types: &[&str] = if all { &[] } else { &["signal.*"] };
        reconnect(&connections, types, last.transport).await;
    });
}
