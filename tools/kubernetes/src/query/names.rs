//! Which known names come nearest to a mistyped one.

/// The nearest of the candidates, best first; those that have nothing in common with the word are left out.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, at_most: usize) -> Vec<String> {
    let word = word.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|candidate| (likeness(&word, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.6)
        .collect();
    scored.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
    scored.dedup_by(|left, right| left.1 == right.1);
    scored.into_iter().take(at_most).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// 0 to 1: equal letters count, and one name inside the other counts as near (`checkout` in `checkout-7d9f-x2x`).
fn likeness(word: &str, candidate: &str) -> f64 {
    let by_letters = strsim::normalized_damerau_levenshtein(word, candidate);
    let contained = word.len() >= 3 && (candidate.contains(word) || word.contains(candidate) && candidate.len() >= 3);
    let shared_start = strsim::jaro_winkler(word, candidate) - 0.2;
    let best = by_letters.max(shared_start);
    if contained { best.max(0.8 + by_letters / 5.0) } else { best }
}

/// `a, b or c`.
pub fn either(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_and_parts_find_their_name() {
        let names = ["checkout", "cart", "payments", "orders-db", "checkout-worker"];
        assert_eq!(nearest("chekout", names, 2), ["checkout", "checkout-worker"]);
        assert_eq!(nearest("orders", names, 3), ["orders-db"]);
        assert_eq!(nearest("zzz", names, 3), Vec::<String>::new());
    }
}
