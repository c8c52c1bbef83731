//! Where the endpoint is: reads `OLLAMA_HOST` and `OPENAI_BASE_URL` as their users write them.

use crate::settings::Kind;
use domain::secret::Secret;
use reqwest::Url;

/// Ollama's own port.
const OLLAMA_PORT: u16 = 11_434;

/// A normalised address, its credentials kept apart.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where `/chat/completions` is appended; no slash at the end, no userinfo.
    pub api_base: String,
    /// Where `/api/...` and `/props` are appended; no slash at the end, no userinfo.
    pub root: String,
    /// User and password of the address.
    pub userinfo: Option<(Secret, Secret)>,
    /// Whether it is on this machine (no proxy then).
    pub is_loopback: bool,
}

impl Endpoint {
    /// Reads an address. The error says what is wrong and never repeats credentials.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the address of the model endpoint is empty; give HOST:PORT or a URL".to_owned());
        }
        let had_scheme = text.contains("://");
        let text = if had_scheme { text.to_owned() } else { format!("http://{}", with_host(text)) };
        let mut url = Url::parse(&text).map_err(|error| {
            format!("the address of the model endpoint is no URL ({error}); give HOST:PORT or a URL")
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "the address of the model endpoint has the scheme {:?}; give http or https",
                url.scheme()
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("the address of the model endpoint has a query; give it without `?` and `#`".to_owned());
        }
        let userinfo = userinfo(&url);
        // These setters fail only for addresses without a host, which http and https do not allow.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        point_to_this_machine(&mut url);
        if kind == Kind::Ollama && !had_scheme && url.port().is_none() {
            let _ = url.set_port(Some(OLLAMA_PORT));
        }
        let is_loopback = is_loopback(&url);
        let base = url.as_str().trim_end_matches('/').trim_end_matches("/chat/completions").to_owned();
        let (root, api_base) = roots(&base, &url, kind);
        Ok(Self { api_base, root, userinfo, is_loopback })
    }
}

/// `:11434` means this machine.
fn with_host(text: &str) -> String {
    match text.strip_prefix(':') {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    }
}

fn userinfo(url: &Url) -> Option<(Secret, Secret)> {
    let password = url.password().unwrap_or_default();
    (!url.username().is_empty() || !password.is_empty()).then(|| {
        // Userinfo is percent-encoded in an address and plain in the header.
        (Secret::new(percent_decoded(url.username())), Secret::new(percent_decoded(password)))
    })
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `OLLAMA_HOST=0.0.0.0` is what the server listens on; a client means this machine.
fn point_to_this_machine(url: &mut Url) {
    let host = match url.host_str() {
        Some("0.0.0.0") => "127.0.0.1",
        Some("[::]") => "[::1]",
        _ => return,
    };
    let _ = url.set_host(Some(host));
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn roots(base: &str, url: &Url, kind: Kind) -> (String, String) {
    let bare = url.path().trim_matches('/').is_empty();
    match (base.strip_suffix("/v1"), kind) {
        (Some(root), _) => (root.to_owned(), base.to_owned()),
        (None, Kind::Ollama) => {
            let root = base.strip_suffix("/api").unwrap_or(base);
            (root.to_owned(), format!("{root}/v1"))
        }
        (None, Kind::OpenAiCompatible) if bare => (base.to_owned(), format!("{base}/v1")),
        // A gateway's own path is taken as it is.
        (None, Kind::OpenAiCompatible) => (base.to_owned(), base.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalised() {
        use Kind::{Ollama, OpenAiCompatible};
        let cases = [
            ("localhost", Ollama, "http://localhost:11434/v1", "http://localhost:11434"),
            ("gpu:8080", Ollama, "http://gpu:8080/v1", "http://gpu:8080"),
            (":8080", Ollama, "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
            ("0.0.0.0", Ollama, "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434"),
            ("http://gpu:11434", Ollama, "http://gpu:11434/v1", "http://gpu:11434"),
            ("http://gpu:11434/v1/", Ollama, "http://gpu:11434/v1", "http://gpu:11434"),
            ("http://gpu:11434/api", Ollama, "http://gpu:11434/v1", "http://gpu:11434"),
            ("https://ollama.example", Ollama, "https://ollama.example/v1", "https://ollama.example"),
            ("https://host/ollama/", Ollama, "https://host/ollama/v1", "https://host/ollama"),
            ("http://u:p%40ss@gpu:1", Ollama, "http://gpu:1/v1", "http://gpu:1"),
            ("https://api.openai.com/v1", OpenAiCompatible, "https://api.openai.com/v1", "https://api.openai.com"),
            ("https://api.openai.com/v1/", OpenAiCompatible, "https://api.openai.com/v1", "https://api.openai.com"),
            ("http://vllm:8000", OpenAiCompatible, "http://vllm:8000/v1", "http://vllm:8000"),
            ("vllm:8000", OpenAiCompatible, "http://vllm:8000/v1", "http://vllm:8000"),
            (
                "https://g.example/v1beta/openai",
                OpenAiCompatible,
                "https://g.example/v1beta/openai",
                "https://g.example/v1beta/openai",
            ),
            ("https://h/v1/chat/completions", OpenAiCompatible, "https://h/v1", "https://h"),
            ("http://[::]:8000", OpenAiCompatible, "http://[::1]:8000/v1", "http://[::1]:8000"),
        ];
        for (text, kind, api_base, root) in cases {
            let endpoint = Endpoint::parse(text, kind).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((endpoint.api_base.as_str(), endpoint.root.as_str()), (api_base, root), "{text}");
        }
    }

    #[test]
    fn credentials_are_kept_apart() {
        let endpoint = Endpoint::parse("http://user:p%40ss@127.0.0.1:1", Kind::Ollama).unwrap();
        let (user, password) = endpoint.userinfo.clone().unwrap();
        assert_eq!((user.reveal(), password.reveal()), ("user", "p@ss"));
        assert!(endpoint.is_loopback);
        assert!(!format!("{endpoint:?}").contains("p@ss"));
    }

    #[test]
    fn bad_addresses_are_told_without_credentials() {
        for text in
            ["", "ftp://u:hunter2@h", "http://", "http://u:hunter2@h:99999", "http://u:hunter2@h/v1?key=hunter2"]
        {
            let error = Endpoint::parse(text, Kind::OpenAiCompatible).unwrap_err();
            assert!(error.contains("address of the model endpoint") && !error.contains("hunter2"), "{text}: {error}");
        }
    }
}
