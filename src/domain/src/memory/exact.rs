//! Whether a question names an entry literally: its alert, its error code, its message.
//!
//! Whoever pastes `KubePodCrashLooping` or `ORA-00942` wants that page and not one about something alike, so such a page
//! goes first whatever the rest of the question says. Only what cannot be an ordinary word counts: a name of several
//! parts, one with digits in it, capitals throughout, or a message of several words. A bare number counts after a word
//! such as "exit code" or "HTTP".

use super::words::{sequence, words};

/// Words after which a number is a code.
const BEFORE_A_CODE: &[&str] = &["code", "errno", "error", "exit", "http", "signal", "status"];

/// Letters of a word in capitals at least, so that `DNS` or `CPU` is none.
const CAPITALS: usize = 5;

/// Kinds of objects: they name what a question is about and not what is wrong with it.
const KINDS: &[&str] = &[
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "EndpointSlice",
    "HorizontalPodAutoscaler",
    "IngressClass",
    "LimitRange",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "ReplicaSet",
    "ResourceQuota",
    "ServiceAccount",
    "StatefulSet",
    "StorageClass",
];

/// A question as names are looked for in it.
#[derive(Debug, Clone)]
pub struct Asked {
    words: Vec<String>,
    sequence: Vec<String>,
}

impl Asked {
    /// Reads a question.
    pub fn of(question: &str) -> Self {
        Self { words: words(question), sequence: sequence(question) }
    }

    /// Those of the names that the question gives.
    pub fn names<'a>(&self, names: &'a [String]) -> Vec<&'a str> {
        names.iter().map(String::as_str).filter(|name| self.gives(name)).collect()
    }

    fn gives(&self, name: &str) -> bool {
        let name = name.trim();
        if name.contains(char::is_whitespace) {
            let message = sequence(name);
            return message.len() > 1 && self.sequence.windows(message.len()).any(|part| part == message);
        }
        if name.bytes().all(|digit| digit.is_ascii_digit()) {
            return self.sequence.windows(2).any(
                |pair| matches!(pair, [before, number] if number == name && BEFORE_A_CODE.contains(&before.as_str())),
            );
        }
        // The whole of a name of several parts stands after its parts.
        is_distinct(name) && words(name).last().is_some_and(|whole| self.words.contains(whole))
    }
}

/// Whether a single word cannot be an ordinary one.
fn is_distinct(name: &str) -> bool {
    let has = |test: fn(&char) -> bool| name.chars().any(|character| test(&character));
    let has_digit = has(char::is_ascii_digit) && has(|character| character.is_alphabetic());
    let is_loud = name.len() >= CAPITALS && name.bytes().all(|letter| letter.is_ascii_uppercase() || letter == b'_');
    let is_of_parts = words(name).len() > 1;
    (has_digit || is_loud || is_of_parts) && !KINDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_only_where_they_cannot_be_ordinary_words() {
        let cases = [
            ("KubePodCrashLooping fired again", "KubePodCrashLooping", true),
            ("what is kubepodcrashlooping", "KubePodCrashLooping", true),
            ("pods are crash looping", "KubePodCrashLooping", false),
            ("we got ORA-00942 today", "ORA-00942", true),
            ("ora00942", "ORA-00942", true),
            ("error 0x80070005", "0x80070005", true),
            ("connect: ETIMEDOUT", "ETIMEDOUT", true),
            ("x509: certificate signed by unknown authority", "certificate signed by unknown authority", true),
            ("the authority signed a certificate", "certificate signed by unknown authority", false),
            ("it died with exit code 137", "137", true),
            ("137 pods are running", "137", false),
            ("we see HTTP 503 from it", "503", true),
            ("the daemonset is not complete", "DaemonSet", false),
            ("a partition of the topic", "partition", false),
            ("DNS is broken", "DNS", false),
            ("oomkilled again", "OOMKilled", true),
            ("", "", false),
        ];
        for (question, name, expected) in cases {
            let names = [name.to_owned()];
            assert_eq!(!Asked::of(question).names(&names).is_empty(), expected, "{question} / {name}");
        }
    }
}
