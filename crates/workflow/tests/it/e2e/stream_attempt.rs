//! A retried activity that publishes.

use fast_temporal_workflow::stream::{Attempts, ItemStatus};

use crate::support::{
    stream_workflow::with_rust_workflow,
    workflow::manual_stream::{Command, count_origin},
};

#[tokio::test(flavor = "multi_thread")]
async fn items_of_a_failed_attempt_are_superseded() {
    with_rust_workflow(async |_, workflow| {
        let run_id = workflow.run_id().await;
        workflow.send(Command::Count { to: 6 }).await;
        let mut subscriber = workflow.subscribe();
        let mut attempts = Attempts::default();
        let mut numbers: Vec<u32> = Vec::new();
        // Three items of the first attempt, six of the second.
        for n in 0..9 {
            let item = subscriber.item().await;
            let attempt = if n < 3 { 1 } else { 2 };
            assert_eq!(item.origin(), Some(count_origin(&run_id, attempt)));
            match attempts.classify(&item.topic, item.origin().as_ref()) {
                ItemStatus::Current => {}
                ItemStatus::Supersedes => {
                    assert_eq!((n, numbers.len()), (3, 3));
                    numbers.clear();
                }
                ItemStatus::Superseded => panic!("the first attempt published after the second"),
            }
            numbers.push(item.value().unwrap());
        }
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
        workflow.send(Command::Finish).await;
        subscriber.expect_end().await;
        assert_eq!(workflow.result().await, "done");
        workflow.assert_replays().await;
    })
    .await;
}
