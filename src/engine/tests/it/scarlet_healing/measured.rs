//! Measuring through the read tools.

use super::script::{object, plan};
use crate::shaky::{began, clock, incident};
use async_trait::async_trait;
use domain::envelope::Envelope;
use domain::evidence::ToolCall;
use domain::verification::Outcome;
use engine::scarlet::reconciler::ByReading;
use engine::scarlet::reconciler::seams::Measures as _;
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome, Toolbox, Toolboxes};
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Tells that the workload is ready; from a cache or not.
struct Ready(bool);

#[async_trait]
impl Toolbox for Ready {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        Vec::new()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        Vec::new()
    }

    async fn call(&self, _call: ToolCall, _cancel: CancellationToken) -> ToolOutcome {
        let rollout = json!({"object": object(), "state": "complete", "why": "", "desired": 3, "updated": 3, "ready": 3,
            "available": 3, "old": 0});
        ToolOutcome { result: Ok(Envelope::whole(rollout, 1)), cached: self.0, bytes: 0 }
    }
}

#[tokio::test]
async fn an_answer_from_before_the_action_was_taken_for_its_success() {
    for (cached, outcome) in [(false, Outcome::Better), (true, Outcome::CannotTell)] {
        let measures = ByReading::new(Toolboxes::everywhere(Arc::new(Ready(cached))), clock());
        let since = began() - chrono::TimeDelta::seconds(400);
        let (measured, told) = measures.measure(&incident("INC-1"), &plan("INC-1.1", began()), since).await;
        assert_eq!(measured, outcome, "{told}");
        assert_eq!(told.contains("from a cache"), cached, "{told}");
    }
}
