//! Words on approvals, said by reaction or by button.

use super::told::Ear;
use super::{Desk, again, is_answered};
use crate::inbox::Later;
use domain::approval::{Choice, Outcome};
use domain::person::{Person, Standing};
use ports::approvals::Ballot;
use ports::chat::Chat as _;

/// Which way a word goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It is said.
    Said(Choice),
    /// It is taken back.
    TakenBack(Choice),
}

impl Desk {
    /// Hands a word over, shows how the approval stands now, and tells the person where it did nothing.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one thing of the word: who, on what, which way, where it is answered"
    )]
    pub(super) async fn word(
        &self,
        event: &str,
        ear: Ear<'_>,
        id: &str,
        digest: &str,
        person: &Person,
        way: Way,
        by_way_of: &str,
    ) -> Result<(), Later> {
        if person.standing == Standing::Bot {
            return Ok(());
        }
        let approvals = &self.parts.approvals;
        let ballot = |choice| Ballot { approval: id, plan: digest, person, choice, by_way_of };
        let answer = match way {
            Way::Said(choice) => approvals.vote(ballot(choice)).await,
            Way::TakenBack(choice) => approvals.take_back(ballot(choice)).await,
        };
        let Some((outcome, approval)) = answer.map_err(again)? else {
            self.tell_text(event, ear, "Nothing was changed: this approval is not kept any more.").await;
            return Ok(());
        };
        if outcome.did_something() {
            // Where it is handled again, the word stands already: "you said so before" would be read as if it did not.
            self.told.is_new(event);
        } else if is_told(outcome, person) {
            self.tell_text(event, ear, &outcome.told(&approval)).await;
        }
        let shown = self.parts.chat.show_approval(&approval, self.parts.clock.now()).await;
        shown.map_err(|error| Later { after: super::AGAIN, why: error.to_string() })
    }
}

/// Somebody who has no business here learns nothing; a permitted person always does, whatever their role.
fn is_told(outcome: Outcome, person: &Person) -> bool {
    is_answered(person) || !matches!(outcome, Outcome::NotPermitted | Outcome::IsProgram | Outcome::NothingToTakeBack)
}
