//! What people were told of the incident, and the word that it is over.
//!
//! Guarantees: whatever people were, or may have been, told to come for is told to be over once the incident is; as long as
//! that word is not known to be told it stands, and where the incident comes back before, it is not owed until the incident is
//! over again.

use super::turn::Turn;
use crate::heal::{Owed, Page, told};

impl Turn {
    /// People are to be told under this key. That they were may never be heard of: a place may answer too late, or another
    /// process may have told them.
    pub(super) fn page(&mut self, key: &str) {
        if self.heal.pages.iter().all(|page| page.key != key) {
            self.heal.pages.push(Page { key: key.to_owned(), place: None });
        }
    }

    /// A place took it.
    pub(super) fn paged_at(&mut self, key: &str, place: &str) {
        if let Some(page) = self.heal.pages.iter_mut().find(|page| page.key == key) {
            page.place = Some(place.to_owned());
        }
    }

    /// The incident is over, which is owed to everybody who was told of it.
    pub(super) fn tell_over(&mut self, healed: bool) {
        if !self.heal.pages.is_empty() {
            let text = told::over(&self.heal, healed);
            self.owe(Owed::TellOver { pages: self.heal.pages.clone(), text });
        }
    }

    /// The incident came back before everybody heard that it was over: nobody hears so now.
    pub(super) fn not_over_after_all(&mut self) {
        self.heal.owed.retain(|debt| !matches!(debt.what, Owed::TellOver { .. }));
    }

    /// Everybody who was told of it heard that it is over.
    pub(super) fn heard_over(&mut self, told: &[Page]) {
        self.heal.pages.retain(|page| !told.contains(page));
    }
}
