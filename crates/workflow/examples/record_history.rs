//! Records the history of a workflow for replay tests: `record_history URL WORKFLOW_ID > FILE`.

use fast_temporal_workflow::{connect, testing};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the history is the output")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(workflow_id)) = (arguments.next(), arguments.next()) else {
        return Err("usage: record_history URL WORKFLOW_ID".into());
    };
    let client = connect(&url, "default").await?;
    print!("{}", testing::record(&client, &workflow_id).await?);
    Ok(())
}
