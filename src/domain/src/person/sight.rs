//! Which environments' incidents somebody sees.
//!
//! Guarantees: an environment that names a role is seen by that role and those above it; one that names none, by whoever
//! sees incidents at all; a name in other letters (`Prod` for `prod`) opens nothing.
//!
//! Deliberately absent: what is told in a channel, which is for everybody in it.

use super::{Person, Right, Role};
use std::collections::BTreeMap;

/// The least role for each environment, from the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight(BTreeMap<String, Role>);

impl Sight {
    /// A sight by the names of environments. Of two names that differ in capitals only, the stricter one holds for both.
    pub fn of(least: impl IntoIterator<Item = (String, Role)>) -> Self {
        let mut all = BTreeMap::new();
        for (name, role) in least {
            let kept = all.entry(name.to_lowercase()).or_insert(role);
            *kept = role.max(*kept);
        }
        Self(all)
    }

    /// The least role that sees the incidents of an environment.
    pub fn least_role(&self, environment: &str) -> Role {
        let least = self.0.get(&environment.to_lowercase()).copied();
        least.unwrap_or(Role::Viewer).max(Right::SeeIncidents.least_role())
    }

    /// Whether somebody sees the incidents of an environment, and what is asked for in it.
    pub fn shows(&self, person: &Person, environment: &str) -> bool {
        person.may(Right::SeeIncidents) && person.role >= Some(self.least_role(environment))
    }

    /// Whether there is an environment that somebody does not see.
    pub fn hides_from(&self, person: &Person) -> bool {
        self.0.keys().any(|environment| !self.shows(person, environment))
    }
}
