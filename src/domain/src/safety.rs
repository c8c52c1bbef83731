//! The second reader: looks at a plan's call and at the object with eyes of its own, and objects.
//!
//! Guarantees (invariant 3): it shares no code with whoever plans: it reads the call as it would be sent (server, tool,
//! arguments) and not the typed action, and the object's manifest and not what the planner made of it; what it cannot see
//! it objects to. Only a plan without an objection becomes [`Reviewed`].
//!
//! What it holds a call to: the tool is known and changes something; the arguments are those that the tool takes, and name
//! the object of the plan, which is the object that was seen, in the version that was seen; namespaces of the system and
//! protected ones are left alone; amounts change by a small factor; images stay in their repository; the class is not
//! milder than what is seen makes it; the undo restores what is seen; the plan has time left and at most an hour; its
//! texts can be shown.
//!
//! Deliberately absent: whether it should be done now (`policy`), and whether it is a good idea (`strategy`).

mod amount;
mod arguments;
mod class;
mod hold;
mod jobs;
mod nodes;
mod object;
mod observed;
mod scaling;
mod silences;
mod template;
mod texts;
mod time;
mod undo;
mod version;
mod webhooks;

#[cfg(test)]
mod tests;

pub use observed::{DeclaredWebhook, Observed, Rules};
pub use texts::is_plain;

use crate::plan::{Drafted, Plan};

/// A plan that a second reader found nothing against. Made by [`review`] alone.
///
/// ```compile_fail
/// fn read<T: serde::de::DeserializeOwned>() {}
/// read::<domain::safety::Reviewed>();
/// ```
#[derive(Debug, PartialEq)]
pub struct Reviewed {
    plan: Plan,
    digest: String,
}

impl Reviewed {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its digest.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The plan, which is no longer reviewed: whoever is asked takes time, and the object is looked at again after it.
    pub fn into_plan(self) -> Plan {
        self.plan
    }

    /// Plan and digest, for the last stage.
    pub(crate) fn into_parts(self) -> (Plan, String) {
        (self.plan, self.digest)
    }
}

/// A plan that must not be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The plan.
    pub plan: Box<Plan>,
    /// Why, one sentence each.
    pub objections: Vec<String>,
}

/// Reads a plan beside what was seen of its object just now.
///
/// # Errors
/// [`Refused`] with everything that speaks against it.
pub fn review(drafted: Drafted, seen: &Observed, rules: &Rules) -> Result<Reviewed, Refused> {
    let objections = objections(drafted.plan(), seen, rules);
    let (plan, digest) = drafted.into_parts();
    if objections.is_empty() {
        Ok(Reviewed { plan, digest })
    } else {
        Err(Refused { plan: Box::new(plan), objections })
    }
}

/// Everything that speaks against a plan, in the order in which a person would ask.
fn objections(plan: &Plan, seen: &Observed, rules: &Rules) -> Vec<String> {
    let mut said = hold::Objections::default();
    object::review(plan, seen, rules, &mut said);
    arguments::review(plan, &mut said);
    let reading = hold::Reading { arguments: &plan.call.arguments, plan, seen, rules };
    match plan.call.tool.as_str() {
        "scale" => scaling::replicas(reading, &mut said),
        "set_hpa_bounds" => scaling::bounds(reading, &mut said),
        "rollout_restart" => template::restart(reading, &mut said),
        "rollout_undo" => template::revision(reading, &mut said),
        "set_resources" => template::resources(reading, &mut said),
        "set_image" => template::image(reading, &mut said),
        "delete_pod" => jobs::pod(reading, &mut said),
        "delete_job" => jobs::delete(reading, &mut said),
        "suspend_job" => jobs::suspend(reading, true, &mut said),
        "resume_job" => jobs::suspend(reading, false, &mut said),
        "cordon" => nodes::cordon(reading, true, &mut said),
        "uncordon" => nodes::cordon(reading, false, &mut said),
        "drain" => nodes::drain(reading, &mut said),
        "silence_create" => silences::create(reading, &mut said),
        "silence_expire" => silences::expire(reading, &mut said),
        "call_webhook" => webhooks::call(reading, &mut said),
        other => said.say(format!("the second reader does not know the tool {other:?}")),
    }
    class::review(reading, &mut said);
    undo::review(reading, &mut said);
    time::review(plan, seen, &mut said);
    texts::review(plan, &mut said);
    said.into_list()
}
