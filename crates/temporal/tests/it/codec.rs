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
use fast_temporal_protocol::EventData;
use fast_temporal_temporal::{TemporalConfig, TemporalEngine};
use futures_util::future::BoxFuture;
use temporalio_common::{
    data_converters::{PayloadCodec, PayloadConversionError, SerializationContextData},
    protos::temporal::api::common::v1::Payload,
};

use crate::support::{
    TestServer, Worker, failure, json, outcome, start, start_update, start_with, update, workflow,
};

/// "Encrypts" by inverting bits, unless it is unavailable.
#[derive(Default)]
struct InvertBits {
    unavailable: AtomicBool,
}

type Coded = BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>>;

impl InvertBits {
    fn invert(&self, mut payloads: Vec<Payload>) -> Coded {
        let unavailable = self.unavailable.load(Ordering::Relaxed);
        for byte in payloads.iter_mut().flat_map(|payload| &mut payload.data) {
            *byte = !*byte;
        }
        Box::pin(async move {
            if unavailable {
                return Err(PayloadConversionError::EncodingError(
                    "the codec is unavailable".into(),
                ));
            }
            Ok(payloads)
        })
    }
}

impl PayloadCodec for InvertBits {
    fn encode(&self, _: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        self.invert(payloads)
    }

    fn decode(&self, _: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        self.invert(payloads)
    }
}

/// "Encrypts" by a prefix, and rejects payloads without it.
struct Prefix;

const PREFIX: &str = "sealed:";

impl PayloadCodec for Prefix {
    fn encode(&self, _: &SerializationContextData, mut payloads: Vec<Payload>) -> Coded {
        for payload in &mut payloads {
            payload.data.splice(..0, PREFIX.bytes());
        }
        Box::pin(async { Ok(payloads) })
    }

    fn decode(&self, _: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        let open = |mut payload: Payload| {
            let rest = payload.data.strip_prefix(PREFIX.as_bytes());
            let rest = rest.ok_or("no prefix")?.to_vec();
            payload.data = rest;
            Ok(payload)
        };
        let opened: Result<_, &str> = payloads.into_iter().map(open).collect();
        let opened = opened.map_err(|why| PayloadConversionError::EncodingError(why.into()));
        Box::pin(async { opened })
    }
}

fn engine_with_prefix(server: &TestServer) -> TemporalEngine {
    let config = TemporalConfig {
        codec: Some(Arc::new(Prefix)),
        ..server.config()
    };
    TemporalEngine::new(config).unwrap()
}

#[tokio::test]
async fn requests_and_answers_pass_through_the_codec() {
    let server = start().await;
    let engine = engine_with_prefix(&server);
    let mut worker = Worker::with_prefix(&server, PREFIX);
    let start = StartWorkflow {
        update: Some(start_update("1")),
        ..workflow("coded")
    };
    let (started, ()) = tokio::join!(engine.start(start), worker.complete_update(Ok("1")));
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
    let signals = worker.signals("coded").await;
    assert_eq!(signals, [("go".to_owned(), b"sealed:4".to_vec())]);
}

#[tokio::test]
async fn stored_payloads_are_encoded_except_search_attributes() {
    let server = start_with(|config| {
        config.extra_args = vec!["--search-attribute".into(), "FtText=Keyword".into()];
    })
    .await;
    let engine = engine_with_prefix(&server);
    let mut worker = Worker::with_prefix(&server, PREFIX);
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
    let attempt = worker.start_activity().await;
    worker.heartbeat(&attempt, "0.5").await;
    worker.fail_attempt(attempt, "not yet").await;

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
async fn source_stalls_while_the_codec_is_unavailable() {
    let server = start().await;
    let codec = Arc::new(InvertBits::default());
    let config = TemporalConfig {
        codec: Some(codec.clone()),
        ..server.config()
    };
    let engine = TemporalEngine::new(config).unwrap();
    let secret = json(r#"{"text":"secret"}"#);
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
        "Temporal stores it encoded"
    );

    let mut source = engine.open(&start.workflow_id, &run_id);
    codec.unavailable.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        let error = source.next(Wait::NoWait).await.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Unavailable);
        assert!(
            error.message.contains("the codec is unavailable"),
            "{error}"
        );
    }
    codec.unavailable.store(false, Ordering::Relaxed);
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
