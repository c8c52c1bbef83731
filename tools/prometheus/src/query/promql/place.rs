//! Where a syntax error stands. The parser does not say, so it is found: first by brackets and quotes, then by a word
//! that the parser quotes, then by the longest beginning of the query that something could still complete.

use promql_parser::parser::parse;

/// Byte offset of the mistake.
pub(super) fn of(query: &str, problem: &str) -> usize {
    match brackets(query) {
        Brackets::Wrong(at) => at,
        Brackets::Balanced => by_quoted_word(query, problem).unwrap_or_else(|| by_completion(query)),
    }
}

/// Line number from 1, column from 0 in characters, and the line itself.
pub(super) fn line_of(query: &str, at: usize) -> (usize, usize, &str) {
    let before = query.get(..at).unwrap_or(query);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = query.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let column = before.get(line_start..).map_or(0, |text| text.chars().count());
    (before.matches('\n').count() + 1, column, line)
}

enum Brackets {
    Balanced,
    Wrong(usize),
}

fn brackets(query: &str) -> Brackets {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut letters = query.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' | '\'' | '`' if skip_string(letter, &mut letters) => {}
            '"' | '\'' | '`' => return Brackets::Wrong(at),
            '#' => {
                for (_, letter) in letters.by_ref() {
                    if letter == '\n' {
                        break;
                    }
                }
            }
            '(' | '[' | '{' => open.push((letter, at)),
            ')' | ']' | '}' => match open.pop() {
                Some((opener, _)) if closer(opener) == letter => {}
                Some((_, opened_at)) if letter != ')' => return Brackets::Wrong(opened_at),
                _ => return Brackets::Wrong(at),
            },
            _ => {}
        }
    }
    match open.pop() {
        Some((_, at)) => Brackets::Wrong(at),
        None => Brackets::Balanced,
    }
}

fn skip_string(quote: char, letters: &mut std::str::CharIndices<'_>) -> bool {
    while let Some((_, letter)) = letters.next() {
        if letter == quote {
            return true;
        }
        if letter == '\\' && quote != '`' {
            letters.next();
        }
    }
    false
}

fn closer(opener: char) -> char {
    match opener {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

/// The parser quotes what it stumbled over: `unexpected character: '&'`, `in call to function 'rate'`.
fn by_quoted_word(query: &str, problem: &str) -> Option<usize> {
    let mut parts = problem.split(['\'', '"', '`']);
    parts.next()?;
    let word = parts.next().filter(|word| !word.is_empty() && word.len() < 60)?;
    let found: Vec<usize> = query.match_indices(word).map(|(at, _)| at).take(2).collect();
    match found.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Ends of the query's words and signs.
fn token_ends(query: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut letters = query.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let mut end = at + letter.len_utf8();
        if letter.is_whitespace() {
            continue;
        }
        if matches!(letter, '"' | '\'' | '`') {
            while let Some((inner_at, inner)) = letters.next() {
                end = inner_at + inner.len_utf8();
                match inner {
                    '\\' if letter != '`' => {
                        letters.next();
                    }
                    inner if inner == letter => break,
                    _ => {}
                }
            }
        } else if is_word(letter) {
            while let Some((next_at, next)) = letters.next_if(|(_, next)| is_word(*next)) {
                end = next_at + next.len_utf8();
            }
        } else if matches!(letter, '=' | '!' | '<' | '>')
            && let Some((next_at, next)) = letters.next_if(|(_, next)| matches!(next, '=' | '~'))
        {
            end = next_at + next.len_utf8();
        }
        ends.push(end);
    }
    ends
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | ':' | '.')
}

/// The mistake is the first token after the longest beginning that some ending would make whole.
fn by_completion(query: &str) -> usize {
    const MOST_TOKENS: usize = 400;
    let ends = token_ends(query);
    for (index, end) in ends.iter().enumerate().take(MOST_TOKENS).rev() {
        if query.get(..*end).is_some_and(can_be_completed) {
            let next_token = ends.get(index + 1).map_or(query.len(), |next_end| start_of_token(query, *end, *next_end));
            return next_token;
        }
    }
    0
}

fn start_of_token(query: &str, from: usize, end: usize) -> usize {
    let between = query.get(from..end).unwrap_or_default();
    from + (between.len() - between.trim_start().len())
}

fn can_be_completed(beginning: &str) -> bool {
    const ENDINGS: &[&str] = &["", "x", "1", "(x)", "(x[5m])", "x[5m]", "\"a\"", "=\"a\"", "5m", "[5m]", ",x", "x:1m"];
    let closers = closers(beginning);
    ENDINGS.iter().any(|ending| {
        [
            format!("{beginning}{ending}{closers}"),
            format!("{beginning} {ending}{closers}"),
            format!("{beginning}{ending}{closers} (x)"),
        ]
        .iter()
        .any(|candidate| {
            parse(candidate).is_ok() || parse(candidate).is_err_and(|problem| problem.contains("expected type"))
        })
    })
}

fn closers(beginning: &str) -> String {
    let mut open = Vec::new();
    let mut letters = beginning.char_indices();
    while let Some((_, letter)) = letters.next() {
        match letter {
            '"' | '\'' | '`' => {
                skip_string(letter, &mut letters);
            }
            '(' | '[' | '{' => open.push(closer(letter)),
            ')' | ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.iter().rev().collect()
}
