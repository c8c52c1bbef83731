//! The read tools of each environment.
//!
//! Guarantee: what is asked for one environment is answered by the sources of no other; an environment that nobody
//! declared has no tools, and every call there is a failure.

use super::{ServerStatus, ToolDescription, ToolOutcome, Toolbox};
use async_trait::async_trait;
use domain::envelope::{Failure, FailureKind};
use domain::evidence::ToolCall;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Tools by the name of the environment.
#[derive(Clone)]
pub struct Toolboxes(Kept);

#[derive(Clone)]
enum Kept {
    Everywhere(Arc<dyn Toolbox>),
    Each(Arc<BTreeMap<String, Arc<dyn Toolbox>>>),
}

impl Toolboxes {
    /// Each environment has its own.
    pub fn each(tools: BTreeMap<String, Arc<dyn Toolbox>>) -> Self {
        Self(Kept::Each(Arc::new(tools)))
    }

    /// The same tools for all environments.
    pub fn everywhere(toolbox: Arc<dyn Toolbox>) -> Self {
        Self(Kept::Everywhere(toolbox))
    }

    /// The tools of an environment.
    pub fn of(&self, environment: &str) -> Arc<dyn Toolbox> {
        match &self.0 {
            Kept::Everywhere(toolbox) => Arc::clone(toolbox),
            Kept::Each(tools) => match tools.get(environment) {
                Some(toolbox) => Arc::clone(toolbox),
                None => Arc::new(Nowhere(environment.to_owned())),
            },
        }
    }
}

/// The tools of an environment that is not declared.
struct Nowhere(String);

#[async_trait]
impl Toolbox for Nowhere {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        Vec::new()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        Vec::new()
    }

    async fn call(&self, call: ToolCall, _cancel: CancellationToken) -> ToolOutcome {
        let text = format!("{}: the environment {:?} is not in the settings", call.tool, self.0);
        let failure = Failure::new(FailureKind::BadRequest, text).with_hint("declare it as [environments.NAME]");
        ToolOutcome { result: Err(failure), cached: false, bytes: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    fn called(tools: &Toolboxes, environment: &str) -> Failure {
        let call = ToolCall { tool: "prometheus_query".to_owned(), arguments: serde_json::Map::new() };
        let outcome = tools.of(environment).call(call, CancellationToken::new()).now_or_never();
        outcome.and_then(|outcome| outcome.result.err()).unwrap()
    }

    #[test]
    fn a_heal_in_one_environment_was_judged_by_the_metrics_of_another() {
        let own = |name: &str| (name.to_owned(), Arc::new(Nowhere(format!("of {name}"))) as Arc<dyn Toolbox>);
        let tools = Toolboxes::each(BTreeMap::from([own("dev"), own("prod")]));
        assert!(called(&tools, "prod").message.contains("\"of prod\""));
        assert!(called(&tools, "dev").message.contains("\"of dev\""));
        let unknown = called(&tools, "staging");
        assert!(unknown.message.contains("\"staging\" is not in the settings"), "{unknown}");
    }
}
