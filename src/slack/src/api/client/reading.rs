//! The methods that read messages page by page.

use super::{Client, wire};
use crate::api::{ApiError, Me, Seen};

/// Messages of a page.
const PAGE: usize = 200;

/// Pages at most, whatever the number of messages asked for.
const PAGES: usize = 50;

impl Client {
    /// All pages of a method that lists messages, up to `most`.
    pub(super) async fn messages(
        &self,
        method: &str,
        params: &[(&str, Option<String>)],
        most: usize,
        me: &Me,
    ) -> Result<Vec<Seen>, ApiError> {
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let left = most.saturating_sub(seen.len());
            if left == 0 {
                break;
            }
            let mut params = params.to_vec();
            params.push(("include_all_metadata", Some("true".to_owned())));
            params.push(("limit", Some(left.min(PAGE).to_string())));
            params.push(("cursor", cursor.take()));
            let answer = self.get(method, &params).await?;
            let found = wire::items(&answer, "/messages").iter().filter_map(|message| wire::seen(message, me));
            seen.extend(found.take(left));
            cursor = wire::text_at(&answer, "/response_metadata/next_cursor");
            if cursor.is_none() {
                break;
            }
        }
        Ok(seen)
    }
}
