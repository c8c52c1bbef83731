//! Where a webhook is: its address taken apart, and what of it must not be told.

use domain::envelope::{Failure, FailureKind};
use domain::redaction::REPLACEMENT;
use domain::secret::Secret;

/// Parts of an address that are shorter say nothing by themselves, and stand in other texts by chance.
const LEAST_CHARACTERS: usize = 6;

/// An address.
#[derive(Clone)]
pub struct Address {
    /// Without query and fragment, for the client.
    pub base: Secret,
    /// What is added to the base: a slash where the address ends with one.
    pub end: &'static str,
    /// The query, pair by pair.
    pub query: Vec<(String, String)>,
    /// `https://host:port`, which may be told.
    pub shown: String,
    hidden: Vec<String>,
}

impl Address {
    /// Takes an address apart.
    ///
    /// # Errors
    /// It is none of `http` or `https` with a host. The address itself is never told.
    pub fn parse(name: &str, text: &Secret) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            let message = format!("the address of the webhook {name} {what}; accepted: https://HOST/PATH");
            Failure::new(FailureKind::BadRequest, message)
        };
        let mut url = reqwest::Url::parse(text.reveal().trim()).map_err(|_| wrong("cannot be read"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("is neither http nor https"));
        }
        let host = url.host_str().ok_or_else(|| wrong("has no host"))?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let shown = format!("{}://{host}{port}", url.scheme());
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let segments = url.path_segments().into_iter().flatten().map(str::to_owned);
        let mut hidden: Vec<String> = segments.chain(query.iter().map(|(_, value)| value.clone())).collect();
        hidden.retain(|part| part.chars().count() >= LEAST_CHARACTERS);
        hidden.sort_by_key(|part| std::cmp::Reverse(part.len()));
        let end = if url.path().len() > 1 && url.path().ends_with('/') { "/" } else { "" };
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self { base: Secret::new(url.as_str()), end, query, shown, hidden })
    }

    /// A text without the parts that must not be told.
    pub fn without(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, part| text.replace(part.as_str(), REPLACEMENT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_its_host_and_nothing_more() {
        let address = Secret::new("https://user:pass@hooks.example.com:8443/services/T0SECRET/?sig=abcdef123&v=1#x");
        let address = Address::parse("cache", &address).unwrap();
        assert_eq!(address.shown, "https://hooks.example.com:8443");
        assert_eq!(address.base.reveal(), "https://user:pass@hooks.example.com:8443/services/T0SECRET/");
        assert_eq!((address.end, address.query.len()), ("/", 2));
        let told = address.without("POST https://hooks.example.com:8443/services/T0SECRET: no abcdef123");
        assert!(!told.contains("T0SECRET") && !told.contains("abcdef123"), "{told}");
    }

    #[test]
    fn an_address_that_is_none_is_refused_and_not_told() {
        for wrong in ["", "secret-host/path", "ftp://host/secret", "https://", "mailto:secret"] {
            let failure = Address::parse("cache", &Secret::new(wrong)).err().unwrap();
            assert!(!failure.to_string().contains("secret"), "{failure}");
        }
    }
}
