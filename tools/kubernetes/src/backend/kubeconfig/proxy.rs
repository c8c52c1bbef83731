//! Which proxy leads to an API server: the settings, then the kubeconfig, then the environment with `NO_PROXY`.
//!
//! The environment is read as Go programs read it, so that `kubectl` and this agree: entries of `NO_PROXY` are hosts
//! with their subdomains, `.domains`, addresses, networks, each with an optional port, or `*`; loopback never goes
//! through a proxy.

use super::Lookup;
use http::Uri;
use std::net::IpAddr;

/// The proxy for a server, `None` for a direct connection.
///
/// # Errors
/// A sentence about a proxy address that cannot be used.
pub fn for_server(
    server: &Uri,
    settings: Option<&str>,
    kubeconfig: Option<Uri>,
    lookup: Lookup<'_>,
) -> Result<Option<Uri>, String> {
    if let Some(text) = settings.filter(|text| !text.is_empty()) {
        return parse("the settings' proxy", text).map(Some);
    }
    if kubeconfig.is_some() {
        return Ok(kubeconfig);
    }
    let secure = server.scheme_str() != Some("http");
    let names = if secure { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let found = names.into_iter().find_map(|name| Some((name, lookup(name).filter(|value| !value.trim().is_empty())?)));
    let Some((name, text)) = found else { return Ok(None) };
    let exempt =
        lookup("NO_PROXY").filter(|value| !value.is_empty()).or_else(|| lookup("no_proxy")).unwrap_or_default();
    if is_exempt(server, &exempt) {
        return Ok(None);
    }
    parse(name, &text).map(Some)
}

/// A proxy address; one without a scheme means http. Its user part is not repeated in the message.
pub fn parse(origin: &str, text: &str) -> Result<Uri, String> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let uri: Uri = whole.parse().map_err(|error| format!("{origin} is no address: {error}"))?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some() => Ok(uri),
        scheme => {
            Err(format!("{origin} has the scheme {:?}; http and https proxies are spoken here", scheme.unwrap_or("")))
        }
    }
}

fn is_exempt(server: &Uri, no_proxy: &str) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("http") { 80 } else { 443 });
    let entries = no_proxy.split(',').map(|entry| entry.trim().to_lowercase()).filter(|entry| !entry.is_empty());
    entries.into_iter().any(|entry| matches_entry(&entry, &host, address, port))
}

fn matches_entry(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = entry.split_once('/') {
        let network: Option<IpAddr> = network.parse().ok();
        let bits: Option<u32> = bits.parse().ok();
        return match (address, network, bits) {
            (Some(address), Some(network), Some(bits)) => in_network(address, network, bits),
            _ => false,
        };
    }
    let entry = match entry.rsplit_once(':') {
        Some((name, number)) if !name.contains(':') && number.chars().all(|c| c.is_ascii_digit()) => {
            if number != port.to_string() {
                return false;
            }
            name
        }
        _ => entry,
    };
    if let (Some(address), Ok(exempt)) = (address, entry.trim_matches(['[', ']']).parse::<IpAddr>()) {
        return address == exempt;
    }
    let domain = entry.trim_start_matches('*').trim_start_matches('.');
    let below = host.strip_suffix(domain).is_some_and(|before| before.ends_with('.'));
    if entry.starts_with(['.', '*']) { below } else { host == domain || below }
}

fn in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let same = |left: u128, right: u128, width: u32| {
        bits <= width && (bits == 0 || (left >> (width - bits)) == (right >> (width - bits)))
    };
    match (address, network) {
        (IpAddr::V4(left), IpAddr::V4(right)) => same(u128::from(u32::from(left)), u128::from(u32::from(right)), 32),
        (IpAddr::V6(left), IpAddr::V6(right)) => same(u128::from(left), u128::from(right), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_as_go_reads_it() {
        let cases = [
            ("https://10.0.0.1:6443", "", true),
            ("https://10.0.0.1:6443", "10.0.0.0/8", false),
            ("https://10.0.0.1:6443", "localhost,,10.0.0.1", false),
            ("https://api.corp.example:6443", "corp.example", false),
            ("https://api.corp.example:6443", ".corp.example", false),
            ("https://corp.example:6443", ".corp.example", true),
            ("https://api.corp.example:6443", "corp.example:443", true),
            ("https://xcorp.example", "corp.example", true),
            ("https://api.corp.example", "*", false),
            ("https://127.0.0.1:6443", "", false),
            ("https://[fd00::1]:6443", "fd00::/8", false),
            ("http://10.0.0.1:8080", "", false),
        ];
        for (server, no_proxy, proxied) in cases {
            let lookup = |name: &str| match name {
                "HTTPS_PROXY" => Some("http://proxy:3128".to_owned()),
                "NO_PROXY" => Some(no_proxy.to_owned()),
                _ => None,
            };
            let found = for_server(&server.parse().unwrap(), None, None, &lookup).unwrap();
            assert_eq!(found.is_some(), proxied, "{server} with NO_PROXY={no_proxy}");
        }
    }

    #[test]
    fn the_nearer_setting_wins_and_ignores_no_proxy() {
        let lookup = |name: &str| (name == "NO_PROXY").then(|| "*".to_owned());
        let server: Uri = "https://10.0.0.1".parse().unwrap();
        let kubeconfig: Uri = "http://k:1".parse().unwrap();
        assert_eq!(
            for_server(&server, Some("s:2"), Some(kubeconfig.clone()), &lookup).unwrap().unwrap(),
            "http://s:2/"
        );
        assert_eq!(for_server(&server, None, Some(kubeconfig), &lookup).unwrap().unwrap(), "http://k:1/");
        assert!(for_server(&server, Some("socks5://p:1"), None, &lookup).unwrap_err().contains("socks5"));
    }
}
