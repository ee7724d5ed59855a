//! Reading a run's history: what is there, what comes, and what happens meanwhile.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{Page, Source, Wait},
};
use fast_temporal_temporal::TemporalEngine;
use fast_temporal_testkit::dev_server::{TestServer, start, start_with, start_with_database};
use tokio::time::{Instant, timeout};

use crate::{engine::workflow, worker::Worker};

/// How long what should happen soon may take.
const LIMIT: Duration = Duration::from_secs(10);

struct Followed {
    server: TestServer,
    engine: TemporalEngine,
    worker: Worker,
    workflow_id: Arc<str>,
    run_id: Arc<str>,
}

async fn run_on(server: TestServer) -> Followed {
    let engine = server.engine();
    let worker = Worker::new(&server);
    let run_id = engine.start(workflow("followed")).await.unwrap().run_id;
    Followed {
        server,
        engine,
        worker,
        workflow_id: "followed".into(),
        run_id,
    }
}

async fn start_with_setting(setting: &str) -> TestServer {
    let args = ["--dynamic-config-value", setting].map(str::to_owned);
    start_with(|config| config.extra_args = args.into()).await
}

impl Followed {
    fn open(&self) -> Box<dyn Source> {
        self.engine.open(&self.workflow_id, &self.run_id)
    }

    async fn signal(&mut self, name: &str) {
        self.worker.signal("followed", name).await;
    }
}

fn types(page: &Page) -> Vec<&str> {
    page.events
        .iter()
        .map(|event| event.data.type_name())
        .collect()
}

/// Reads on until nothing new is there, and gives the types of what was read.
async fn catch_up(source: &mut dyn Source) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let page = source.next(Wait::NoWait).await.unwrap();
        all.extend(types(&page).into_iter().map(str::to_owned));
        if page.caught_up || page.end.is_some() {
            return all;
        }
    }
}

#[tokio::test]
async fn an_open_run_is_read_to_its_tail_without_waiting() {
    let mut run = run_on(start().await).await;
    run.signal("a").await;
    let mut source = run.open();
    let page = source.next(Wait::NoWait).await.unwrap();
    assert_eq!(types(&page), ["workflow.started", "signal.received"]);
    assert!(!page.caught_up && !page.workflow_task_started && page.end.is_none());

    let asked = Instant::now();
    for _ in 0..3 {
        let page = source.next(Wait::NoWait).await.unwrap();
        assert_eq!(
            page,
            Page {
                caught_up: true,
                ..Page::default()
            }
        );
    }
    assert!(
        asked.elapsed() < Duration::from_millis(900),
        "{:?}",
        asked.elapsed()
    );

    run.worker.take().await;
    let page = source.next(Wait::NoWait).await.unwrap();
    assert!(
        page.workflow_task_started,
        "a worker has taken the first task"
    );
    run.signal("b").await;
    assert_eq!(catch_up(&mut *source).await, ["signal.received"]);
}

#[tokio::test]
async fn a_long_read_is_woken_by_what_happens() {
    let mut run = run_on(start().await).await;
    let mut source = run.open();
    catch_up(&mut *source).await;
    for name in ["a", "b", "c"] {
        // The signal makes a workflow task, too, which may be a page of its own.
        let next_signal = async {
            loop {
                let page = source.next(Wait::LongPoll).await.unwrap();
                if !page.events.is_empty() {
                    return page;
                }
            }
        };
        let next_signal = timeout(LIMIT, next_signal);
        let (page, ()) = tokio::join!(next_signal, run.worker.signal("followed", name));
        let page = page.expect("the read is woken");
        assert_eq!(types(&page), ["signal.received"]);
    }
}

#[tokio::test]
async fn a_long_read_of_a_silent_run_ends_empty_at_the_servers_limit() {
    let server = start_with_setting(r#"history.longPollExpirationInterval="2s""#).await;
    let mut run = run_on(server).await;
    let mut source = run.open();
    catch_up(&mut *source).await;
    let page = source.next(Wait::LongPoll).await.unwrap();
    assert!(page.caught_up && page.events.is_empty() && page.end.is_none());
    run.signal("a").await;
    assert_eq!(catch_up(&mut *source).await, ["signal.received"]);
}

#[tokio::test]
async fn a_closed_run_is_read_from_its_start_to_its_end() {
    let mut run = run_on(start().await).await;
    run.signal("a").await;
    run.worker.complete("42").await;
    for wait in [Wait::NoWait, Wait::LongPoll] {
        let mut source = run.open();
        let page = source.next(wait).await.unwrap();
        assert_eq!(
            types(&page),
            ["workflow.started", "signal.received", "workflow.completed"]
        );
        assert_eq!(page.end.clone().unwrap().successor, None);
        let again = source.next(wait).await.unwrap();
        assert_eq!(
            again,
            Page {
                events: Vec::new(),
                task_completed: false,
                ..page
            },
            "the end stays the end"
        );
    }
}

#[tokio::test]
async fn a_run_that_continued_names_its_successor() {
    let mut run = run_on(start().await).await;
    let mut source = run.open();
    catch_up(&mut *source).await;
    let ended = async {
        loop {
            let page = source.next(Wait::LongPoll).await.unwrap();
            if let Some(end) = page.end {
                return end;
            }
        }
    };
    let ended = timeout(LIMIT, ended);
    let (end, ()) = tokio::join!(ended, run.worker.continue_as_new());
    let end = end.expect("the run ends");
    let successor = run.engine.describe("followed", None).await.unwrap().run_id;
    assert_eq!(end.successor, Some(successor));
}

#[tokio::test]
async fn a_run_that_was_reset_ends_without_a_successor() {
    let mut run = run_on(start().await).await;
    run.worker.take().await;
    let mut source = run.open();
    catch_up(&mut *source).await;
    let new_run: Arc<str> = run.worker.reset("followed", &run.run_id).await.into();
    assert_eq!(catch_up(&mut *source).await, ["workflow.terminated"]);
    assert_eq!(
        source
            .next(Wait::NoWait)
            .await
            .unwrap()
            .end
            .unwrap()
            .successor,
        None
    );

    let mut source = run.engine.open(&run.workflow_id, &new_run);
    let page = source.next(Wait::NoWait).await.unwrap();
    assert!(
        types(&page).contains(&"workflow.reset"),
        "{:?}",
        types(&page)
    );
}

/// What a stuck workflow's tail shows is not in its history yet, and its ids are given to other
/// events later.
#[tokio::test]
async fn transient_tasks_at_the_tail_hide_nothing_that_follows() {
    let mut run = run_on(start().await).await;
    let mut source = run.open();
    for name in ["a", "b", "c"] {
        run.worker.fail().await;
        catch_up(&mut *source).await;
        run.signal(name).await;
    }
    let mut all = run.open();
    let signals = |types: Vec<String>| types.iter().filter(|t| *t == "signal.received").count();
    assert_eq!(signals(catch_up(&mut *all).await), 3);

    let mut live = source;
    let seen = signals(catch_up(&mut *live).await);
    assert_eq!(seen, 1, "the two before were read when they came");
}

#[tokio::test]
async fn a_fork_reads_the_same_and_moves_by_itself() {
    let mut run = run_on(start().await).await;
    let mut source = run.open();
    catch_up(&mut *source).await;
    let mut fork = source.fork();
    run.signal("a").await;
    assert_eq!(catch_up(&mut *source).await, ["signal.received"]);
    run.signal("b").await;
    assert_eq!(catch_up(&mut *source).await, ["signal.received"]);
    assert_eq!(
        catch_up(&mut *fork).await,
        ["signal.received", "signal.received"]
    );
}

#[tokio::test]
async fn a_dropped_read_loses_nothing_and_gives_nothing_twice() {
    let mut run = run_on(start().await).await;
    let mut source = run.open();
    catch_up(&mut *source).await;
    let mut seen = Vec::new();
    for round in 0..40 {
        run.signal("a").await;
        // Dropped at any moment between the request and the whole answer, or not at all.
        let patience = Duration::from_micros(250 * round);
        if let Ok(page) = timeout(patience, source.next(Wait::LongPoll)).await {
            seen.extend(page.unwrap().events);
        }
    }
    loop {
        let page = source.next(Wait::NoWait).await.unwrap();
        if page.caught_up {
            break;
        }
        seen.extend(page.events);
    }
    assert_eq!(seen.len(), 40);
    let places = seen.iter().map(|event| event.cursor.position);
    assert!(places.is_sorted_by(|a, b| a < b), "in order, none twice");
}

#[tokio::test]
async fn a_place_outlives_the_server() {
    let mut run = run_on(start_with_database().await).await;
    run.signal("a").await;
    let mut source = run.open();
    assert_eq!(
        catch_up(&mut *source).await,
        ["workflow.started", "signal.received"]
    );

    let (read, ()) = tokio::join!(source.next(Wait::LongPoll), run.server.kill());
    assert_eq!(read.unwrap_err().kind, EngineErrorKind::Unavailable);
    for wait in [Wait::NoWait, Wait::LongPoll] {
        let asked = Instant::now();
        let error = source.next(wait).await.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
        assert!(
            asked.elapsed() < Duration::from_secs(1),
            "it is told at once"
        );
    }

    run.server.restart().await;
    run.signal("b").await;
    let back = async {
        loop {
            match source.next(Wait::NoWait).await {
                Ok(page) if page.caught_up => {}
                Ok(page) => return page,
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
        }
    };
    let page = timeout(Duration::from_secs(20), back)
        .await
        .expect("the source reads on");
    assert_eq!(types(&page), ["signal.received"]);
}

#[tokio::test]
async fn an_unknown_run_is_not_found() {
    let run = run_on(start().await).await;
    let mut unknown_id = run.engine.open(&"no-such".into(), &run.run_id);
    let other_run = "00000000-0000-4000-8000-000000000000".into();
    let mut unknown_run = run.engine.open(&run.workflow_id, &other_run);
    for source in [&mut unknown_id, &mut unknown_run] {
        let error = source.next(Wait::LongPoll).await.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::NotFound, "{error}");
    }
}

#[tokio::test]
async fn a_poll_too_many_is_refused_as_busy() {
    let server = start_with_setting("frontend.namespaceCount=1").await;
    let run = run_on(server).await;
    let (mut one, mut other) = (run.open(), run.open());
    catch_up(&mut *one).await;
    catch_up(&mut *other).await;
    let refused = tokio::select! {
        read = one.next(Wait::LongPoll) => read,
        read = other.next(Wait::LongPoll) => read,
    };
    assert_eq!(refused.unwrap_err().kind, EngineErrorKind::Busy);
}

#[tokio::test]
async fn history_that_is_sent_as_it_is_stored_is_read_the_same() {
    let server = start_with_setting("frontend.sendRawWorkflowHistory=true").await;
    let mut run = run_on(server).await;
    let mut source = run.open();
    assert_eq!(catch_up(&mut *source).await, ["workflow.started"]);
    run.signal("a").await;
    assert_eq!(catch_up(&mut *source).await, ["signal.received"]);
}
