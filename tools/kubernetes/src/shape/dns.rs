//! Services that a text names as hosts: `http://payments.shop:8080`, `cart-redis.data.svc.cluster.local:6379`.
//!
//! A host name alone cannot tell a service from a site outside. So this gives candidates, and says which of them can
//! only be services; the caller asks the cluster about the others.

/// A host that may be a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The service.
    pub name: String,
    /// The namespace; the pod's own where the host does not say.
    pub namespace: String,
    /// Whether the host cannot be anything but a service of this cluster.
    pub certain: bool,
}

/// The candidates in one value of an environment variable or a config file, in order, each once.
pub fn candidates(text: &str, own_namespace: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    for word in
        text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | '(' | ')' | '=' | '[' | ']'))
    {
        let Some((host, addressed)) = host(word) else { continue };
        for candidate in of_host(host, addressed, own_namespace) {
            if !found.contains(&candidate) {
                found.push(candidate);
            }
        }
    }
    found
}

/// The host in a word, and whether the word is an address (with scheme or port) rather than a bare name.
fn host(word: &str) -> Option<(&str, bool)> {
    let (rest, has_scheme) = match word.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (word, false),
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let has_port = port.is_some_and(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()));
    if port.is_some() && !has_port {
        return None;
    }
    is_name(host).then_some((host, has_scheme || has_port))
}

/// Lower-case DNS labels, the first starting with a letter: no addresses, no versions, no file names with capitals.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.starts_with(|c: char| c.is_ascii_lowercase()) && host.trim_end_matches('.').split('.').all(label)
}

fn of_host(host: &str, addressed: bool, own_namespace: &str) -> Vec<Candidate> {
    let host = host.trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    let candidate = |name: &str, namespace: &str, certain| Candidate {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        certain,
    };
    let of_svc = labels.iter().position(|label| *label == "svc").filter(|position| *position >= 2);
    if let Some(position) = of_svc
        && let (Some(name), Some(namespace)) = (labels.get(position - 2), labels.get(position - 1))
    {
        return vec![candidate(name, namespace, true)];
    }
    match labels.as_slice() {
        ["localhost"] => Vec::new(),
        [name] => vec![candidate(name, own_namespace, addressed)],
        // `name.namespace`, or `pod.service` of a headless service.
        [first, second] => vec![candidate(first, second, false), candidate(second, own_namespace, false)],
        [_, name, namespace] => vec![candidate(name, namespace, false)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_in_values() {
        let found = |text: &str| -> Vec<String> {
            let words = candidates(text, "shop").into_iter();
            words.map(|c| format!("{}/{}{}", c.namespace, c.name, if c.certain { "!" } else { "" })).collect()
        };
        for (text, expected) in [
            ("http://payments.shop:8080", vec!["shop/payments", "shop/shop"]),
            ("postgres://u:p@orders-db.data:5432/x", vec!["data/orders-db", "shop/data"]),
            ("cart-redis.data.svc.cluster.local:6379", vec!["data/cart-redis!"]),
            ("orders-db-0.orders-db.data.svc", vec!["data/orders-db!"]),
            ("http://payments:8080/v1", vec!["shop/payments!"]),
            ("kafka-0.kafka:9092,kafka-1.kafka:9092", vec!["kafka/kafka-0", "shop/kafka", "kafka/kafka-1"]),
            ("redis", vec!["shop/redis"]),
            ("10.0.0.1:80", vec![]),
            ("http://localhost:3000", vec![]),
            ("https://api.stripe.com/v1", vec!["com/stripe"]),
            ("INFO", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
