//! Pages that can be read, and pages that are told.

use super::*;
use proptest::prelude::*;

const PAGE: &str = "---\nalerts: KubePodCrashLooping, PodRestarts\ncodes: CrashLoopBackOff, exit code 1\n---\n\
                    # A container crashes\n\nBefore.\n\n## Meaning\n\nIt ends.\n\n```sh\n# no title\n## no heading\n```\n\n## Fix\n\nMend it.\n";

#[test]
fn a_page_is_read() {
    let page = parse("pages/pod-crash-looping.md", PAGE).unwrap();
    assert_eq!(page.title, "A container crashes");
    assert_eq!(page.names, ["KubePodCrashLooping", "PodRestarts", "CrashLoopBackOff", "exit code 1"]);
    let headings: Vec<&str> = page.sections.iter().map(|section| section.heading.as_str()).collect();
    assert_eq!(headings, ["", "Meaning", "Fix"]);
    assert!(page.body.starts_with("Before.") && page.body.ends_with("Mend it."));
    assert!(page.body.contains("# no title"));
}

#[test]
fn pages_of_others_are_read_too() {
    let cases = [
        ("KubePodCrashLooping.md", "# Pods crash\ntext", "Pods crash", vec!["KubePodCrashLooping"]),
        ("a.md", "# KubeNodeNotReady\n\ntext", "KubeNodeNotReady", vec!["KubeNodeNotReady"]),
        ("a.md", "---\ntitle: 'Disk'\nweight: 20\n---\ntext", "Disk", vec![]),
        ("a.md", "---\nalerts:\n  - A1\n  - \"B1\"\ntags:\n  - x\n---\n# T\ntext", "T", vec!["A1", "B1"]),
        ("a.md", "---\nalerts: [A1, B1, A1]\n---\n# T\ntext", "T", vec!["A1", "B1"]),
        ("a.md", "\u{feff}---\r\nalerts: A1\r\n---\r\n# T\r\ntext\r\n", "T", vec!["A1"]),
        ("a.md", "---\n---\n# T\ntext", "T", vec![]),
    ];
    for (source, page, title, names) in cases {
        let read = parse(source, page).unwrap_or_else(|problem| panic!("{page}: {problem}"));
        assert_eq!((read.title.as_str(), read.names), (title, names.iter().map(|name| (*name).to_owned()).collect()));
        assert_eq!(read.body, "text");
    }
}

#[test]
fn a_page_that_cannot_be_used_says_why() {
    let large = format!("# T\n{}", "a".repeat(TEXT_BYTES));
    let cases = [
        ("", Fault::NoTitle),
        ("text only", Fault::NoTitle),
        ("## Meaning\ntext", Fault::NoTitle),
        ("```\n# comment\n```\ntext", Fault::NoTitle),
        ("# Title only\n\n", Fault::NoText),
        ("---\nalerts: A\n# T\ntext", Fault::OpenHeader),
        (&large, Fault::TooLarge { bytes: large.len() }),
    ];
    for (page, fault) in cases {
        let problem = parse("pages/a.md", page).unwrap_err();
        assert_eq!(problem.fault, fault, "{}", page.get(..20.min(page.len())).unwrap_or_default());
        assert!(problem.to_string().contains("pages/a.md"));
    }
}

proptest! {
    #[test]
    fn no_page_is_a_crash(page in "(---\n)?([a-z#:`\\- ]{0,20}\n){0,12}(---)?\\PC{0,30}") {
        let _ = parse("a.md", &page);
    }
}
