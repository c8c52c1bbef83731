//! Who may decide, and how many of them it takes.

use super::{Approval, Choice, Permitted, Proposer, Vote};
use crate::person::{Person, Right, Standing};

impl Permitted {
    /// Whether this person may decide; a program never may.
    pub fn permits(&self, person: &Person) -> bool {
        if person.id.is_empty() || !person.standing.can_have_role() {
            return false;
        }
        self.people.contains(&person.id) || self.permits_by_group(person) || self.permits_by_role(person)
    }

    /// How many different people it takes: at least one, whatever is written.
    pub fn needed(&self) -> usize {
        usize::try_from(self.people_needed.max(1)).unwrap_or(usize::MAX)
    }

    /// Guests and people of other organisations can be members of a group without anybody here having thought of it.
    fn permits_by_group(&self, person: &Person) -> bool {
        let is_of_the_house = person.standing == Standing::Member || person.role.is_some();
        is_of_the_house && !self.groups.is_disjoint(&person.groups)
    }

    fn permits_by_role(&self, person: &Person) -> bool {
        self.role.is_some_and(|least| person.role >= Some(least)) && person.may(Right::Approve)
    }
}

impl Proposer {
    /// Whether this person proposed it.
    pub fn is(&self, person: &str) -> bool {
        matches!(self, Self::Person(proposer) if proposer == person)
    }
}

impl Approval {
    /// The people whose yes counts now, in the order in which they said it.
    pub fn approvers(&self) -> Vec<&str> {
        let mut approvers: Vec<&str> = Vec::new();
        for vote in self.votes.iter().filter(|vote| vote.choice == Choice::Approve) {
            if !approvers.contains(&vote.person.as_str()) {
                approvers.push(&vote.person);
            }
        }
        approvers
    }

    /// How many more people must say yes.
    pub fn missing(&self) -> usize {
        self.permitted.needed().saturating_sub(self.approvers().len())
    }

    /// Whether the words that are kept are enough: as many different people as it takes, nobody against it, and not the
    /// proposer alone where two are wanted.
    pub(super) fn has_enough(&self) -> bool {
        let approvers = self.approvers();
        let alone = self.permitted.needed() > 1 && approvers.iter().all(|person| self.proposer.is(person));
        self.missing() == 0 && !alone && !self.votes.iter().any(|vote| vote.choice == Choice::Reject)
    }

    /// The word of a person, where they have said one.
    pub fn word_of(&self, person: &str) -> Option<&Vote> {
        self.votes.iter().find(|vote| vote.person == person)
    }
}
