//! Names that model endpoints accept, and how a server's place is shown.
//!
//! Guarantee: the same server and tool get the same name in every run, whatever the order in which servers start; only
//! where two declared names collide does the second in the order of the settings get a suffix.

use std::collections::BTreeSet;

/// The longest name that model endpoints accept.
const MAX_NAME: usize = 64;

/// The first half of the names of a server's tools, with the separator.
pub fn prefix(server: &str) -> String {
    let mut prefix = cleaned(server);
    prefix.push('_');
    prefix
}

/// `SERVER_TOOL` in the accepted alphabet and length, not among the taken names; the new name is taken from then on.
pub fn unique(server: &str, tool: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = prefix(server) + &cleaned(tool);
    let mut salt = 0_u64;
    while name.len() > MAX_NAME || taken.contains(&name) {
        // The cut or doubled name gets a mark of the full one, so that two long names with one beginning stay apart.
        let mark = format!("_{:06x}", (fingerprint(&[server, tool]).wrapping_add(salt)) & 0x00ff_ffff);
        name = prefix(server) + &cleaned(tool);
        name.truncate(MAX_NAME - mark.len());
        name.push_str(&mark);
        salt += 1;
    }
    taken.insert(name.clone());
    name
}

/// Every character outside `[a-zA-Z0-9_-]` becomes `_`.
fn cleaned(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect()
}

/// FNV-1a over the parts: stable between runs and versions, which the standard library's hasher does not promise.
pub fn fingerprint(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash ^= u64::from(byte);
            hash = hash.wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// An address without what may be secret in it: user, password, query and fragment.
pub fn without_userinfo(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (head, tail) = (url.get(..end).unwrap_or(url), if end < url.len() { "?…" } else { "" });
    let Some((scheme, rest)) = head.split_once("://") else { return format!("{head}{tail}") };
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match path {
        Some(path) => format!("{scheme}://{host}/{path}{tail}"),
        None => format!("{scheme}://{host}{tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_cleaned_cut_and_kept_apart() {
        let mut taken = BTreeSet::new();
        let long = "x".repeat(80);
        let cases = [
            ("kubernetes", "list", "kubernetes_list".to_owned()),
            ("my.server", "read file", "my_server_read_file".to_owned()),
            ("a_b", "c", "a_b_c".to_owned()),
            ("a", "b_c", "a_b_c_981fdc".to_owned()),
            ("日本", "x", "___x".to_owned()),
            ("s", long.as_str(), format!("s_{}_460928", "x".repeat(55))),
        ];
        for (server, tool, expected) in &cases {
            assert_eq!(&unique(server, tool, &mut taken), expected);
        }
        assert_eq!(taken.len(), cases.len());
    }

    #[test]
    fn addresses_lose_what_may_be_secret() {
        let cases = [
            ("https://host/mcp", "https://host/mcp"),
            ("https://me:pw@host:8443/mcp?key=1", "https://host:8443/mcp?…"),
            ("http://me@host", "http://host"),
            ("not a url", "not a url"),
        ];
        for (url, expected) in cases {
            assert_eq!(without_userinfo(url), expected);
        }
    }

    proptest! {
        #[test]
        fn every_name_is_accepted_and_unique(pairs in proptest::collection::vec((".{0,70}", ".{0,90}"), 0..20)) {
            let mut taken = BTreeSet::new();
            for (position, (server, tool)) in pairs.iter().enumerate() {
                let name = unique(server, tool, &mut taken);
                prop_assert!(!name.is_empty() && name.len() <= MAX_NAME);
                prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
                prop_assert_eq!(taken.len(), position + 1);
            }
        }
    }
}
