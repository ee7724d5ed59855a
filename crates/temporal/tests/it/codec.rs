//! A payload codec between the gateway and Temporal.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{StartWorkflow, Wait},
};
use fast_temporal_protocol::{EventData, Json};
use fast_temporal_temporal::{TemporalConfig, TemporalEngine};
use fast_temporal_testkit::dev_server::start;
use futures_util::future::BoxFuture;
use temporalio_common::{
    data_converters::{PayloadCodec, PayloadConversionError, SerializationContextData},
    protos::temporal::api::common::v1::Payload,
};

use crate::{engine::workflow, worker::Worker};

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
        let error = source.next(Wait::Short).await.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Unavailable);
        assert!(error.message.contains("the codec is away"), "{error}");
    }
    codec.away.store(false, Ordering::Relaxed);
    let page = source.next(Wait::Short).await.unwrap();
    let EventData::WorkflowStarted(started) = &page.events[0].data else {
        panic!("{page:?}")
    };
    assert_eq!(started.input, std::slice::from_ref(&secret));
    let EventData::SignalReceived(signal) = &page.events[1].data else {
        panic!("{page:?}")
    };
    assert_eq!(signal.input, [secret]);
}
