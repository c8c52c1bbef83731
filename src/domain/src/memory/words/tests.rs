//! Which words come out of which text.

use super::*;
use proptest::prelude::*;

fn joined(text: &str) -> String {
    words(text).join(" ")
}

#[test]
fn names_are_kept_in_parts_and_whole() {
    let cases = [
        ("KubePodCrashLooping", "kube pod crash loop kubepodcrashloop"),
        ("kubepodcrashlooping", "kubepodcrashloop"),
        ("KubeAPIErrorBudgetBurn", "kube api error budget burn kubeapierrorbudgetburn"),
        ("OOMKilled", "oom kill oomkil"),
        ("ORA-00942", "ora 00942 ora00942"),
        ("ora00942", "ora 00942 ora00942"),
        ("0x80070005", "0x80070005"),
        ("ETIMEDOUT", "etimedout"),
        ("HTTP 503", "http 503"),
        ("HTTP503s", "http503s"),
        ("two 503s", "two 503"),
        ("exit code 137", "exit code 137"),
        ("x509: certificate", "x509 certif"),
        ("payments-7f9c", "payment 7f9c payments7f9c"),
        ("kube-dns.kube-system", "kube dns kube system kubednskubesystem"),
        ("PVCs", "pvc"),
        ("k8s", "k8s"),
        ("node_memory_MemAvailable_bytes", "node memori mem avail memavail byte nodememorymemavailablebyt"),
    ];
    for (text, expected) in cases {
        assert_eq!(joined(text), expected, "{text}");
    }
}

#[test]
fn words_without_meaning_are_left_out() {
    assert_eq!(joined("Why is the pod's disk full, and what can we do about it?"), "pod disk full");
    assert_eq!(joined("it doesn't; they\u{2019}re a b C 1"), "");
    assert_eq!(joined(""), "");
}

#[test]
fn other_scripts_are_kept_as_they_are() {
    assert_eq!(joined("Größe ÄRGER"), "größe ärger");
    assert_eq!(joined("cafe\u{301}s"), "cafe");
    assert_eq!(joined("İstanbul"), "istanbul");
}

#[test]
fn a_question_gets_what_the_field_calls_it() {
    let cases = [
        ("payments ran out of memory", "oomkil"),
        ("exit code 137", "memori"),
        ("the pod keeps restarting", "crash"),
        ("my cert is bad", "tls"),
        ("checkout is slow", "latenc"),
        ("pods stuck in Pending", "unschedul"),
    ];
    for (question, expected) in cases {
        assert!(
            related_words(question).iter().any(|word| word == expected),
            "{question}: {:?}",
            related_words(question)
        );
    }
    assert!(related_words("hello there").is_empty());
}

#[test]
fn the_words_of_a_question_stand_first_and_once() {
    let found = query_words("memory memory OOM");
    assert_eq!(found.first().map(String::as_str), Some("memori"));
    assert_eq!(found.get(1).map(String::as_str), Some("oom"));
    let mut once = found.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), found.len());
}

#[test]
fn fields_are_analysed_apart() {
    let found = Words::of(&["KubeJobFailed".to_owned()], "A job failed", "It ended.");
    assert_eq!(found.names.join(" "), "kube job fail kubejobfail");
    assert_eq!(found.title.join(" "), "job fail");
    assert_eq!(found.text.join(" "), "end");
}

proptest! {
    // A case stems some hundred letters twice, which takes 10 ms of a debug build.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_gives_plain_bounded_words(text in "\\PC{0,200}|[A-Za-z0-9 ._'-]{0,300}|[\\x00-\\x{10ffff}]{0,60}") {
        let limits = [(words(&text), WORDS_LIMIT), (query_words(&text), QUESTION_WORDS + RELATED_WORDS)];
        for (found, limit) in limits {
            prop_assert!(found.len() <= limit);
            for word in found {
                prop_assert!(!word.is_empty() && word.chars().count() <= WORD_CHARS, "{word}");
                let is_plain = |letter: char| letter.is_alphanumeric() && letter.to_lowercase().eq([letter]);
                prop_assert!(word.chars().all(is_plain), "{word}");
            }
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_written(parts in proptest::collection::vec("[a-z]{2,8}[0-9]{0,1}", 2..6)) {
        let whole = stem::stem(&parts.concat());
        for joint in ["-", ".", "_", ""] {
            prop_assert!(words(&parts.join(joint)).contains(&whole) || stop::is_stop_word(&parts.concat()));
        }
    }
}

#[test]
fn long_texts_are_bounded() {
    assert_eq!(words(&"restart ".repeat(WORDS_LIMIT + 10)).len(), WORDS_LIMIT);
    assert_eq!(words(&"disk".repeat(100)).iter().map(String::len).collect::<Vec<_>>(), [WORD_CHARS]);
    assert!(question_words(&(0..100).map(|number| format!("{number} ")).collect::<String>()).len() <= QUESTION_WORDS);
}
