//! What a caller has to show: a bearer token (RFC 6750) or a name with a password (RFC 7617).
//!
//! Guarantees: compared in constant time; in no error, log or `Debug`; a secret that is empty is shown by nobody.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::secret::Secret;
use std::fmt;

/// What a receiver's callers have to show.
#[derive(Clone)]
pub struct Access {
    scheme: Scheme,
    /// What stands behind the scheme in the header.
    wanted: Secret,
    is_empty: bool,
}

#[derive(Debug, Clone, Copy)]
enum Scheme {
    Bearer,
    Basic,
}

/// `Access(Bearer)`.
impl fmt::Debug for Access {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Access({})", self.scheme())
    }
}

impl Access {
    /// `Authorization: Bearer TOKEN`.
    pub fn bearer(token: &Secret) -> Self {
        Self { scheme: Scheme::Bearer, wanted: token.clone(), is_empty: token.reveal().is_empty() }
    }

    /// `Authorization: Basic`, with a name and a password.
    pub fn basic(name: &str, password: &Secret) -> Self {
        let wanted = Secret::new(STANDARD.encode(format!("{name}:{}", password.reveal())));
        Self { scheme: Scheme::Basic, wanted, is_empty: password.reveal().is_empty() }
    }

    /// As a challenge and in words.
    pub(super) fn scheme(&self) -> &'static str {
        match self.scheme {
            Scheme::Bearer => "Bearer",
            Scheme::Basic => "Basic",
        }
    }

    /// Whether the request shows it. Two headers show nothing.
    pub(super) fn is_shown(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(only), None) = (values.next(), values.next()) else { return false };
        let Some((scheme, shown)) = only.to_str().ok().and_then(|value| value.split_once(' ')) else { return false };
        let is_same = is_same(shown.trim().as_bytes(), self.wanted.reveal().as_bytes());
        scheme.eq_ignore_ascii_case(self.scheme()) && is_same && !self.is_empty
    }
}

/// Takes as long for a nearly right secret as for a wrong one of the same length.
fn is_same(shown: &[u8], wanted: &[u8]) -> bool {
    let mut others = shown.iter();
    let difference = wanted.iter().fold(shown.len() ^ wanted.len(), |difference, byte| {
        difference | usize::from(byte ^ others.next().copied().unwrap_or(!*byte))
    });
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_the_declared_secret_under_its_scheme_opens() {
        let bearer = Access::bearer(&Secret::new("open-sesame"));
        let basic = Access::basic("alerts", &Secret::new("pass:word"));
        let nothing = Access::bearer(&Secret::new(""));
        let cases: [(&Access, &[&str], bool); 14] = [
            (&bearer, &["Bearer open-sesame"], true),
            (&bearer, &["bearer  open-sesame "], true),
            (&bearer, &["Bearer open-sesam"], false),
            (&bearer, &["Bearer open-sesame!"], false),
            (&bearer, &["Bearer Open-sesame"], false),
            (&bearer, &["Basic open-sesame"], false),
            (&bearer, &["open-sesame"], false),
            (&bearer, &[], false),
            (&bearer, &["Bearer open-sesame", "Bearer open-sesame"], false),
            (&basic, &["Basic YWxlcnRzOnBhc3M6d29yZA=="], true),
            (&basic, &["Bearer YWxlcnRzOnBhc3M6d29yZA=="], false),
            (&basic, &["Basic YWxlcnRzOnBhc3M6d29yZB=="], false),
            (&nothing, &["Bearer "], false),
            (&nothing, &["Bearer"], false),
        ];
        for (access, shown, opens) in cases {
            let mut headers = HeaderMap::new();
            for value in shown {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            assert_eq!(access.is_shown(&headers), opens, "{access:?} {shown:?}");
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let shown = format!("{:?} {:?}", Access::bearer(&Secret::new("x1")), Access::basic("n", &Secret::new("x2")));
        assert_eq!(shown, "Access(Bearer) Access(Basic)");
    }
}
