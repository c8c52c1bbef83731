//! Whether what an action may touch got worse since its plan was made.

use super::BlastRadius;

impl BlastRadius {
    /// What is worse now than it was in `planned`, one sentence each. What was known and is not any more is worse.
    pub fn worse_than(&self, planned: &Self) -> Vec<String> {
        let mut worse = Vec::new();
        let mut fell = |what: &str, then: Option<u32>, now: Option<u32>| match (then, now) {
            (Some(then), Some(now)) if now < then => {
                worse.push(format!("{what}: {now}, and {then} when it was planned"))
            }
            (Some(then), None) => worse.push(format!("{what}: not known any more, and {then} when it was planned")),
            _ => {}
        };
        fell("ready replicas", planned.ready_replicas, self.ready_replicas);
        fell("ready replicas left at the worst moment", planned.replicas_left, self.replicas_left);
        // No budget allows everything.
        if let Some(now) = self.disruptions_allowed
            && planned.disruptions_allowed.is_none_or(|then| now < then)
        {
            worse.push(format!("its disruption budget allows {now} more to be away now"));
        }
        let new: Vec<&str> =
            self.dependants.iter().filter(|one| !planned.dependants.contains(one)).map(String::as_str).collect();
        if !new.is_empty() {
            worse.push(format!("it is called by {}, too", new.join(", ")));
        }
        if let Some(now) = self.traffic_share
            && planned.traffic_share.is_none_or(|then| now > then)
        {
            worse.push(format!("it has {}.{} % of the traffic now", now / 10, now % 10));
        }
        worse
    }
}
