//! Addresses without their passwords.

use domain::secret::HIDDEN;

/// The text of a URL with what stands before `@` in its authority hidden, and its query, which often holds a key.
pub fn hide_credentials(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(authority_end);
    let authority = match authority.rfind('@') {
        Some(at) => format!("{HIDDEN}{}", authority.split_at(at).1),
        None => authority.to_owned(),
    };
    match tail.find('?') {
        Some(at) if start > 0 => format!("{scheme}{authority}{}?{HIDDEN}", tail.split_at(at).0),
        _ => format!("{scheme}{authority}{tail}"),
    }
}

/// A text as it may be shown: credentials of a URL hidden, and whatever else looks like a secret.
pub fn shown(text: &str) -> String {
    domain::redaction::redact_text(&hide_credentials(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_url_are_hidden_and_nothing_else() {
        let cases = [
            ("http://u:p@host:9090/x?y=a@b", "http://[secret]@host:9090/x?[secret]"),
            ("what? no", "what? no"),
            ("http://host/a@b", "http://host/a@b"),
            ("u:p@host", "[secret]@host"),
            ("http://a@b:c@host", "http://[secret]@host"),
        ];
        for (given, shown) in cases {
            assert_eq!(hide_credentials(given), shown);
        }
    }
}
