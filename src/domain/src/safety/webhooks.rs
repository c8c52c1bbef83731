//! Declared webhooks: that the settings know them.

use super::hold::{Objections, Reading};

pub(super) fn call(reading: Reading<'_>, said: &mut Objections) {
    let name = reading.text("webhook").unwrap_or_default();
    said.unless(reading.rules.webhooks.contains_key(name), format!("the settings declare no webhook {name:?}"));
}
