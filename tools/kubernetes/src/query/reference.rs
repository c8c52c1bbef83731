//! `deployment/checkout`: an object as people write it in an argument.

/// The parts of `KIND/NAME`, `NAMESPACE/KIND/NAME` or a bare name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The kind's word, where one was given.
    pub kind: Option<String>,
    /// The namespace, where one was given.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl Reference {
    /// Reads it; also the form that answers use, `Deployment shop/checkout`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if let Some((kind, path)) = text.split_once(char::is_whitespace) {
            let (namespace, name) = split_last(path.trim());
            return Self { kind: Some(kind.to_owned()), namespace, name };
        }
        let (before, name) = split_last(text);
        match before {
            None => Self { kind: None, namespace: None, name },
            Some(before) => match before.split_once('/') {
                Some((namespace, kind)) => {
                    Self { kind: Some(kind.to_owned()), namespace: Some(namespace.to_owned()), name }
                }
                None => Self { kind: Some(before), namespace: None, name },
            },
        }
    }
}

fn split_last(text: &str) -> (Option<String>, String) {
    match text.rsplit_once('/') {
        Some((before, name)) => (Some(before.to_owned()), name.to_owned()),
        None => (None, text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_people_use() {
        for (text, kind, namespace, name) in [
            ("checkout", None, None, "checkout"),
            ("deployment/checkout", Some("deployment"), None, "checkout"),
            ("shop/deploy/checkout", Some("deploy"), Some("shop"), "checkout"),
            ("Deployment shop/checkout", Some("Deployment"), Some("shop"), "checkout"),
            ("Node worker-1", Some("Node"), None, "worker-1"),
        ] {
            let expected = Reference {
                kind: kind.map(str::to_owned),
                namespace: namespace.map(str::to_owned),
                name: name.to_owned(),
            };
            assert_eq!(Reference::parse(text), expected, "{text}");
        }
    }
}
