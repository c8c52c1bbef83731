//! Patterns with `*`, as they stand in ignore lists and in the rules of what may leave the house.

/// Whether a name fits a pattern in which `*` stands for any run of characters, the empty one too.
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut rest = rest;
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, name, expected) in [
            ("hr", "hr", true),
            ("hr", "hr-payroll", false),
            ("hr-*", "hr-payroll", true),
            ("*-prod", "shop-prod", true),
            ("*", "", true),
            ("a*b*c", "a-x-b-y-c", true),
            ("a*b*c", "a-x-c", false),
            ("ab*b", "ab", false),
            ("ab*ba", "aba", false),
            ("Deployment shop/*", "Deployment shop/checkout", true),
            ("* shop/check*t", "Deployment shop/checkout", true),
            ("*cart", "Deployment shop/cart-db", false),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
