//! A client that disconnects at any moment and reconnects to any node, over any transport.

use fast_temporal_core::FeedConfig;
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::support::{Gateway, Stream, V1, config, json};

#[derive(Clone, Copy, Debug)]
enum Transport {
    WebSocket,
    EventStream,
    LongPoll,
}

/// What happens while the client is away, and how and for how long it reconnects.
#[derive(Clone, Debug)]
struct Stay {
    before: usize,
    node: usize,
    transport: Transport,
    events: usize,
    meanwhile: usize,
}

struct Wanderer<'a> {
    workflow: &'a FakeWorkflow,
    types: &'a [&'a str],
    cursor: Option<String>,
    seen: Vec<Value>,
    over: bool,
}

fn stay() -> impl Strategy<Value = Stay> {
    let transport = prop_oneof![
        Just(Transport::WebSocket),
        Just(Transport::EventStream),
        Just(Transport::LongPoll),
    ];
    let stay = (0_usize..30, 0_usize..2, transport, 0_usize..20, 0_usize..10);
    stay.prop_map(|(before, node, transport, events, meanwhile)| Stay {
        before,
        node,
        transport,
        events,
        meanwhile,
    })
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

impl Wanderer<'_> {
    async fn stay(&mut self, gateway: &Gateway, stay: &Stay) {
        match stay.transport {
            Transport::WebSocket => self.read_socket(gateway, stay).await,
            Transport::EventStream => self.read_workflow_stream(gateway, stay).await,
            Transport::LongPoll => self.poll(gateway, stay).await,
        }
    }

    fn see(&mut self, event: Value) {
        self.cursor = Some(event["cursor"].as_str().unwrap().to_owned());
        self.over |= event["end"] == true;
        self.seen.push(event);
    }

    fn uri(&self, query: &str) -> String {
        let types = self.types.join(",");
        let after = self.cursor.as_deref().unwrap_or_default();
        format!("/v1/workflows/w1/events?types={types}&after={after}{query}")
    }

    /// Disconnects after that number of events, or when there are no more.
    async fn read_socket(&mut self, gateway: &Gateway, stay: &Stay) {
        let mut client = V1::connect(gateway).await;
        let fields = json!({"workflow_id": "w1", "after": self.cursor, "types": self.types});
        client.call("subscribe", fields).await;
        write(self.workflow, stay.meanwhile);
        for _ in 0..stay.events {
            let frame = client.any_frame().await;
            if let Some(event) = frame.get("event") {
                self.see(event.clone());
            } else if let Some(heartbeat) = frame.get("heartbeat") {
                if let Some(cursor) = heartbeat["cursors"]["w1"].as_str() {
                    self.cursor = Some(cursor.to_owned());
                }
                return;
            } else if frame.get("end").is_some() {
                self.over = true;
                return;
            }
        }
    }

    async fn read_workflow_stream(&mut self, gateway: &Gateway, stay: &Stay) {
        let uri = self.uri("");
        let response = gateway.get(&uri).await;
        if response.status() == 204 {
            self.over = true;
            return;
        }
        let mut stream = Stream::of(response).await;
        write(self.workflow, stay.meanwhile);
        for _ in 0..stay.events {
            let Some(block) = stream.block().await else {
                return;
            };
            let is_beat = block.event.is_none() && block.data.is_none();
            if let (None, Some(event)) = (&block.event, block.data) {
                self.see(event);
            }
            if block.id.is_some() {
                self.cursor = block.id;
            }
            if is_beat {
                return;
            }
        }
    }

    async fn poll(&mut self, gateway: &Gateway, stay: &Stay) {
        for wait in 0..stay.events.min(2) {
            let uri = self.uri(&format!("&wait={wait}"));
            let (status, answer) = json(gateway.get(&uri).await).await;
            assert_eq!(status, 200, "{answer}");
            for event in answer["events"].as_array().unwrap() {
                self.see(event.clone());
            }
            self.cursor = answer["cursor"].as_str().map(str::to_owned);
            self.over |= answer["end"] == true;
            write(self.workflow, stay.meanwhile);
        }
    }
}

async fn wander(stays: &[Stay], types: &[&str], last: Transport) {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w1");
    // Most of the history must be read again.
    let follow = FeedConfig {
        ring_events: 8,
        checkpoint_events: 16,
        ..FeedConfig::default()
    };
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let mut config = config();
        config.requests.per_second = 0;
        nodes.push(Gateway::start_following(engine.clone(), config, follow.clone()).await);
    }
    let mut wanderer = Wanderer {
        workflow: &workflow,
        types,
        cursor: None,
        seen: Vec::new(),
        over: false,
    };
    for stay in stays {
        write(&workflow, stay.before);
        wanderer.stay(&nodes[stay.node], stay).await;
    }
    workflow.complete(Json::null());
    let rest = Stay {
        before: 0,
        node: 0,
        transport: last,
        events: usize::MAX,
        meanwhile: 0,
    };
    while !wanderer.over {
        wanderer.stay(&nodes[0], &rest).await;
    }
    let mut all = workflow.events();
    all.last_mut().unwrap().end = true;
    let named = |name: &str| types.is_empty() || name == "signal.received";
    let wanted: Vec<_> = all
        .iter()
        .filter(|event| event.end || named(event.data.type_name()))
        .map(|event| serde_json::to_value(event).unwrap())
        .collect();
    assert_eq!(wanderer.seen, wanted);
}

// Covers EV-4.
#[test]
fn reconnecting_client_receives_each_event_once_and_in_order() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(32)
    });
    let stays = (vec(stay(), 0..8), any::<bool>(), stay());
    let outcome = runner.run(&stays, |(stays, all, last)| {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().start_paused(true).build().unwrap();
        let types: &[&str] = if all { &[] } else { &["signal.*"] };
        runtime.block_on(wander(&stays, types, last.transport));
        Ok(())
    });
    outcome.unwrap();
}
