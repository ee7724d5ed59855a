//! An activity that is tried again.

use fast_temporal_testkit::dev_server;
use fast_temporal_workflow::stream::{Attempts, Standing};

use super::{
    fixture::{TASK_QUEUE, Workflow, connect, with_worker},
    workflow::{Command, count_origin},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_an_attempt_published_that_failed_is_told_from_what_counts() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        let run_id = workflow.run_id().await;
        workflow.tell(Command::Count { to: 6 }).await;
        let mut reader = workflow.read();
        let mut attempts = Attempts::default();
        let mut numbers: Vec<u32> = Vec::new();
        // Three of the first attempt, six of the second.
        for n in 0..9 {
            let item = reader.item().await;
            let attempt = if n < 3 { 1 } else { 2 };
            assert_eq!(item.origin(), Some(count_origin(&run_id, attempt)));
            match attempts.judge(&item.topic, item.origin().as_ref()) {
                Standing::Current => {}
                Standing::Supersedes => {
                    assert_eq!((n, numbers.len()), (3, 3));
                    numbers.clear();
                }
                Standing::Superseded => panic!("attempts came one after the other"),
            }
            numbers.push(item.value().unwrap());
        }
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
        workflow.tell(Command::Finish).await;
        reader.ends().await;
        assert_eq!(workflow.result().await, "done");
        workflow.replays().await;
    })
    .await;
}
