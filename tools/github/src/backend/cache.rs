//! Answers with an ETag, kept for conditional requests: a `304` costs nothing of the rate limit.
//!
//! Guarantee: bounded by entries and by bytes; the answer that was longest unused goes first. Deliberately absent:
//! age. Nothing is served without asking whether it is still so.

use std::collections::BTreeMap;
use tools_common::http::{Request, Response};

/// What an entry costs besides its body.
const OVERHEAD_BYTES: usize = 2 * 1024;

#[derive(Debug)]
struct Entry {
    etag: String,
    response: Response,
    used: u64,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.response.body.len() + OVERHEAD_BYTES
    }
}

/// The kept answers.
#[derive(Debug)]
pub(super) struct Cache {
    entries: BTreeMap<String, Entry>,
    bytes: usize,
    clock: u64,
    most_entries: usize,
    most_bytes: usize,
}

/// What makes two requests the same.
pub(super) fn key(request: &Request) -> String {
    let parameters: Vec<String> = request.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let accept = request.headers.iter().find(|(name, _)| *name == "accept").map(|(_, value)| value.as_str());
    format!("{}\n{}\n{}", request.path, parameters.join("\n"), accept.unwrap_or_default())
}

impl Cache {
    pub(super) fn new(most_entries: usize, most_bytes: usize) -> Self {
        Self { entries: BTreeMap::new(), bytes: 0, clock: 0, most_entries, most_bytes }
    }

    /// The ETag of what is kept for a request.
    pub(super) fn etag(&self, key: &str) -> Option<String> {
        self.entries.get(key).map(|entry| entry.etag.clone())
    }

    /// What is kept, after the server said that it is still so.
    pub(super) fn still_good(&mut self, key: &str) -> Option<Response> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(entry.response.clone())
    }

    /// Keeps an answer that has an ETag and is not too large to be worth it.
    pub(super) fn keep(&mut self, key: String, response: &Response) {
        self.forget(&key);
        let Some(etag) = response.header("etag") else { return };
        self.clock += 1;
        let entry = Entry { etag: etag.to_owned(), response: response.clone(), used: self.clock };
        if self.most_entries == 0 || entry.bytes() > self.most_bytes / 4 {
            return;
        }
        self.bytes += entry.bytes();
        self.entries.insert(key, entry);
        while self.entries.len() > self.most_entries || self.bytes > self.most_bytes {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes = self.bytes.saturating_sub(entry.bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(bytes: usize) -> Response {
        let mut headers = http::HeaderMap::new();
        headers.insert("etag", http::HeaderValue::from_static("\"a\""));
        Response {
            status: http::StatusCode::OK,
            content_type: "application/json".to_owned(),
            headers,
            body: vec![b'x'; bytes].into(),
            asked: "GET x".to_owned(),
            ours: tools_common::http::Ours::default(),
        }
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let mut cache = Cache::new(2, 1 << 20);
        for name in ["a", "b"] {
            cache.keep(name.to_owned(), &response(10));
        }
        assert!(cache.still_good("a").is_some());
        cache.keep("c".to_owned(), &response(10));
        let kept: Vec<bool> = ["a", "b", "c"].iter().map(|name| cache.etag(name).is_some()).collect();
        assert_eq!(kept, [true, false, true]);
    }

    #[test]
    fn bytes_are_bounded_whatever_comes() {
        let mut cache = Cache::new(1_000, 100_000);
        for at in 0..200 {
            cache.keep(format!("{}", at % 70), &response(at % 90 * 200));
            assert!(cache.bytes <= 100_000);
        }
        let counted: usize = cache.entries.values().map(Entry::bytes).sum();
        assert_eq!(cache.bytes, counted);
        assert!(!cache.entries.is_empty());
    }
}
