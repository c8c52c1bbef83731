//! Who somebody in Slack is to the house.
//!
//! Guarantees: what Slack tells is kept for ten minutes, of a bounded number of people; whoever Slack does not know is
//! [`Standing::Unknown`], who may nothing; while Slack cannot be asked, what was known goes on for an hour, then it is an
//! error: nobody gains a role because Slack is away. Where Slack does not tell groups (no scope), nobody is in one.
//!
//! Deliberately absent: which role may do what (`domain::person`).

#[cfg(test)]
mod tests;

use crate::api::{ApiError, Group, Slack, User};
use domain::person::{Person, Roles, Standing};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// For how long what Slack told is good.
const FRESH: Duration = Duration::from_secs(600);

/// For how long it is used where Slack cannot be asked.
const STALE: Duration = Duration::from_secs(3_600);

/// For how long the groups are not asked for again after Slack did not tell them: those who wait for them in a row must
/// not each wait as long as a call takes.
const UNTOLD: Duration = Duration::from_secs(3);

/// People that are remembered.
const REMEMBERED: usize = 10_000;

/// How the house treats people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct House {
    /// Who has which role.
    pub roles: Roles,
    /// Whether guests may ask without being named.
    pub guests_may: bool,
}

#[derive(Default)]
struct Known {
    users: BTreeMap<String, (User, Instant)>,
    groups: Option<(Arc<Vec<Group>>, Instant)>,
    /// Why the groups were not told, and when.
    untold: Option<(ApiError, Instant)>,
}

/// The people of a workspace.
pub struct People {
    slack: Arc<dyn Slack>,
    house: House,
    known: Mutex<Known>,
    /// One question for the groups at a time.
    asking: tokio::sync::Mutex<()>,
}

impl People {
    /// People as Slack knows them.
    pub fn new(slack: Arc<dyn Slack>, house: House) -> Arc<Self> {
        Arc::new(Self { slack, house, known: Mutex::default(), asking: tokio::sync::Mutex::default() })
    }

    /// Who a user is. `team` is the workspace that Slack named with what they did: another than ours is a stranger.
    ///
    /// # Errors
    /// Where Slack could not be asked, and nothing recent is known.
    pub async fn person(&self, user: &str, team: Option<&str>) -> Result<Person, ApiError> {
        let id = format!("slack:{user}");
        let user = match self.user(user).await {
            Ok(user) => user,
            Err(error) if matches!(error.code(), Some("user_not_found" | "user_not_visible" | "users_not_found")) => {
                return Ok(nobody(id));
            }
            Err(error) => return Err(error),
        };
        let groups = self.groups().await?;
        let groups: BTreeSet<String> = groups
            .iter()
            .filter(|group| group.users.contains(&user.id))
            .map(|group| format!("slack:{}", group.id))
            .collect();
        let ours = self.slack.me().await?.team;
        let standing = standing(&user, team, &ours);
        let role = self.house.roles.role_of(&id, &groups, standing, self.house.guests_may);
        Ok(Person { id, name: user.name, standing, role, groups, zone: user.zone })
    }

    /// The groups of the workspace.
    ///
    /// # Errors
    /// Where Slack could not be asked, and nothing recent is known.
    pub async fn groups(&self) -> Result<Arc<Vec<Group>>, ApiError> {
        let _one = self.asking.lock().await;
        let kept = self.known().groups.clone();
        if let Some((groups, at)) = &kept
            && at.elapsed() < FRESH
        {
            return Ok(groups.clone());
        }
        let untold = self.known().untold.clone().filter(|(_, at)| at.elapsed() < UNTOLD);
        let answer = match untold {
            Some((error, _)) => Err(error),
            None => self.slack.groups().await,
        };
        let groups = match answer {
            Ok(groups) => groups,
            // Without the scope, or in a plan without groups, nobody is in one: that grants nothing.
            Err(error)
                if matches!(error.code(), Some("missing_scope" | "paid_teams_only" | "plan_upgrade_required")) =>
            {
                tracing::warn!(%error, "user groups are not known: roles that the settings give to groups hold for nobody");
                Vec::new()
            }
            Err(error) => {
                let mut known = self.known();
                if known.untold.as_ref().is_none_or(|(_, at)| at.elapsed() >= UNTOLD) {
                    known.untold = Some((error.clone(), Instant::now()));
                }
                let recent = kept.filter(|(_, at)| error.may_pass() && at.elapsed() < STALE);
                return recent.map(|(groups, _)| groups).ok_or(error);
            }
        };
        let groups = Arc::new(groups);
        self.known().groups = Some((groups.clone(), Instant::now()));
        Ok(groups)
    }

    async fn user(&self, id: &str) -> Result<User, ApiError> {
        let kept = self.known().users.get(id).cloned();
        if let Some((user, at)) = &kept
            && at.elapsed() < FRESH
        {
            return Ok(user.clone());
        }
        match self.slack.user(id).await {
            Ok(user) => {
                let mut known = self.known();
                if known.users.len() >= REMEMBERED {
                    known.users.retain(|_, (_, at)| at.elapsed() < FRESH);
                }
                if known.users.len() < REMEMBERED {
                    known.users.insert(id.to_owned(), (user.clone(), Instant::now()));
                }
                Ok(user)
            }
            Err(error) => {
                let recent = kept.filter(|(_, at)| error.may_pass() && at.elapsed() < STALE);
                recent.map(|(user, _)| user).ok_or(error)
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nobody(id: String) -> Person {
    let (name, standing) = (id.clone(), Standing::Unknown);
    Person { id, name, standing, role: None, groups: BTreeSet::new(), zone: None }
}

/// What somebody is to the house; what takes most away comes first.
fn standing(user: &User, team: Option<&str>, ours: &str) -> Standing {
    if user.is_deleted {
        Standing::Unknown
    } else if user.is_bot {
        Standing::Bot
    } else if user.is_stranger || user.team != ours || team.is_some_and(|team| team != ours) {
        Standing::External
    } else if user.is_restricted {
        Standing::Guest
    } else {
        Standing::Member
    }
}
