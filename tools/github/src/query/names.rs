//! Branches, tags, commits and paths: checked by git's own rules, and written for a URL.
//!
//! Guarantee: what passes stays within its segment of the path, whatever it holds. `owner:branch`, which would lead a
//! comparison into another repository, is no reference here.

use domain::envelope::Failure;
use tools_common::args;

const LONGEST_BYTES: usize = 400;

/// A branch, tag or commit.
///
/// # Errors
/// `BadRequest` that names the argument.
pub(crate) fn reference(field: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let odd = |letter: char| letter.is_control() || matches!(letter, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let wrong = text.is_empty()
        || text.len() > LONGEST_BYTES
        || text.chars().any(odd)
        || text.starts_with(['-', '/'])
        || text.ends_with(['/', '.'])
        || text.contains("..")
        || text.contains("//")
        || text.contains("@{");
    match wrong {
        true => Err(args::invalid(field, format!("{text:?}"), "a branch, a tag or a commit of this repository")),
        false => Ok(text.to_owned()),
    }
}

/// A commit: 7 to 40 hexadecimal digits (64 where the repository has the longer ids), lower case.
///
/// # Errors
/// `BadRequest` that names the argument.
pub(crate) fn commit(field: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim().to_ascii_lowercase();
    match is_commit(&text) {
        true => Ok(text),
        false => Err(args::invalid(field, format!("{text:?}"), "a commit: 7 to 40 hexadecimal digits")),
    }
}

/// Whether a text can be a commit's id or its beginning.
pub(crate) fn is_commit(text: &str) -> bool {
    const LENGTHS: std::ops::RangeInclusive<usize> = 7..=64;
    LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A path in a repository, without slashes at its ends; the root is empty.
///
/// # Errors
/// `BadRequest` that names the argument.
pub(crate) fn path(field: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim().trim_start_matches("./").trim_matches('/');
    let odd_part = |part: &str| matches!(part, "" | "." | "..");
    let wrong = text.len() > LONGEST_BYTES || text.chars().any(char::is_control);
    if text.is_empty() || text == "." {
        return Ok(String::new());
    }
    match wrong || text.split('/').any(odd_part) {
        true => Err(args::invalid(field, format!("{text:?}"), "a path from the root of the repository, without ..")),
        false => Ok(text.to_owned()),
    }
}

/// The name of a workflow file, or its number.
///
/// # Errors
/// `BadRequest` that names the argument.
pub(crate) fn workflow(field: &str, text: &str) -> Result<String, Failure> {
    let file = text.trim().rsplit('/').next().unwrap_or_default();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    match !file.is_empty() && file.len() <= LONGEST_BYTES && file.chars().all(fits) && !file.starts_with('.') {
        true => Ok(file.to_owned()),
        false => Err(args::invalid(field, format!("{text:?}"), "the workflow's file (ci.yml) or its number")),
    }
}

/// One segment of a URL's path: everything but letters, digits and `-_.` as `%XX`, slashes too.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A path of several segments, each written for a URL.
pub(crate) fn segments(path: &str) -> String {
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_are_git_references_of_this_repository() {
        for (text, good) in [
            ("main", true),
            ("feature/x-1", true),
            ("v1.2.3", true),
            ("dependabot/npm_and_yarn/@types/node-20", true),
            ("other:main", false),
            ("a..b", false),
            ("HEAD~1", false),
            ("main@{1}", false),
            ("-x", false),
            ("a b", false),
            ("", false),
        ] {
            assert_eq!(reference("ref", text).is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn paths_stay_in_the_repository() {
        for (text, wanted) in [
            ("/src/main.rs", Some("src/main.rs")),
            ("./a b/ü", Some("a b/ü")),
            ("", Some("")),
            (".", Some("")),
            ("a/../../b", None),
            ("..", None),
            ("a//b", None),
            ("a\nb", None),
        ] {
            assert_eq!(path("path", text).ok().as_deref(), wanted, "{text:?}");
        }
        assert_eq!(segments("a b/%2e%2e/ü?#"), "a%20b/%252e%252e/%C3%BC%3F%23");
    }

    proptest! {
        #[test]
        fn a_segment_is_one_segment(text in "\\PC{0,40}") {
            let written = segment(&text);
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.%".contains(&byte);
            prop_assert!(written.bytes().all(fits));
        }
    }
}
