//! Gives every call an id that is unique within the conversation.

use std::collections::BTreeSet;

/// Hands out ids: the model's own where it is new, `call_N` otherwise. The same conversation gives the same ids.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    used: BTreeSet<String>,
    next: usize,
}

impl Ids {
    /// Ids that are taken already.
    pub fn after<'a>(used: impl IntoIterator<Item = &'a str>) -> Self {
        let used: BTreeSet<String> = used.into_iter().map(str::to_owned).collect();
        Self { next: used.len() + 1, used }
    }

    /// The id of the next call, and whether it had to be made up.
    pub fn assign(&mut self, own: Option<&str>) -> (String, bool) {
        if let Some(own) = own.map(str::trim).filter(|own| !own.is_empty() && own.len() <= 128)
            && self.used.insert(own.to_owned())
        {
            self.next += 1;
            return (own.to_owned(), false);
        }
        loop {
            let made = format!("call_{}", self.next);
            self.next += 1;
            if self.used.insert(made.clone()) {
                return (made, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_or_made_up_and_never_repeat() {
        let mut ids = Ids::after(["call_1", "x"]);
        let given = [Some("y"), None, Some(""), Some("x"), Some("call_4"), Some("y")];
        let assigned: Vec<_> = given.into_iter().map(|own| ids.assign(own)).collect();
        let texts: Vec<&str> = assigned.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(texts, ["y", "call_4", "call_5", "call_6", "call_7", "call_8"]);
        assert_eq!(assigned.iter().filter(|(_, made)| *made).count(), 5);
    }
}
