//! What sort of answer it is, as far as the voice minds.

use crate::answer::{Answer, ClaimKind};
use crate::envelope::FailureKind;

/// What sort of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// It says that nothing is wrong.
    AllWell,
    /// It names a possible cause.
    TroubleFound,
    /// Something that it needed could not be looked at.
    CouldNotLook,
    /// What was asked for is not there.
    NothingFound,
    /// Anything else.
    Plain,
}

/// What the first statement of an answer says where nothing is wrong. A voice that takes good news for plain news does no
/// harm; one that is merry about trouble does. So these few are all.
const GOOD_NEWS: [&str; 4] = ["nothing wrong with", "no alert is firing or pending", "no target is down", "is healthy"];

/// Words by which a statement that begins well goes on badly.
const BUT: [&str; 8] = ["but ", "yet ", "except", "however", "although", "could not", "not healthy", "elsewhere"];

impl Occasion {
    /// What sort of answer this is. Where something could not be looked at, that is what it is, whatever else it says.
    pub fn of(answer: &Answer) -> Self {
        // A kept answer does not tell what sort of failure it was: any counts then.
        let failed_somehow = answer.evidence.iter().any(|view| view.error.is_some() && view.failure.is_none());
        if answer.could_not_look() || failed_somehow {
            Self::CouldNotLook
        } else if !answer.hypotheses.is_empty() {
            Self::TroubleFound
        } else if says_good_news(answer) {
            Self::AllWell
        } else if found_nothing(answer) {
            Self::NothingFound
        } else {
            Self::Plain
        }
    }
}

fn says_good_news(answer: &Answer) -> bool {
    let Some(first) = answer.claims.first().filter(|claim| claim.kind == ClaimKind::Fact) else { return false };
    let text = first.text.to_lowercase();
    let all_are_facts = answer.claims.iter().all(|claim| claim.kind == ClaimKind::Fact);
    all_are_facts && GOOD_NEWS.iter().any(|news| text.contains(news)) && !BUT.iter().any(|but| text.contains(but))
}

/// Whether something was looked for, and no look brought anything.
fn found_nothing(answer: &Answer) -> bool {
    let is_empty = |view: &crate::answer::EvidenceView| match view.failure {
        None => view.returned == 0,
        Some(kind) => kind == FailureKind::NotFound,
    };
    !answer.evidence.is_empty() && answer.evidence.iter().all(is_empty)
}
