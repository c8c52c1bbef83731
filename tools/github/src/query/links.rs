//! URLs that GitHub gives back: the next page of a list, a repository's new place, the storage of a log.
//!
//! Guarantee: none of them is taken for more than its path and parameters unless it lies under the base URL; where it
//! leads elsewhere, only [`Place::parse`] reads it, for a client without credentials.

/// A path below a base URL, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Below {
    pub path: String,
    pub parameters: Vec<(String, String)>,
}

/// Where an absolute URL leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// `https://host:port`, never with a user.
    pub origin: String,
    pub is_secure: bool,
    pub below: Below,
}

impl Place {
    /// Reads an absolute http or https URL; `None` for anything else, and for one that carries a user.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: http::Uri = text.trim().parse().ok()?;
        let scheme = uri.scheme_str()?;
        let authority = uri.authority()?.as_str();
        if authority.contains('@') || !matches!(scheme, "http" | "https") {
            return None;
        }
        let below = Below { path: uri.path().to_owned(), parameters: parameters(uri.query().unwrap_or_default()) };
        Some(Self { origin: format!("{scheme}://{authority}"), is_secure: scheme == "https", below })
    }
}

/// What `location` names below `base` (a URL without user and query), or `None` where it leads elsewhere.
pub(crate) fn below(base: &str, location: &str) -> Option<Below> {
    let base = Place::parse(base)?;
    let absolute = match location.starts_with('/') && !location.starts_with("//") {
        true => format!("{}{location}", base.origin),
        false => location.to_owned(),
    };
    let place = Place::parse(&absolute)?;
    let prefix = base.below.path.trim_end_matches('/');
    let path = place.below.path.strip_prefix(prefix)?.to_owned();
    let climbs = path.split('/').any(|part| matches!(part, "." | "..")) || path.to_ascii_lowercase().contains("%2e");
    let is_below = place.origin.eq_ignore_ascii_case(&base.origin) && path.starts_with('/') && !climbs;
    is_below.then_some(Below { path, parameters: place.below.parameters })
}

/// The number of the next page, from a `Link` header.
pub(crate) fn next_page(link: &str) -> Option<u64> {
    let next = link.split(',').find(|part| {
        part.split(';').skip(1).any(|attribute| matches!(attribute.trim(), "rel=\"next\"" | "rel=next"))
    })?;
    let url = next.trim().strip_prefix('<')?.split('>').next()?;
    let (_, query) = url.split_once('?')?;
    let (_, page) = parameters(query).into_iter().find(|(name, _)| name == "page")?;
    page.parse().ok()
}

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            (other, _) => {
                bytes.push(*other);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_next_page_is_read_from_the_link() {
        let link = "<https://api.github.com/repositories/1/issues?per_page=2&page=1>; rel=\"prev\", \
                    <https://api.github.com/repositories/1/issues?per_page=2&page=3>; rel=\"next\", \
                    <https://api.github.com/repositories/1/issues?per_page=2&page=9>; rel=\"last\"";
        for (link, wanted) in [
            (link, Some(3)),
            ("<https://x/y?page=2>; rel=next", Some(2)),
            ("<https://x/y?after=abc>; rel=\"next\"", None),
            ("<https://x/y?page=2>; rel=\"last\"", None),
            ("", None),
        ] {
            assert_eq!(next_page(link), wanted, "{link}");
        }
    }

    #[test]
    fn only_what_lies_below_the_base_is_followed() {
        let base = "https://ghe.example/api/v3";
        let found = below(base, "https://ghe.example/api/v3/repositories/7/commits?path=a%20b%2Fc&sha=x+y").unwrap();
        assert_eq!(found.path, "/repositories/7/commits");
        let wanted = [("path", "a b/c"), ("sha", "x y")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found.parameters, wanted);
        assert_eq!(below(base, "/api/v3/repositories/7").unwrap().path, "/repositories/7");
        for elsewhere in [
            "https://evil.example/api/v3/repositories/7",
            "https://ghe.example:8443/api/v3/repositories/7",
            "http://ghe.example/api/v3/repositories/7",
            "https://user:x@ghe.example/api/v3/repositories/7",
            "https://ghe.example/repositories/7",
            "https://ghe.example/api/v3evil/7",
            "https://ghe.example/api/v3/../admin",
            "https://ghe.example/api/v3/%2e%2e/admin",
            "//evil.example/x",
            "nonsense",
        ] {
            assert_eq!(below(base, elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_signed_url_keeps_its_signature_and_carries_no_user() {
        let place =
            Place::parse("https://logs.blob.example/a%2Fb/job.txt?se=2026-11-21T03%3A00%3A00Z&sig=ab%2Bc%3D").unwrap();
        assert_eq!((place.origin.as_str(), place.is_secure), ("https://logs.blob.example", true));
        assert_eq!(place.below.path, "/a%2Fb/job.txt");
        assert_eq!(place.below.parameters.last().unwrap().1, "ab+c=");
        for wrong in ["https://user:pw@logs.example/x", "ftp://x/y", "/relative", ""] {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = next_page(&text);
            let _ = Place::parse(&text);
            let _ = below("https://api.github.com", &text);
        }
    }
}
