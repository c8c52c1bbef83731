//! Which channels there are for what nobody asked for.

use domain::channel::{ChannelSettings, IncidentRule};
use ports::store::Store;
use ports::store::collections::CHANNELS;
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::record::page;

/// Channels with settings that are looked at, at most.
const CHANNELS_AT_MOST: usize = 10_000;

/// A channel's id as Slack has it: `C123` of `slack:C123`.
pub(crate) fn bare(channel: &str) -> &str {
    channel.strip_prefix("slack:").unwrap_or(channel)
}

/// All channels with settings, and the one of the program's settings where it has none of its own.
pub(crate) async fn wanting(store: &dyn Store, default: Option<&str>) -> Result<Vec<ChannelSettings>, StoreError> {
    let mut channels = settled(store).await?;
    if let Some(default) = default.map(bare)
        && channels.iter().all(|known| bare(&known.channel) != default)
    {
        let channel = format!("slack:{default}");
        channels.push(ChannelSettings { channel, incidents: IncidentRule::Each, ..ChannelSettings::default() });
    }
    Ok(channels)
}

/// All channels with settings.
pub(crate) async fn settled(store: &dyn Store) -> Result<Vec<ChannelSettings>, StoreError> {
    let mut channels: Vec<ChannelSettings> = Vec::new();
    let mut cursor = None;
    loop {
        let found = page::<ChannelSettings>(store, &Query::of(&CHANNELS).limited(Query::LIMIT).after(cursor)).await?;
        channels.extend(found.records.into_iter().map(|record| record.value));
        cursor = found.next_cursor;
        if cursor.is_none() || channels.len() >= CHANNELS_AT_MOST {
            return Ok(channels);
        }
    }
}
