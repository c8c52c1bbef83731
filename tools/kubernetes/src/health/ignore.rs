//! Known noise: findings that somebody declared as known, until a date.

use crate::config::IgnoreRule;
use chrono::{DateTime, Utc};
use domain::observed::kubernetes::Finding;
use domain::text::fits;

/// Whether a rule that still holds covers the finding.
pub fn ignored(finding: &Finding, rules: &[IgnoreRule], now: DateTime<Utc>) -> bool {
    let object = finding.object.to_string();
    rules.iter().any(|rule| {
        rule.until.is_none_or(|until| now < until) && fits(&rule.check, &finding.check) && fits(&rule.object, &object)
    })
}
