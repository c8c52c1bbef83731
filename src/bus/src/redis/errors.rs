//! What the server or the way to it answered, as errors of the bus that say what to do.

use fred::error::{Error, ErrorKind};
use ports::bus::BusError;

/// First words of the server's errors, and what to do about each. The words are those of Redis's source (`shared` in
/// `server.c`) and its documentation of ACL and replication.
const ADVICE: &[(&str, &str)] = &[
    ("OOM", "the server has no memory left: raise its maxmemory, or remove what fills it"),
    ("READONLY", "the server is a replica that takes no writes: name the primary in the URL of Redis"),
    ("LOADING", "the server is reading its data from disk: it comes by itself"),
    ("MISCONF", "the server cannot write its data to disk and takes no writes: look at its disk and its log"),
    ("MASTERDOWN", "the server is a replica that has lost its primary: look at the replication"),
    ("NOREPLICAS", "the server has too few replicas to take writes: look at the replication"),
    ("BUSY", "the server runs a script that does not end: SCRIPT KILL"),
    ("NOAUTH", "the server wants a password: put it into the URL of Redis"),
    ("WRONGPASS", "the server refuses user or password: correct the URL of Redis"),
    ("NOPERM", "the user may not do this: allow it with ACL SETUSER"),
    ("WRONGTYPE", "somebody else keeps something else under this key: remove it, or set another prefix"),
];

/// An error of a command, told for the one who can do something about it.
pub fn told(place: &str, what: &str, error: &Error) -> BusError {
    let (word, advice) = advice(error.details());
    let mut text = format!("{what} at {place}: {}", first_line(error.details()));
    if let Some(advice) = advice {
        text = format!("{text} ({advice})");
    }
    match word {
        Some("WRONGTYPE") => BusError::Unreadable(text),
        Some("NOAUTH" | "WRONGPASS" | "NOPERM") => BusError::Denied(text),
        _ if *error.kind() == ErrorKind::Auth => BusError::Denied(text),
        _ => BusError::Unavailable(text),
    }
}

/// Whether an error says that the server is away, or as good as.
pub fn is_away(error: &BusError) -> bool {
    matches!(error, BusError::Unavailable(_) | BusError::Denied(_))
}

/// Whether the server says that there is no such group, or no stream any more.
pub fn is_group_missing(error: &Error) -> bool {
    let details = error.details();
    details.starts_with("NOGROUP") || details.starts_with("UNBLOCKED")
}

/// Whether the server says that the group is there already.
pub fn is_group_there(error: &Error) -> bool {
    error.details().starts_with("BUSYGROUP")
}

fn advice(details: &str) -> (Option<&'static str>, Option<&'static str>) {
    // An error within a script begins with the word too, or tells it after "ERR".
    let first = details.split_whitespace().map(|word| word.trim_matches(['-', ':'])).find(|word| *word != "ERR");
    let found = ADVICE.iter().find(|(word, _)| first == Some(*word));
    (found.map(|(word, _)| *word), found.map(|(_, advice)| *advice))
}

/// What a server tells is foreign text: one line of it, and not a long one.
fn first_line(details: &str) -> String {
    let line = details.lines().next().unwrap_or_default();
    line.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::told;
    use fred::error::{Error, ErrorKind};
    use ports::bus::BusError;

    #[test]
    fn errors_of_the_server_say_what_to_do() {
        let cases = [
            ("OOM command not allowed when used memory > 'maxmemory'.", "maxmemory,"),
            ("-READONLY You can't write against a read only replica.", "primary"),
            ("LOADING Redis is loading the dataset in memory", "by itself"),
            ("MISCONF Redis is configured to save RDB snapshots", "disk"),
            ("ERR Something else", "ERR Something else"),
        ];
        for (details, advice) in cases {
            let error = told("redis://h:1/0", "publishing", &Error::new(ErrorKind::Unknown, details));
            assert!(matches!(&error, BusError::Unavailable(text) if text.contains(advice)), "{error:?}");
        }
        let denied = told("p", "w", &Error::new(ErrorKind::Auth, "WRONGPASS invalid username-password pair"));
        assert!(matches!(&denied, BusError::Denied(text) if text.contains("URL of Redis")), "{denied:?}");
        let foreign = told("p", "w", &Error::new(ErrorKind::Unknown, "WRONGTYPE Operation against a key\r\nmore"));
        assert!(matches!(&foreign, BusError::Unreadable(text) if !text.contains("more")), "{foreign:?}");
    }
}
