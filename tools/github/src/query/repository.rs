//! Which repository a call means, and whether it may be read.
//!
//! Guarantees: what does not look like `owner/name` reaches no URL; a repository outside the allow-list is refused
//! before anything is sent. Names compare without regard to case, as GitHub compares them.

use domain::envelope::{Failure, FailureKind};
use std::fmt;
use tools_common::args;

/// A repository whose name is well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    owner: String,
    name: String,
}

impl Repository {
    /// Reads `owner/name`; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.trim().split_once('/')?;
        (is_owner(owner) && is_name(name)).then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// Its last part, as image names often have it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The path of the API below which everything of it lies.
    pub(crate) fn path(&self) -> String {
        format!("/repos/{}/{}", self.owner, self.name)
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.owner, self.name)
    }
}

fn is_owner(text: &str) -> bool {
    const LONGEST: usize = 60;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(fits)
}

fn is_name(text: &str) -> bool {
    const LONGEST: usize = 100;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(fits) && !matches!(text, "." | "..")
}

/// The repositories that may be read, and the one that is meant where none is named.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    allowed: Vec<String>,
    default: Option<Repository>,
}

impl Scope {
    /// Reads the settings.
    ///
    /// # Errors
    /// `BadRequest` that quotes the entry that cannot be read.
    pub(crate) fn new(allowed: &[String], default: Option<&str>) -> Result<Self, Failure> {
        for entry in allowed {
            let whole_owner = entry.strip_suffix("/*").is_some_and(is_owner);
            if !whole_owner && Repository::parse(entry).is_none() {
                return Err(wrong("repositories", entry, "owner/name or owner/*"));
            }
        }
        let scope = Self { allowed: allowed.to_vec(), default: None };
        let named = match default {
            Some(text) => Some(Repository::parse(text).ok_or_else(|| wrong("default_repository", text, "owner/name"))?),
            None => scope.only().and_then(Repository::parse),
        };
        if let Some(repository) = &named
            && !scope.allows(&repository.to_string())
        {
            return Err(wrong("default_repository", &repository.to_string(), "one that `repositories` allows"));
        }
        Ok(Self { default: named, ..scope })
    }

    fn only(&self) -> Option<&str> {
        match self.allowed.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Whether `owner/name` may be read.
    pub(crate) fn allows(&self, repository: &str) -> bool {
        let fits = |entry: &String| match entry.strip_suffix('*') {
            Some(prefix) => repository.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)),
            None => entry.eq_ignore_ascii_case(repository),
        };
        self.allowed.is_empty() || self.allowed.iter().any(fits)
    }

    /// The entries of the allow-list.
    pub(crate) fn allowed(&self) -> &[String] {
        &self.allowed
    }

    /// The repository that a call means.
    ///
    /// # Errors
    /// `BadRequest` where none is named or the name is malformed, `Refused` where it is not allowed.
    pub(crate) fn choose(&self, asked: Option<&str>) -> Result<Repository, Failure> {
        let Some(text) = asked.filter(|text| !text.trim().is_empty()) else {
            return self.default.clone().ok_or_else(|| args::invalid("repository", "nothing", &self.accepted()));
        };
        let repository = self.read(text.trim())?;
        if self.allows(&repository.to_string()) {
            return Ok(repository);
        }
        let message = format!("the settings do not allow to read {repository}; nothing was sent");
        Err(Failure::new(FailureKind::Refused, message)
            .with_hint(format!("allowed: {}; an operator can add it to `repositories`", self.accepted())))
    }

    /// A name without its owner is enough where the default or the allow-list has one repository of that name.
    fn read(&self, text: &str) -> Result<Repository, Failure> {
        if let Some(repository) = Repository::parse(text) {
            return Ok(repository);
        }
        let known = self.allowed.iter().filter_map(|entry| Repository::parse(entry)).chain(self.default.clone());
        let mut fitting: Vec<Repository> = known.filter(|known| known.name.eq_ignore_ascii_case(text)).collect();
        fitting.dedup();
        match fitting.pop() {
            Some(one) if fitting.is_empty() => Ok(one),
            _ => Err(args::invalid("repository", format!("{text:?}"), &self.accepted())),
        }
    }

    fn accepted(&self) -> String {
        if self.allowed.is_empty() { "owner/name".to_owned() } else { self.allowed.join(", ") }
    }
}

fn wrong(setting: &str, found: &str, accepted: &str) -> Failure {
    let message = format!("settings for GitHub: {setting}: found {found:?}; accepted: {accepted}");
    Failure::new(FailureKind::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scope(allowed: &[&str], default: Option<&str>) -> Result<Scope, Failure> {
        let allowed: Vec<String> = allowed.iter().map(|entry| (*entry).to_owned()).collect();
        Scope::new(&allowed, default)
    }

    #[test]
    fn only_owner_and_name_reach_a_url() {
        for (text, good) in [
            ("acme/shop", true),
            ("Acme-1/shop.js", true),
            ("emu_user/a_b", true),
            ("acme", false),
            ("acme/", false),
            ("acme/..", false),
            ("../etc", false),
            ("acme/shop/../../orgs/x", false),
            ("acme/shop?x=1", false),
            ("acme/sh%2fop", false),
            ("acme/shop\n", true),
            ("acme/sh op", false),
        ] {
            assert_eq!(Repository::parse(text).is_some(), good, "{text:?}");
        }
    }

    #[test]
    fn the_allow_list_decides_before_anything_is_sent() {
        let scope = scope(&["acme/shop", "tools/*"], None).unwrap();
        assert_eq!(scope.choose(Some("ACME/Shop")).unwrap().to_string(), "ACME/Shop");
        assert_eq!(scope.choose(Some("tools/any")).unwrap().to_string(), "tools/any");
        assert_eq!(scope.choose(Some("shop")).unwrap().to_string(), "acme/shop");
        let refused = scope.choose(Some("acme/shop2")).unwrap_err();
        assert_eq!(refused.kind, FailureKind::Refused);
        assert!(refused.to_string().contains("acme/shop, tools/*"), "{refused}");
        assert_eq!(scope.choose(Some("toolsmith/any")).unwrap_err().kind, FailureKind::Refused);
        assert_eq!(scope.choose(None).unwrap_err().kind, FailureKind::BadRequest);
    }

    #[test]
    fn the_default_is_the_only_allowed_one_or_the_one_that_is_set() {
        assert_eq!(scope(&["acme/shop"], None).unwrap().choose(None).unwrap().to_string(), "acme/shop");
        assert_eq!(scope(&[], Some("acme/shop")).unwrap().choose(Some(" ")).unwrap().to_string(), "acme/shop");
        for (allowed, default, word) in [
            (&["acme"][..], None, "\"acme\""),
            (&["acme/shop"][..], Some("acme/other"), "default_repository"),
            (&[][..], Some("shop"), "owner/name"),
        ] {
            let failure = scope(allowed, default).unwrap_err();
            assert!(failure.message.contains(word), "{failure}");
        }
    }

    proptest! {
        #[test]
        fn no_name_that_is_read_can_leave_its_place_in_the_path(text in "\\PC{0,40}") {
            if let Some(repository) = Repository::parse(&text) {
                let path = repository.path();
                prop_assert_eq!(path.matches('/').count(), 3);
                prop_assert!(!path.contains("/../") && !path.ends_with("/..") && !path.contains('%') && !path.contains('?'));
            }
        }
    }
}
