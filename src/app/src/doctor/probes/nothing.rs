//! What stands in the list where nothing of a sort is configured.

use crate::doctor::{Probe, Sight, Subject};
use async_trait::async_trait;

/// Nothing of this sort, and how to change that.
pub struct Nothing {
    subject: Subject,
    how: &'static str,
}

impl Nothing {
    /// Nothing of this sort.
    pub fn of(subject: Subject, how: &'static str) -> Self {
        Self { subject, how }
    }
}

#[async_trait]
impl Probe for Nothing {
    fn subject(&self) -> Subject {
        self.subject
    }

    fn name(&self) -> String {
        "-".to_owned()
    }

    fn target(&self) -> String {
        "-".to_owned()
    }

    async fn look(&self) -> Sight {
        Sight::absent("not configured").with_hint(self.how)
    }
}
