//! One look at one environment: all lists at once, each with its deadline, and then what is made of them.

use super::asking::{Looked, edges, rows_of_list, silences};
use super::known::Moment;
use super::{Environment, LookedAround, Part, lock};
use domain::envelope::{Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::observed::Table;
use domain::playbook::calls;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long one list may take, all its pages together.
const LOOK: Duration = Duration::from_secs(30);

/// Traces whose calls are read in one look; the edges of many looks are taken together.
const TRACES: u32 = 20;

/// Silences of a page, the most that the tool gives.
const SILENCES: u32 = 200;

impl LookedAround {
    /// Looks once. What was not seen leaves what is known as it is.
    pub(super) async fn look_at(&self, environment: &Environment, stop: &CancellationToken) {
        // Whatever is given up, by deadline or by a stop, is not left to go on at its backend.
        let cancel = stop.child_token();
        let _until_the_end = cancel.clone().drop_guard();
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            _ = async { tokio::join!(self.see_silences(environment, &cancel), self.see_graph(environment, &cancel)) } => {
                let has_seen = lock(&environment.known).has_seen_the_cluster();
                environment.has_looked.fetch_or(has_seen, Ordering::Relaxed);
            }
        }
    }

    async fn see_silences(&self, environment: &Environment, cancel: &CancellationToken) {
        let place = &environment.place;
        let call = with_instance("prometheus_silences", [("limit", json!(SILENCES))], place.prometheus.as_deref());
        let tools = self.tools.of(&place.environment);
        let seen = within(silences(&*tools, call, &place.environment, cancel)).await;
        if cancel.is_cancelled() {
            return;
        }
        self.tell(environment, Part::Silences, &seen);
        lock(&environment.known).silences.take(seen, self.moment());
        self.swap_rules();
    }

    async fn see_graph(&self, environment: &Environment, cancel: &CancellationToken) {
        let place = &environment.place;
        let tools = &*self.tools.of(&place.environment);
        let list = |kind: &str| calls::list(place.cluster.as_deref(), kind, None);
        let map = with_instance("tempo_service_map", [("traces", json!(TRACES))], place.tempo.as_deref());
        let (workloads, pods, services, called) = tokio::join!(
            within(rows_of_list(tools, list("workloads"), Table::typed, cancel)),
            within(rows_of_list(tools, list("Pod"), Table::typed, cancel)),
            within(rows_of_list(tools, list("Service"), Table::typed, cancel)),
            within(edges(tools, map, cancel)),
        );
        if cancel.is_cancelled() {
            return;
        }
        self.tell(environment, Part::Workloads, &workloads);
        self.tell(environment, Part::Pods, &pods);
        self.tell(environment, Part::Services, &services);
        self.tell(environment, Part::Calls, &called);
        let moment = self.moment();
        let graph = {
            let mut known = lock(&environment.known);
            known.workloads.take(workloads, moment);
            known.pods.take(pods, moment);
            known.services.take(services, moment);
            known.take_calls(called, moment);
            known.graph()
        };
        *lock(&environment.topology) = Arc::new(graph);
    }

    fn moment(&self) -> Moment {
        Moment { at: self.clock.now(), instant: Instant::now() }
    }

    /// Says once that something cannot be seen any more, and once that it can be again.
    fn tell<T>(&self, environment: &Environment, part: Part, seen: &Result<Looked<T>, Failure>) {
        let name = &environment.place.environment;
        let was_failing = lock(&environment.known).is_failing(part);
        match seen {
            Err(failure) if !was_failing => {
                tracing::warn!(environment = name, %part, %failure, "cannot be seen; what was known before still counts");
            }
            Ok(_) if was_failing => tracing::info!(environment = name, %part, "is seen again"),
            _ => {}
        }
    }
}

/// A call with the instance that is asked, where there are several.
fn with_instance<const N: usize>(tool: &str, arguments: [(&str, Value); N], instance: Option<&str>) -> ToolCall {
    let given = arguments.into_iter().map(|(name, value)| (name.to_owned(), value));
    let instance = instance.map(|instance| ("instance".to_owned(), json!(instance)));
    ToolCall { tool: tool.to_owned(), arguments: given.chain(instance).collect::<Map<String, Value>>() }
}

/// What was seen, or that there was no answer in time.
async fn within<T>(look: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::time::timeout(LOOK, look).await.unwrap_or_else(|_| {
        let message = format!("no answer came within {} s", LOOK.as_secs());
        Err(Failure::new(FailureKind::Timeout, message).with_hint("look at the health of the backend"))
    })
}
