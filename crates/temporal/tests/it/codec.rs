//! A payload codec between the gateway and Temporal.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{Query, SignalWorkflow, StartOptions, StartWorkflow, Wait},
};
use fast_temporal_protocol::{EventData, Json};
use fast_temporal_temporal::{TemporalConfig, TemporalEngine};
use fast_temporal_testkit::dev_server::{TestServer, start, start_with};
use futures_util::future::BoxFuture;
use temporalio_common::{
    data_converters::{PayloadCodec, PayloadConversionError, SerializationContextData},
    protos::temporal::api::common::v1::Payload,
};

use crate::{
    engine::{
        update::{failure, outcome, update},
        with_update::with_update,
        workflow,
    },
    worker::Worker,
};

/// "Encrypts" by turning bits, while it is there.
#[derive(Default)]
struct Turn {
    away: AtomicBool,
}

type Coded = BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>>;

impl Turn {
    fn turn(&self, mut payloads: Vec<Payload>) -> Coded {
        let away = self.away.load(Ordering::Relaxed);
        for byte in payloads.iter_mut().flat_map(|payload| &mut payload.data) {
            *byte = !*byte;
        }
        Box::pin(async move {
            if away {
                return Err(PayloadConversionError::EncodingError(
                    "the codec is away".into(),
                ));
            }
            Ok(payloads)
        })
    }
}

impl PayloadCodec for Turn {
    fn encode(&self, _: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        self.turn(payloads)
    }

    fn decode(&self, _: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        self.turn(payloads)
    }
}

/// "Encrypts" by a word before the text, and takes nothing that lacks it.
struct Seal;

const SEAL: &str = "sealed:";

impl PayloadCodec for Seal {
    fn encode(&self, _: &SerializationContextData, mut payloads: Vec<Payload>) -> Coded {
        for payload in &mut payloads {
            payload.data.splice(..0, SEAL.bytes());
        }
        Box::pin(async { Ok(payloads) })
    }

    fn decode(&self, _: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        let open = |mut payload: Payload| {
            let rest = payload.data.strip_prefix(SEAL.as_bytes());
            let rest = rest.ok_or("no seal")?.to_vec();
            payload.data = rest;
            Ok(payload)
        };
        let opened: Result<_, &str> = payloads.into_iter().map(open).collect();
        let opened = opened.map_err(|why| PayloadConversionError::EncodingError(why.into()));
        Box::pin(async { opened })
    }
}

fn sealing(server: &TestServer) -> TemporalEngine {
    let config = TemporalConfig {
        codec: Some(Arc::new(Seal)),
        ..server.config()
    };
    TemporalEngine::new(config).unwrap()
}

fn json(text: &str) -> Json {
    Json::from_text(text.into()).unwrap()
}

#[tokio::test]
async fn whatever_is_sent_to_a_workflow_and_comes_from_it_passes_through_the_codec() {
    let server = start().await;
    let engine = sealing(&server);
    let mut worker = Worker::sealed(&server, SEAL);
    let with_start = with_update("coded", None);
    let (started, ()) = tokio::join!(engine.start(with_start), worker.complete_update(Ok("1")));
    assert_eq!(outcome(&started.unwrap().update.unwrap()), Some(Ok("1")));

    let sent = engine.update(update("coded", "2"));
    let (updated, ()) = tokio::join!(sent, worker.reject_update("not so"));
    assert_eq!(outcome(&updated.unwrap()), Some(Err(&failure("not so"))));

    let query = Query {
        workflow_id: "coded".into(),
        run_id: None,
        name: "how".into(),
        args: vec![json("2")],
        timeout: Duration::from_secs(10),
    };
    let (answer, ()) = tokio::join!(engine.query(query), worker.answer_query(Ok("[3]")));
    assert_eq!(answer.unwrap(), json("[3]"));

    let signal = SignalWorkflow {
        workflow_id: "coded".into(),
        run_id: None,
        name: "go".into(),
        args: vec![json("4")],
        request_id: None,
    };
    engine.signal(signal).await.unwrap();
    let signals = worker.signals("coded", "").await;
    assert_eq!(signals, [("go".to_owned(), b"sealed:4".to_vec())]);
}

#[tokio::test]
async fn what_temporal_keeps_of_a_workflow_passes_through_the_codec_but_for_search_attributes() {
    let server = start_with(|config| {
        config.extra_args = vec!["--search-attribute".into(), "FtText=Keyword".into()];
    })
    .await;
    let engine = sealing(&server);
    let mut worker = Worker::sealed(&server, SEAL);
    let options = StartOptions {
        memo: [("note".to_owned(), json(r#""private""#))].into(),
        search_attributes: [("FtText".to_owned(), json(r#""public""#))].into(),
        summary: Some("label".into()),
        ..StartOptions::default()
    };
    let start = StartWorkflow {
        options: options.clone(),
        ..workflow("kept")
    };
    engine.start(start).await.unwrap();
    worker.schedule_activity("try").await;
    let attempt = worker.take_activity().await;
    worker.heartbeat(&attempt, "0.5").await;
    worker.fail_activity(attempt, "not yet").await;

    let details = engine.details("kept", None).await.unwrap();
    assert_eq!(details.memo, options.memo);
    // Temporal adds some of its own.
    assert_eq!(details.search_attributes["FtText"], json(r#""public""#));
    let activity = &details.pending_activities[0];
    assert_eq!(activity.heartbeat_details, [json("0.5")]);
    assert_eq!(activity.last_failure, Some(failure("not yet")));

    let started = worker.started("kept").await;
    let stored = &started.memo.unwrap().fields["note"].data;
    assert_eq!(stored, br#"sealed:"private""#);
    let stored = &started.search_attributes.unwrap().indexed_fields["FtText"].data;
    assert_eq!(stored, br#""public""#);
    let labels = worker.history("kept", "").await.remove(0).user_metadata;
    assert_eq!(labels.unwrap().summary.unwrap().data, br#"sealed:"label""#);
}

#[tokio::test]
async fn payloads_pass_through_the_codec_both_ways_and_wait_for_one_that_is_away() {
    let server = start().await;
    let codec = Arc::new(Turn::default());
    let config = TemporalConfig {
        codec: Some(codec.clone()),
        ..server.config()
    };
    let engine = TemporalEngine::new(config).unwrap();
    let secret = Json::from_text(r#"{"text":"secret"}"#.into()).unwrap();
    let workflow = workflow("coded");
    let start = StartWorkflow {
        args: vec![secret.clone()],
        signal: Some(("go".into(), vec![secret.clone()])),
        ..workflow
    };
    let run_id = engine.start(start.clone()).await.unwrap().run_id;
    let stored = Worker::new(&server).input("coded").await;
    assert!(
        !stored.windows(6).any(|window| window == b"secret"),
        "Temporal holds it encoded"
    );

    let mut source = engine.open(&start.workflow_id, &run_id);
    codec.away.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        let error = source.next(Wait::NoWait).await.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Unavailable);
        assert!(error.message.contains("the codec is away"), "{error}");
    }
    codec.away.store(false, Ordering::Relaxed);
    let page = source.next(Wait::NoWait).await.unwrap();
    let EventData::WorkflowStarted(started) = &page.events[0].data else {
        panic!("{page:?}")
    };
    assert_eq!(started.input, std::slice::from_ref(&secret));
    let EventData::SignalReceived(signal) = &page.events[1].data else {
        panic!("{page:?}")
    };
    assert_eq!(signal.input, [secret]);
}
