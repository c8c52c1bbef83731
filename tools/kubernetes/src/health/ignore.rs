//! Known noise: findings that somebody declared as known, until a date.

use crate::config::IgnoreRule;
use chrono::{DateTime, Utc};
use domain::observed::kubernetes::Finding;

/// Whether a rule that still holds covers the finding.
pub fn ignored(finding: &Finding, rules: &[IgnoreRule], now: DateTime<Utc>) -> bool {
    let object = finding.object.to_string();
    rules.iter().any(|rule| {
        rule.until.is_none_or(|until| now < until) && fits(&rule.check, &finding.check) && fits(&rule.object, &object)
    })
}

/// `*` stands for any run of characters.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => {
            let Some(rest) = text.strip_prefix(before) else { return false };
            let mut places = rest.char_indices().map(|(place, _)| place).chain([rest.len()]);
            places.any(|place| fits(after, rest.get(place..).unwrap_or_default()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*", "Deployment shop/checkout", true),
            ("Deployment shop/*", "Deployment shop/checkout", true),
            ("* shop/check*t", "Deployment shop/checkout", true),
            ("Deployment shop/cart", "Deployment shop/checkout", false),
            ("*cart", "Deployment shop/cart-db", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
