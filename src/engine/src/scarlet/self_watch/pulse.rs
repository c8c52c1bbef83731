//! Whether the executor's journal can be written.

use super::Inspects;
use crate::scarlet::executor::JournalPulse;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::self_watch::{Finding, Level, Matter, Sight};
use std::collections::BTreeMap;

#[async_trait]
impl Inspects for JournalPulse {
    fn matters(&self) -> &'static [Matter] {
        &[Matter::JournalUnwritable]
    }

    async fn look(&self, _now: DateTime<Utc>) -> BTreeMap<Matter, Sight> {
        let finding = |why: String| Finding {
            matter: Matter::JournalUnwritable,
            subject: "journal".to_owned(),
            environment: String::new(),
            level: Level::Bad,
            text: format!("the journal cannot be written, so that nothing is done: {}", why.trim_end_matches('.')),
        };
        BTreeMap::from([(Matter::JournalUnwritable, Ok(self.trouble().map(finding).into_iter().collect()))])
    }
}
