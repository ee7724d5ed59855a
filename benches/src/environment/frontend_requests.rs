//! How many requests Temporal's frontend has received, and how many are open.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context as _, Result};

use crate::{client::http::get_text, figure::whole};

/// The operation by which history is read.
const HISTORY: &str = "GetWorkflowExecutionHistory";
/// The server's name of that operation if the request waits for new events.
const HISTORY_POLL: &str = "PollWorkflowExecutionHistory";

/// A reading of the frontend's metrics, for the default namespace.
pub struct FrontendRequests {
    /// Requests so far, by operation.
    total: BTreeMap<String, u64>,
    /// Requests being served now, by operation.
    pending: BTreeMap<String, u64>,
}

impl FrontendRequests {
    /// Reads them.
    pub async fn read(metrics: SocketAddr) -> Result<Self> {
        let text = get_text(metrics, "/metrics")
            .await
            .context("Temporal's metrics")?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        Self {
            total: by_operation(text, "service_requests{"),
            pending: by_operation(text, "service_pending_requests{"),
        }
    }

    /// Reads of history that are open now.
    pub fn open_history_reads(&self) -> u64 {
        history(&self.pending)
    }

    /// Reads of history that were made since an earlier reading.
    pub fn history_reads_since(&self, earlier: &Self) -> u64 {
        history(&self.total).saturating_sub(history(&earlier.total))
    }

    /// All requests that were made since an earlier reading, by operation.
    pub fn since(&self, earlier: &Self) -> BTreeMap<String, u64> {
        let before = |operation| earlier.total.get(operation).copied().unwrap_or(0);
        let made = self
            .total
            .iter()
            .map(|(name, total)| (name.clone(), total.saturating_sub(before(name))));
        made.filter(|(_, made)| *made > 0).collect()
    }
}

fn history(counts: &BTreeMap<String, u64>) -> u64 {
    [HISTORY, HISTORY_POLL]
        .iter()
        .filter_map(|operation| counts.get(*operation))
        .sum()
}

/// The values of a metric's lines for the frontend and the default namespace.
fn by_operation(text: &str, metric: &str) -> BTreeMap<String, u64> {
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix(metric)?.split_once("} "));
    let ours = lines.filter(|(labels, _)| {
        labels.contains("service_name=\"frontend\"") && labels.contains("namespace=\"default\"")
    });
    ours.filter_map(|(labels, value)| {
        let (_, operation) = labels.split_once("operation=\"")?;
        let (operation, _) = operation.split_once('"')?;
        Some((operation.to_owned(), whole(value.parse().ok()?)))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::FrontendRequests;

    const EARLIER: &str = r#"
service_pending_requests{namespace="default",operation="PollActivityTaskQueue",service_name="frontend"} 2
service_requests{namespace="default",operation="GetWorkflowExecutionHistory",service_name="frontend"} 4
service_requests{namespace="default",operation="GetWorkflowExecutionHistory",service_name="history"} 9
"#;
    const LATER: &str = r#"
service_pending_requests{namespace="default",operation="GetWorkflowExecutionHistory",service_name="frontend"} 3
service_requests{namespace="default",operation="GetWorkflowExecutionHistory",service_name="frontend"} 1.0e+01
service_requests{namespace="other",operation="GetWorkflowExecutionHistory",service_name="frontend"} 7
"#;

    #[test]
    fn requests_are_those_of_the_frontend_and_the_default_namespace() {
        let (earlier, later) = (
            FrontendRequests::parse(EARLIER),
            FrontendRequests::parse(LATER),
        );
        assert_eq!(later.history_reads_since(&earlier), 6);
        assert_eq!(
            (earlier.open_history_reads(), later.open_history_reads()),
            (0, 3)
        );
        assert_eq!(later.since(&earlier).len(), 1);
    }
}
