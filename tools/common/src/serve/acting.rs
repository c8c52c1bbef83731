//! Calls of an act server: admitted, written down, made, and ended with a word on what may have been done.
//!
//! Guarantees: what is not admitted is not made and does not stand as asked; a call that is stopped, or late, has some
//! seconds to tell what it did before it is cut; one that failed in a way that leaves its effect open says so; a server
//! that stops tells its calls, and waits for their ends. Deliberately absent: undoing what was begun.

use super::adapter::{Adapter, Mode, Served, panicked};
use super::places::Place;
use crate::act::{Act, Authority, Call};
use crate::args;
use crate::server::CallContext;
use domain::envelope::{Envelope, Failure, FailureKind};
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A change that is stopped or late has this long to end by itself: it alone knows what it did.
const GRACE: Duration = Duration::from_secs(5);

/// A tool that holds its deadline by itself is not told that somebody stopped it.
const OWN_DEADLINE: Duration = Duration::from_millis(500);

/// How long answers of ended calls may take to leave a server that stops.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// The calls of an act server that are under way.
#[derive(Default)]
pub(super) struct OpenCalls {
    stopping: CancellationToken,
    open: TaskTracker,
}

/// A call that may be made now.
struct Begun<'a> {
    act: Act,
    arguments: Map<String, Value>,
    _place: Place<'a>,
}

impl Adapter {
    pub(super) async fn act(
        &self,
        authority: &Authority,
        served: &Served,
        arguments: Map<String, Value>,
        mut context: CallContext,
        grant: Option<&str>,
    ) -> Result<Envelope, Failure> {
        let _open = self.inner.calls.open.token();
        let tool = served.spec.name;
        let call = Call { server: self.inner.info.name, tool, arguments: &arguments, now: context.now };
        let mut record = authority.record(call, grant, &*self.clock);
        let begun = match self.begin(authority, served, &call, &context, grant).await {
            Ok(begun) => record.asked().await.map(|()| begun),
            Err(failure) => Err(failure),
        };
        let begun = match begun {
            Ok(begun) => begun,
            Err(failure) => {
                record.refused(&failure).await;
                return Err(failure);
            }
        };
        let is_dry_run = begun.act.is_dry_run();
        context.act = Some(begun.act);
        let (mut result, answered) = self.within_grace(tool, begun.arguments, context).await;
        if let Err(failure) = &mut result
            && (!answered || matches!(failure.kind, FailureKind::Cancelled | FailureKind::Timeout))
            && !is_dry_run
        {
            failure.message.push_str("; what it had begun may have been done");
            failure.hint = Some("look at the object before anything is tried again".to_owned());
        }
        let outcome = match &result {
            Ok(_) => "done".to_owned(),
            Err(failure) => format!("failed: {failure}"),
        };
        record.ended(&outcome).await;
        result
    }

    /// Arguments first, so that a mistake in them does not use up a grant.
    async fn begin(
        &self,
        authority: &Authority,
        served: &Served,
        call: &Call<'_>,
        context: &CallContext,
        grant: Option<&str>,
    ) -> Result<Begun<'_>, Failure> {
        let mut arguments = args::check(&served.spec.input_schema, call.arguments.clone())?;
        if self.inner.calls.stopping.is_cancelled() {
            let failure = Failure::new(FailureKind::Refused, "this server stops, and begins nothing any more");
            return Err(failure.with_hint("nothing was done; ask again when it is back"));
        }
        let act = authority.admit(call, grant)?.into_act(&mut arguments)?;
        let place = context.bounded(&self.call_name(call.tool), self.inner.places.take()).await?;
        Ok(Begun { act, arguments, _place: place })
    }

    /// The tool's result, and whether it is its own: not where the tool panicked or was cut.
    async fn within_grace(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        context: CallContext,
    ) -> (Result<Envelope, Failure>, bool) {
        let (cancel, deadline, started) = (context.cancel.child_token(), context.deadline, Instant::now());
        let call = self.caught(tool, arguments, CallContext { cancel: cancel.clone(), ..context });
        let name = self.call_name(tool);
        let patience = async {
            let failure = tokio::select! {
                biased;
                () = cancel.cancelled() => Failure::new(FailureKind::Cancelled, format!("{name} was stopped on request")),
                () = self.inner.calls.stopping.cancelled() => {
                    Failure::new(FailureKind::Cancelled, format!("{name} was stopped, because its server stops"))
                }
                () = sleep_until(deadline + OWN_DEADLINE) => {
                    let waited = started.elapsed().as_secs_f64();
                    Failure::new(FailureKind::Timeout, format!("{name} gave no answer within {waited:.1} s"))
                }
            };
            cancel.cancel();
            sleep(GRACE).await;
            failure
        };
        tokio::select! {
            biased;
            result = call => match result {
                Some(result) => (result, true),
                None => (Err(panicked(tool)), false),
            },
            failure = patience => (Err(failure), false),
        }
    }

    /// Stops what an act server has under way, and waits for it; true when all had ended in time. A read server has
    /// nothing that must end.
    pub(super) async fn finish(&self, within: Duration) -> bool {
        if matches!(self.inner.mode, Mode::Read) {
            return true;
        }
        let calls = &self.inner.calls;
        calls.stopping.cancel();
        calls.open.close();
        if calls.open.is_empty() {
            return true;
        }
        let ended = timeout(within, calls.open.wait()).await.is_ok();
        sleep(LAST_WORDS).await;
        ended
    }
}
