//! An activity that streams its text, fails half way and is retried, and a subscriber that shows
//! the text without duplicates.

use fast_temporal_workflow::{
    prelude::*,
    stream::{Attempts, ItemStatus, Publisher, PublisherConfig, Subscriber, SubscriberConfig},
};
use futures::TryStreamExt as _;
use temporalio_client::Client;

pub struct Activities;

#[activities]
impl Activities {
    #[activity(name = "write")]
    async fn write(ctx: ActivityContext, text: String) -> Result<(), ActivityError> {
        let publisher = Publisher::from_activity(&ctx, PublisherConfig::default())?;
        for (n, word) in text.split_inclusive(' ').enumerate() {
            if n == 5 && ctx.info().attempt == 1 {
                return Err(anyhow::anyhow!("the first attempt fails").into());
            }
            publisher.publish("words", &word.to_owned()).await?;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        // Waits until all items are delivered, and fails the attempt if they are not.
        Ok(publisher.close().await?)
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct Writing;

#[fast_temporal_workflow::workflow_methods]
impl Writing {
    #[run(name = "Writing")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, text: String) -> WorkflowResult<Value> {
        let write = ctx.schedule_typed(Activities::write, text);
        write.attempts(2).await;
        ctx.set_result(&"written");
        ctx.finish().await
    }
}

/// Prints the text, and restarts it when a new attempt publishes.
pub async fn show(client: &Client, id: &str) -> anyhow::Result<()> {
    let mut items = Subscriber::new(client, id, SubscriberConfig::topics(["words"]));
    let (mut attempts, mut text) = (Attempts::default(), String::new());
    while let Some(item) = items.try_next().await? {
        match attempts.classify(&item.topic, item.origin().as_ref()) {
            ItemStatus::Current => {}
            ItemStatus::Supersedes => text.clear(),
            ItemStatus::Superseded => continue,
        }
        text.push_str(&item.value::<String>()?);
        println!("{text}");
    }
    Ok(())
}
