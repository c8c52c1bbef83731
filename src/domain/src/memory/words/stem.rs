//! Stems of English words, so that `restarting` finds `restarts`.
//!
//! The algorithm is Porter's second one (<https://snowballstem.org/algorithms/english/stemmer.html>), whose names for
//! regions and steps are kept here. Left out are its rules for apostrophes, which do not reach this place, and those of
//! its exceptions that this field does not use.

/// Words that the rules would bend, with what they become.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("atlas", "atlas"),
    ("bias", "bias"),
    ("cpus", "cpu"),
    ("crds", "crd"),
    ("dbs", "db"),
    ("dying", "die"),
    ("gpus", "gpu"),
    ("lying", "lie"),
    ("news", "news"),
    ("pdbs", "pdb"),
    ("pvcs", "pvc"),
    ("pvs", "pv"),
    ("tying", "tie"),
    ("vms", "vm"),
];

/// Beginnings after which the first region starts, whatever the letters say.
const FIRST_REGION_AFTER: &[&str] = &["gener", "commun", "arsen"];

/// Endings that become others where they stand in the first region (step 2); the longer ones of a kind first.
const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("ization", "ize"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("iveness", "ive"),
    ("tional", "tion"),
    ("biliti", "ble"),
    ("lessli", "less"),
    ("entli", "ent"),
    ("ation", "ate"),
    ("alism", "al"),
    ("aliti", "al"),
    ("ousli", "ous"),
    ("iviti", "ive"),
    ("fulli", "ful"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("abli", "able"),
    ("izer", "ize"),
    ("ator", "ate"),
    ("alli", "al"),
    ("bli", "ble"),
];

/// The same for step 3.
const STEP_3: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("alize", "al"),
    ("icate", "ic"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ness", ""),
    ("ful", ""),
];

/// Endings that go where they stand in the second region (step 4); the longer ones first.
const STEP_4: &[&str] = &[
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "al",
    "er", "ic",
];

/// The stem of a lower-case word. What is no English word (digits, other scripts) stays as it is, but for the `s` of
/// `503s`.
pub(super) fn stem(word: &str) -> String {
    if let Some((_, stem)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == word) {
        return (*stem).to_owned();
    }
    if word.len() < 3 || !word.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return without_plural_of_number(word).to_owned();
    }
    let mut word = Word::of(word);
    word.plural();
    if !["proceed", "exceed", "succeed"].contains(&word.letters.as_str()) {
        word.past_and_progressive();
        word.final_y();
        word.doubled_endings();
        word.other_endings();
        word.last_endings();
        word.final_e_and_l();
    }
    word.letters.to_ascii_lowercase()
}

fn without_plural_of_number(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(number) if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) => number,
        _ => word,
    }
}

/// A word under way, of ASCII letters; `Y` is a `y` that sounds as a consonant.
struct Word {
    letters: String,
    /// Where the first region begins.
    first: usize,
    /// Where the second region begins.
    second: usize,
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

fn has_vowel(letters: &str) -> bool {
    letters.bytes().any(is_vowel)
}

/// The place after the first consonant that follows a vowel, from a place on.
fn region(letters: &str, from: usize) -> usize {
    let rest = letters.get(from..).unwrap_or_default().as_bytes();
    let pair =
        rest.windows(2).position(|pair| matches!(pair, [before, after] if is_vowel(*before) && !is_vowel(*after)));
    pair.map_or(letters.len(), |at| from + at + 2)
}

/// Whether the letters end in a short syllable.
fn ends_short(letters: &str) -> bool {
    match letters.as_bytes() {
        [vowel, end] => is_vowel(*vowel) && !is_vowel(*end),
        [.., before, vowel, end] => {
            !is_vowel(*before) && is_vowel(*vowel) && !is_vowel(*end) && !matches!(end, b'w' | b'x' | b'Y')
        }
        _ => false,
    }
}

impl Word {
    fn of(word: &str) -> Self {
        let mut letters = String::with_capacity(word.len() + 1);
        let mut after_vowel = true;
        for letter in word.chars() {
            let letter = if letter == 'y' && after_vowel { 'Y' } else { letter };
            after_vowel = matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
            letters.push(letter);
        }
        let beginning = FIRST_REGION_AFTER.iter().find(|beginning| letters.starts_with(**beginning));
        let first = beginning.map_or_else(|| region(&letters, 0), |beginning| beginning.len());
        let second = region(&letters, first);
        Self { letters, first, second }
    }

    /// What stands before an ending, if the word ends so.
    fn before(&self, ending: &str) -> Option<usize> {
        self.letters.strip_suffix(ending).map(str::len)
    }

    fn until(&self, at: usize) -> &str {
        self.letters.get(..at).unwrap_or_default()
    }

    fn end_with(&mut self, at: usize, ending: &str) {
        self.letters.truncate(at);
        self.letters.push_str(ending);
    }

    /// Step 1a.
    fn plural(&mut self) {
        if let Some(at) = self.before("sses") {
            self.end_with(at, "ss");
        } else if let Some(at) = self.before("ies").or_else(|| self.before("ied")) {
            self.end_with(at, if at > 1 { "i" } else { "ie" });
        } else if self.letters.ends_with("us") || self.letters.ends_with("ss") {
            // Such an s is no plural.
        } else if let Some(at) = self.before("s")
            && has_vowel(self.until(at.saturating_sub(1)))
        {
            self.letters.truncate(at);
        }
    }

    /// Step 1b.
    fn past_and_progressive(&mut self) {
        if let Some(at) = self.before("eedly").or_else(|| self.before("eed")) {
            if at >= self.first {
                self.end_with(at, "ee");
            }
            return;
        }
        let ending = ["ingly", "edly", "ing", "ed"].into_iter().find_map(|ending| self.before(ending));
        let Some(at) = ending.filter(|at| has_vowel(self.until(*at))) else { return };
        self.letters.truncate(at);
        let is_double = match self.letters.as_bytes() {
            // `add`, `egg`, `off` are whole words.
            [b'a' | b'e' | b'o', _, _] => false,
            [.., before, last] => before == last && b"bdfgmnprt".contains(last),
            _ => false,
        };
        if ["at", "bl", "iz"].iter().any(|ending| self.letters.ends_with(ending)) {
            self.letters.push('e');
        } else if is_double {
            self.letters.pop();
        } else if self.first >= self.letters.len() && ends_short(&self.letters) {
            self.letters.push('e');
        }
    }

    /// Step 1c.
    fn final_y(&mut self) {
        let Some(at) = self.before("y").or_else(|| self.before("Y")) else { return };
        let follows_consonant = self.until(at).bytes().last().is_some_and(|letter| !is_vowel(letter));
        if at > 1 && follows_consonant {
            self.end_with(at, "i");
        }
    }

    fn replace_in_first(&mut self, endings: &[(&str, &str)]) -> bool {
        let found = endings.iter().find_map(|(ending, other)| Some((self.before(ending)?, *other)));
        if let Some((at, other)) = found.filter(|(at, _)| *at >= self.first) {
            self.end_with(at, other);
        }
        found.is_some()
    }

    /// Step 2.
    fn doubled_endings(&mut self) {
        if self.replace_in_first(STEP_2) {
            return;
        }
        if let Some(at) = self.before("logi").filter(|at| at + 1 >= self.first) {
            self.end_with(at, "log");
        } else if let Some(at) = self.before("li").filter(|at| *at >= self.first)
            && self.until(at).ends_with(['c', 'd', 'e', 'g', 'h', 'k', 'm', 'n', 'r', 't'])
        {
            self.letters.truncate(at);
        }
    }

    /// Step 3.
    fn other_endings(&mut self) {
        if self.replace_in_first(STEP_3) {
            return;
        }
        if let Some(at) = self.before("ative").filter(|at| *at >= self.second) {
            self.letters.truncate(at);
        }
    }

    /// Step 4.
    fn last_endings(&mut self) {
        if let Some(at) = STEP_4.iter().find_map(|ending| self.before(ending)) {
            if at >= self.second {
                self.letters.truncate(at);
            }
        } else if let Some(at) = self.before("ion").filter(|at| *at >= self.second)
            && self.until(at).ends_with(['s', 't'])
        {
            self.letters.truncate(at);
        }
    }

    /// Step 5.
    fn final_e_and_l(&mut self) {
        if let Some(at) = self.before("e") {
            if at >= self.second || at >= self.first && !ends_short(self.until(at)) {
                self.letters.truncate(at);
            }
        } else if let Some(at) = self.before("l").filter(|at| *at >= self.second)
            && self.until(at).ends_with('l')
        {
            self.letters.truncate(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    /// Pairs of the vocabulary that is published with the algorithm, and words of the field.
    #[test]
    fn words_have_the_published_stems() {
        let cases = [
            ("consign", "consign"),
            ("consigned", "consign"),
            ("consignment", "consign"),
            ("consist", "consist"),
            ("consistency", "consist"),
            ("consistently", "consist"),
            ("consolation", "consol"),
            ("consolatory", "consolatori"),
            ("consolidate", "consolid"),
            ("conspicuously", "conspicu"),
            ("conspiracies", "conspiraci"),
            ("knackeries", "knackeri"),
            ("knaves", "knave"),
            ("kneeled", "kneel"),
            ("knick", "knick"),
            ("knightly", "knight"),
            ("knitting", "knit"),
            ("knots", "knot"),
            ("generation", "generat"),
            ("communicate", "communic"),
            ("hopping", "hop"),
            ("hoping", "hope"),
            ("cries", "cri"),
            ("ties", "tie"),
            ("gas", "gas"),
            ("kiwis", "kiwi"),
            ("say", "say"),
            ("luxuriated", "luxuri"),
        ];
        for (word, expected) in cases {
            assert_eq!(stem(word), expected, "{word}");
        }
    }

    #[test]
    fn forms_of_a_word_meet() {
        let families: &[&[&str]] = &[
            &["restart", "restarts", "restarted", "restarting"],
            &["evict", "evicts", "evicted", "eviction", "evictions"],
            &["throttle", "throttled", "throttles", "throttling"],
            &["latency", "latencies"],
            &["deploy", "deploys", "deployed", "deployment", "deployments"],
            &["expire", "expired", "expires", "expiring", "expiration"],
            &["schedule", "scheduled", "scheduling", "schedules"],
            &["unschedulable", "unscheduled"],
            &["certificate", "certificates"],
            &["cpu", "cpus"],
            &["503", "503s"],
            &["proxy", "proxies"],
        ];
        for family in families {
            let stems: Vec<String> = family.iter().map(|word| stem(word)).collect();
            assert!(stems.iter().all(|found| Some(found) == stems.first()), "{family:?}: {stems:?}");
        }
    }

    #[test]
    fn names_that_only_end_so_are_left_alone() {
        for word in ["dns", "tls", "https", "x509", "7f9c", "0x80070005", "ingress", "status", "größe", "ä", ""] {
            assert_eq!(stem(word), word);
        }
    }
}
