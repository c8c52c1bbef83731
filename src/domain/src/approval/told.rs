//! What a person is told about their word.

use super::{Approval, COUNTDOWN_SECONDS, Outcome, Permitted, State};
use crate::person::Role;

impl Outcome {
    /// Whether the word changed how the approval stands.
    pub const fn did_something(self) -> bool {
        matches!(self, Self::Counted | Self::Granted | Self::Rejected | Self::TakenBack)
    }

    /// What to tell the person who said it, with how the approval stands now: what happened, or why nothing did and what
    /// to do. Plain text; names nobody.
    pub fn told(self, approval: &Approval) -> String {
        match self {
            Self::Counted => format!("Your approval counts. {}", missing(approval)),
            Self::Granted => format!(
                "Approved. It begins {COUNTDOWN_SECONDS} seconds after this approval; until it has begun you can take your word back."
            ),
            Self::Rejected => "Rejected: it will not be done. A new plan would be asked for anew.".to_owned(),
            Self::TakenBack => format!("Your approval is taken back: nothing begins. {}", missing(approval)),
            Self::SaidBefore => nothing("you said the same before, and each person has one word."),
            Self::NothingToTakeBack => nothing("there is no such word of yours on this plan that could be taken back."),
            Self::IsProgram => nothing("programs may not decide."),
            Self::NotPermitted => {
                format!("You may not decide this: {} Nothing was changed.", who_may(&approval.permitted))
            }
            Self::IsProposer => {
                nothing("you proposed this and approved it already; the other approval must come from somebody else.")
            }
            Self::OtherPlan => nothing(
                "the plan that you were shown is not the one that would be carried out. Look at the newest message about it.",
            ),
            Self::Expired if approval.state.is_open() => nothing(
                "it is too late to approve this: it would expire before it could begin. It can still be rejected.",
            ),
            Self::Expired => nothing("this has expired. If it is still needed, it must be planned and asked for anew."),
            Self::Decided => nothing(decided(approval.state)),
            Self::ClockBehind => nothing(
                "the clock of the machine that runs me is behind. Ask an operator to look at its time, or try again in a minute.",
            ),
        }
    }
}

fn nothing(why: &str) -> String {
    format!("Nothing was changed: {why}")
}

fn missing(approval: &Approval) -> String {
    let (given, needed) = (approval.approvers().len(), approval.permitted.needed());
    let more = match approval.missing() {
        1 => "one more person is needed".to_owned(),
        more => format!("{more} more people are needed"),
    };
    format!("{given} of {needed} approvals are given; {more}.")
}

fn decided(state: State) -> &'static str {
    match state {
        State::Started => "this has begun already and cannot be taken back here any more.",
        State::Rejected => "this was rejected already, and stays so.",
        State::Withdrawn => "this plan was replaced or is not needed any more.",
        State::Granted => "this is approved already and begins in a moment. It can still be rejected.",
        State::Expired => "this has expired.",
        State::Pending => "this was being decided by somebody else at the same moment. Try again.",
    }
}

fn who_may(permitted: &Permitted) -> String {
    let role = permitted.role.map(|role| match role.max(Role::Approver) {
        Role::Admin => "admins",
        Role::Approver | Role::Responder | Role::Viewer => "approvers",
    });
    let named = (!permitted.people.is_empty()).then_some("people who are named for it");
    let groups = (!permitted.groups.is_empty()).then_some("members of groups that are named for it");
    let ways: Vec<&str> = [role, named, groups].into_iter().flatten().collect();
    if ways.is_empty() { "nobody is named for it.".to_owned() } else { format!("it takes {}.", ways.join(" or ")) }
}
