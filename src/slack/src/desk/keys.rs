//! The keys of the messages that people can act on.

/// What a message of ours shows, by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The living message of an incident in a channel.
    Incident {
        /// The incident's id.
        id: String,
        /// The channel.
        channel: String,
    },
    /// A proposal.
    Approval {
        /// The approval's id.
        id: String,
    },
}

impl Shown {
    /// The key: `incident:INC-7:C1`, `approval:APR-5`.
    pub fn key(&self) -> String {
        match self {
            Self::Incident { id, channel } => format!("incident:{id}:{channel}"),
            Self::Approval { id } => format!("approval:{id}"),
        }
    }

    /// What a key stands for, where it is such a message. A channel's id holds no colon; what stands before it does not matter.
    pub fn read(key: &str) -> Option<Self> {
        let (kind, rest) = key.split_once(':')?;
        match kind {
            "incident" => {
                let (id, channel) = rest.rsplit_once(':')?;
                let is_whole = !id.is_empty() && !channel.is_empty();
                is_whole.then(|| Self::Incident { id: id.to_owned(), channel: channel.to_owned() })
            }
            "approval" if !rest.is_empty() => Some(Self::Approval { id: rest.to_owned() }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_nothing_else_is_read_as_one() {
        let incident = Shown::Incident { id: "INC-7".to_owned(), channel: "C1".to_owned() };
        let approval = Shown::Approval { id: "APR-5".to_owned() };
        for shown in [incident, approval] {
            assert_eq!(Shown::read(&shown.key()), Some(shown));
        }
        for strange in
            ["answer:Ev1", "incident:INC-7", "incident::C1", "incident:INC-7:", "approval:", "", "note:INC-7:C1:x"]
        {
            assert_eq!(Shown::read(strange), None, "{strange}");
        }
    }
}
