//! Patterns with `*`, as they stand in ignore lists and in the rules of what may leave the house; and characters that nobody
//! sees.

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

/// Whether a character is not seen and changes how others are: marks of direction, zero width, tags, fillers.
pub fn is_unseen(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
