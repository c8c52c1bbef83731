//! What the server's and the driver's errors mean for whoever asked.
//!
//! Source of the codes: <https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml> and the driver
//! specification of not-primary errors (<https://github.com/mongodb/specifications>, server discovery and monitoring).

use mongodb::error::{Error, ErrorKind};
use ports::store::error::StoreError;

/// The server has a document under this id, or this value in a unique index.
pub(super) const DUPLICATE_KEY: i32 = 11000;

/// Answered by a server that is not the primary, before it does anything.
const NOT_PRIMARY: [i32; 3] = [10107, 13435, 10058];

/// Answered while the server steps down, shuts down, loses its peers, runs out of time or of capacity: what was asked
/// for may have been done. 16500 is how Azure Cosmos DB tells that there were too many requests.
const INTERRUPTED: [i32; 18] = [11600, 11602, 189, 91, 7, 6, 89, 9001, 262, 50, 64, 79, 100, 112, 134, 202, 317, 16500];

/// The credentials do not suffice, or are wrong; 8000 is Atlas.
const DENIED: [i32; 4] = [13, 18, 33, 8000];

/// No room: on the disk, and in a quota of Atlas.
const FULL: [i32; 2] = [14031, 12501];

/// Larger than a document may be.
const TOO_LARGE: [i32; 2] = [10334, 17419];

/// The label that the driver gives to an error that came before the request was sent.
const BEFORE_SENDING: &str = "SystemOverloadedError";

/// Why a request was not answered as it should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing was done. Trying again may help.
    Away(String),
    /// It may have been done. Look, then try again.
    Unclear(String),
    /// Trying again is of no use.
    Refused(StoreError),
}

impl Fault {
    /// What an error of the driver means, in a request to this place.
    pub(super) fn of(error: &Error, place: &str) -> Self {
        let told = error.kind.to_string();
        match error.kind.as_ref() {
            ErrorKind::Command(command) => Self::of_code(command.code, &told, place),
            ErrorKind::Authentication { .. } => Self::of_code(18, &told, place),
            ErrorKind::ServerSelection { .. } => {
                Self::Away(format!("{place}: no server takes the request: {}; see that it runs", first_line(&told)))
            }
            ErrorKind::ConnectionPoolCleared { .. } | ErrorKind::DnsResolve { .. } => Self::Away(away(place, &told)),
            ErrorKind::Io(_) if error.contains_label(BEFORE_SENDING) => Self::Away(away(place, &told)),
            ErrorKind::Io(_) | ErrorKind::InvalidResponse { .. } | ErrorKind::Bson(_) => {
                Self::Unclear(away(place, &told))
            }
            ErrorKind::InvalidTlsConfig { .. } | ErrorKind::IncompatibleServer { .. } => {
                Self::Refused(StoreError::Denied { message: format!("{place}: {told}") })
            }
            _ => Self::Refused(StoreError::Invalid { message: format!("{place}: {told}") }),
        }
    }

    /// What an error code of the server means.
    pub(super) fn of_code(code: i32, told: &str, place: &str) -> Self {
        let told = first_line(told);
        match code {
            code if NOT_PRIMARY.contains(&code) => Self::Away(away(place, told)),
            code if INTERRUPTED.contains(&code) => Self::Unclear(away(place, told)),
            code if DENIED.contains(&code) => Self::Refused(StoreError::Denied {
                message: format!(
                    "{place} refuses the credentials: {told}; check user, password and authSource of the connection \
                     string, and that the user has the role readWrite on the database"
                ),
            }),
            code if FULL.contains(&code) => Self::Refused(StoreError::Full {
                message: format!("{place} has no room left: {told}; free or add disk space, or shorten the retention"),
            }),
            code if TOO_LARGE.contains(&code) => Self::Refused(StoreError::Invalid {
                message: format!("{place} takes no document of this size: {told}"),
            }),
            _ => {
                Self::Refused(StoreError::Invalid { message: format!("{place} refuses the request ({code}): {told}") })
            }
        }
    }

    /// What the caller is told when there is no time left to try again. `in_doubt` says that an earlier attempt of the
    /// same write may stand.
    pub(super) fn given_up(self, in_doubt: bool) -> StoreError {
        match self {
            Self::Away(message) if !in_doubt => StoreError::Unavailable { message },
            Self::Refused(error) if !in_doubt => error,
            Self::Away(message) | Self::Unclear(message) => unknown(&message),
            Self::Refused(error) => unknown(&error.to_string()),
        }
    }
}

/// A write of which it cannot be told whether it stands.
pub(super) fn unknown(why: &str) -> StoreError {
    StoreError::Unknown { message: format!("{why}; whether the write stands could not be found out: read it again") }
}

fn away(place: &str, told: &str) -> String {
    format!("{place} does not answer: {}; see that it runs and can be reached", first_line(told))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_can_be_done() {
        let kind = |code| match Fault::of_code(code, "told", "mongodb h/d") {
            Fault::Away(_) => "away",
            Fault::Unclear(_) => "unclear",
            Fault::Refused(StoreError::Denied { .. }) => "denied",
            Fault::Refused(StoreError::Full { .. }) => "full",
            Fault::Refused(_) => "refused",
        };
        for (code, expected) in [
            (10107, "away"),
            (11602, "unclear"),
            (189, "unclear"),
            (91, "unclear"),
            (50, "unclear"),
            (13, "denied"),
            (18, "denied"),
            (14031, "full"),
            (59, "refused"),
            (2, "refused"),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }

    #[test]
    fn whoever_is_in_doubt_is_told_so() {
        let away = Fault::Away("m".to_owned());
        assert!(matches!(away.clone().given_up(false), StoreError::Unavailable { .. }));
        assert!(matches!(away.given_up(true), StoreError::Unknown { .. }));
        let full = Fault::of_code(14031, "told", "mongodb h/d");
        assert!(matches!(full.clone().given_up(false), StoreError::Full { .. }));
        assert!(matches!(full.given_up(true), StoreError::Unknown { .. }));
        assert!(matches!(Fault::Unclear("m".to_owned()).given_up(false), StoreError::Unknown { .. }));
    }
}
