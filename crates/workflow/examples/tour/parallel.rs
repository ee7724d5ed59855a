//! Concurrent activities, each with its own id.

use fast_temporal_workflow::prelude::*;

pub struct Activities;

#[activities]
impl Activities {
    #[activity(name = "count_words")]
    async fn count_words(_ctx: ActivityContext, text: String) -> Result<usize, ActivityError> {
        Ok(text.split_whitespace().count())
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct CountWords;

#[fast_temporal_workflow::workflow_methods]
impl CountWords {
    #[run(name = "CountWords")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, texts: Vec<String>) -> WorkflowResult<usize> {
        let count = |text| {
            ctx.schedule_typed(Activities::count_words, text)
                .attempts(3)
        };
        let counts = join_all(texts.into_iter().map(|text| count(text).result())).await;
        let mut sum = 0;
        for count in counts {
            sum += count?;
        }
        Ok(sum)
    }
}
