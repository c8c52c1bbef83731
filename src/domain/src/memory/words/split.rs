//! Where words end: compounds (`payments-7f9c`, `node.kubernetes.io`), their parts, and the parts of `CamelCase`.

use super::WORD_CHARS;

/// Parts that a compound may have to be kept as a whole too; a longer one is a path or a sentence.
const PARTS_OF_A_NAME: usize = 6;

/// Characters that hold the parts of a name together.
fn joins(character: char) -> bool {
    matches!(character, '-' | '_' | '.')
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}')
}

/// Marks that stand on the letter before them.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

fn belongs(character: char) -> bool {
    character.is_alphanumeric() || joins(character) || is_apostrophe(character) || is_mark(character)
}

/// The runs of characters in which words may be.
pub(super) fn compounds(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character| !belongs(character)).filter(|run| !run.is_empty())
}

/// The smallest parts of a compound, in lower case.
pub(super) fn parts(compound: &str, tell: &mut dyn FnMut(&str)) {
    for part in compound.split(joins) {
        for piece in pieces(without_possessive(part)) {
            let piece = lowered(piece);
            match letters_and_number(&piece) {
                Some((letters, number)) => {
                    tell(letters);
                    tell(number);
                }
                None if piece.is_empty() => {}
                None => tell(&piece),
            }
        }
    }
}

/// The same, and after its parts each name that they make up.
pub(super) fn parts_and_whole(compound: &str, tell: &mut dyn FnMut(&str)) {
    let mut whole = String::new();
    let mut names = 0_usize;
    for part in compound.split(joins) {
        let part = without_possessive(part);
        let mut told = 0_usize;
        parts(part, &mut |word| {
            told += 1;
            tell(word);
        });
        if told > 0 {
            let name = lowered(part);
            if told > 1 {
                tell(&name);
            }
            names += 1;
            whole.push_str(&name);
        }
    }
    if (2..=PARTS_OF_A_NAME).contains(&names) {
        tell(&cut(&whole));
    }
}

/// `pod's` is about the pod.
fn without_possessive(part: &str) -> &str {
    let without_s = part.strip_suffix(['s', 'S']).and_then(|rest| rest.strip_suffix(is_apostrophe));
    without_s.unwrap_or(part)
}

/// Lower-case letters and digits only, at most [`WORD_CHARS`].
fn lowered(part: &str) -> String {
    let lower = part.chars().flat_map(char::to_lowercase);
    lower.filter(|character| is_lower(*character)).take(WORD_CHARS).collect()
}

fn cut(word: &str) -> String {
    word.chars().take(WORD_CHARS).collect()
}

/// Whether a character is a letter or digit that lower case leaves as it is.
fn is_lower(character: char) -> bool {
    character.is_alphanumeric() && character.to_lowercase().eq([character])
}

/// The parts of `CamelCase`: a capital after a small letter or digit begins one, and the last of several capitals before
/// a small letter (`APIError`), except for a plural (`PVCs`).
fn pieces(part: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = part.char_indices().collect();
    let mut found = Vec::new();
    let mut from = 0;
    for (index, (at, letter)) in letters.iter().enumerate().skip(1) {
        let before = letters.get(index - 1).map(|(_, letter)| *letter);
        let after = letters.get(index + 1).map(|(_, letter)| *letter);
        let is_plural = after == Some('s') && index + 2 == letters.len();
        let begins = letter.is_uppercase()
            && match before {
                Some(before) if before.is_uppercase() => after.is_some_and(char::is_lowercase) && !is_plural,
                Some(before) => before.is_alphanumeric(),
                None => false,
            };
        if begins {
            found.extend(part.get(from..*at));
            from = *at;
        }
    }
    found.extend(part.get(from..));
    found
}

/// `http503` as `http` and `503`; not `x509`, `k8s`, `7f9c`.
fn letters_and_number(piece: &str) -> Option<(&str, &str)> {
    let at = piece.find(|character: char| character.is_ascii_digit())?;
    let (letters, number) = piece.split_at_checked(at)?;
    let is_number = number.len() > 1 && number.bytes().all(|digit| digit.is_ascii_digit());
    (is_number && letters.len() > 1 && letters.bytes().all(|letter| letter.is_ascii_lowercase()))
        .then_some((letters, number))
}
