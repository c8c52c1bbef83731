//! Values that readers stumble over: texts, numbers, times, and raw JSON that no `Value` can hold.

use crate::fuzz::chance::Chance;

/// Texts.
const TEXTS: &[&str] = &[
    "",
    " ",
    "\0",
    "\n",
    "\u{1b}[31mred\u{1b}[0m\u{7}",
    "\u{202e}txet\u{202c}",
    "e\u{301}\u{301}\u{301}",
    "ß",
    "İ",
    "ﬀ",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{feff}",
    "\u{fffd}",
    "\u{10ffff}",
    "日本語のテキスト",
    "NaN",
    "+Inf",
    "-Inf",
    "Infinity",
    "1e999",
    "-1e999",
    "1e-999",
    "0x10",
    " 12 ",
    "１２",
    "-",
    "+",
    ".",
    "..",
    "/",
    "//",
    "\\",
    "%",
    "%zz",
    "%s%n",
    "{{.}}",
    "${x}",
    "null",
    "true",
    "[]",
    "{}",
    "-0",
    "00",
    "1_000",
    "1,000",
    "18446744073709551616",
    "-9223372036854775809",
    "99999999999999999999999999999999999999",
    "9223372036854775807",
    // Kubernetes quantities.
    "1e3Ki",
    "-5m",
    "999999999999999999Ei",
    "1.5.5",
    "m",
    "Ki",
    "0.0000000000000000001n",
    "1E",
    "é1Gi",
    "-999999999Ei",
    // Durations.
    "1h-5m",
    "9999999999999h",
    "-1s",
    "1d1",
    "P1D",
    "0s",
    "5é",
    "µs",
    "1y9999w",
    // Cron and time zones.
    "* * * * *",
    "*/0 * * * *",
    "60-1 * * * *",
    "0 0 31 2 *",
    "1-99999999999 * * * *",
    "@every -1h",
    "@reboot",
    "TZ=é 0 0 * * *",
    "*/99999999999 * * * 7",
    "Mars/Olympus",
    // Versions, revisions, ports.
    "v1",
    "v",
    "v99999999999999999999.1",
    "v1.34.0+k3s1-é",
    "1.",
    "0",
    "-1",
    "65536",
    "http",
    // Addresses.
    "10.0.0.0/99",
    "::/0",
    "999.1.1.1",
    "::ffff:1.2.3.4/-1",
    "0.0.0.0/0",
    "[::1]:99999",
    // Base64 and hex.
    "====",
    "AA=A",
    "AAAAAAAAAAAAAAAA",
    "zz",
    "0xé",
    "abcdefabcdefabcdefabcdefabcdefab",
    // Patches, refs, images, labels, URLs.
    "@@ -1,99999999999999999999 +1 @@\n-é",
    "@@",
    "refs/heads/",
    "@sha256:",
    "image:",
    ":tag",
    "a/b/c/d:e@f",
    "app in (",
    "!app",
    "a=b,,c",
    "http://",
    "https://user:pw@h:99999/p?q#f",
    "//storage.test",
    "C:\\x",
    // Log lines, PromQL, JSON in text.
    "level=error msg=\"unclosed",
    "{\"level\":\"ERROR\",\"msg\":\"é",
    "##[error]",
    "##[group]",
    "\u{1b}[",
    "E1120 panic:",
    "{app=\"x\"} |= `",
    "sum(rate(x[5m]))",
    "histogram_quantile(NaN, x)",
    "{\"a\":{\"b\":[1e999]}}",
    "2026-11-20T10:00:03.6Z",
];

/// Times, as text.
const TIMES: &[&str] = &[
    "0000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "+262142-12-31T23:59:59Z",
    "9999999-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "1970-01-01T00:00:00Z",
    "1677-09-21T00:12:43Z",
    "2262-04-11T23:47:17Z",
    "2026-02-30T00:00:00Z",
    "2026-11-21T03:00:00+99:99",
    "2026-11-21T03:00:00.999999999999Z",
    "2026-11-21 03:00",
    "2026-11-21T03:00:00é",
    "0001-01-01T00:00:00Z",
    "2099-01-01T00:00:00Z",
    "253402300800",
    "-62135596801",
    "1763694000000000000",
    "-1763694000000000000",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "0.0000000001",
    "1e30",
];

/// Raw JSON.
const RAW: &[&str] = &[
    "1e999",
    "-1e999",
    "1e-999",
    "NaN",
    "Infinity",
    "-Infinity",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "-0",
    "-0.0",
    "01",
    "+1",
    ".5",
    "5.",
    "0.1e",
    "1E400",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\u0000\"",
    "\"\\x\"",
    "'single'",
    "undefined",
    "// comment",
    "",
    "{\"a\":1,\"a\":{}}",
    "{\"\":{\"\":{}}}",
    "[[]]",
    "[,]",
];

/// Numbers.
const NUMBERS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1e-320,
    1e300,
    -1e300,
    1.797e308,
    9.007_199_254_740_993e15,
    1e19,
    -1e19,
    4.3e9,
    2.2e9,
    1e12,
    1.8e18,
    9.3e18,
    2.6e11,
    8.2e15,
    -8.2e15,
];

const INTEGERS: &[i64] = &[
    0,
    1,
    -1,
    2,
    7,
    100,
    255,
    256,
    65_535,
    65_536,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64 + 1,
    i64::MAX,
    i64::MIN,
    i64::MAX / 1_000,
    i64::MAX / 1_000_000_000 + 1,
    -62_135_596_801,
    253_402_300_800,
    8_210_266_876_800,
    -8_334_601_228_801,
    1_763_694_000_000_000_000,
];

/// A text. Once in a while a very long one.
pub fn text(chance: &mut Chance) -> String {
    match chance.below(12) {
        0 => chance.one_of(TIMES).map(|text| (*text).to_owned()).unwrap_or_default(),
        1 => {
            let piece = chance.one_of(TEXTS).copied().unwrap_or("x");
            piece.repeat(1 + chance.below(300))
        }
        2 if chance.one_in(4) => "long ".repeat(1 << (8 + chance.below(6))),
        3 => {
            let (left, right) = (chance.one_of(TEXTS).copied(), chance.one_of(TEXTS).copied());
            format!("{}{}", left.unwrap_or_default(), right.unwrap_or_default())
        }
        _ => chance.one_of(TEXTS).map(|text| (*text).to_owned()).unwrap_or_default(),
    }
}

/// A time.
pub fn time(chance: &mut Chance) -> String {
    chance.one_of(TIMES).map(|text| (*text).to_owned()).unwrap_or_default()
}

/// Raw JSON, once in a while deeply nested.
pub fn raw(chance: &mut Chance) -> String {
    if chance.one_in(6) {
        let depth = chance.one_of(&[20, 60, 120, 127, 128, 200, 5_000, 100_000]).copied().unwrap_or(20);
        return match chance.below(3) {
            0 => format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
            1 => format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)),
            _ => "[".repeat(depth),
        };
    }
    chance.one_of(RAW).map(|text| (*text).to_owned()).unwrap_or_default()
}

/// A number.
pub fn number(chance: &mut Chance) -> serde_json::Value {
    match chance.below(4) {
        0 => serde_json::Value::from(chance.one_of(NUMBERS).copied().unwrap_or_default()),
        1 => serde_json::Value::from(chance.draw()),
        2 => serde_json::Value::from(u64::MAX - chance.below(3) as u64),
        _ => serde_json::Value::from(chance.one_of(INTEGERS).copied().unwrap_or_default()),
    }
}

/// The text with a hostile piece in it, cut, or with a letter changed; never cut within a letter.
pub fn spliced(text: &str, chance: &mut Chance) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let at = chance.one_of(&places).copied().unwrap_or_default();
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    match chance.below(5) {
        0 => before.to_owned(),
        1 => after.to_owned(),
        2 => format!("{before}{}{after}", self::text(chance)),
        3 => {
            let letter = chance.one_of(&['é', '\u{1f600}', '\0', '"', '\n', '-', ' ', '9', 'İ', '/', ':', '\u{301}']);
            let rest: String = after.chars().skip(1).collect();
            format!("{before}{}{rest}", letter.copied().unwrap_or('x'))
        }
        _ => format!("{after}{before}"),
    }
}
