//! Live views within one process: lossy, and telling how much they lost.
//!
//! Guarantees: an announcement never waits for a view; a view that is too slow is told how many it missed; channels
//! without views take no memory. Deliberately absent: history; a view sees what comes after it began.

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use ports::bus::Live;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};

/// All channels with views.
pub struct LiveViews {
    waiting: usize,
    most: usize,
    channels: Mutex<BTreeMap<String, Sender<Live>>>,
}

impl LiveViews {
    /// At most so many channels, and so many messages that wait for one view.
    pub fn new(waiting: usize, most: usize) -> Self {
        Self { waiting: waiting.max(1), most, channels: Mutex::default() }
    }

    /// Tells the views of one channel.
    pub fn tell(&self, channel: &str, what: Live) {
        let mut channels = self.lock();
        if channels.get(channel).is_some_and(|views| views.send(what).is_err()) {
            channels.remove(channel);
        }
    }

    /// Tells the views of all channels.
    pub fn tell_all(&self, what: &Live) {
        self.lock().retain(|_, views| views.send(what.clone()).is_ok());
    }

    /// A view of a channel from now on. Where there are too many channels, it is told that it misses something, and
    /// ends.
    pub fn watch(&self, channel: &str) -> BoxStream<'static, Live> {
        let mut channels = self.lock();
        if !channels.contains_key(channel) && channels.len() >= self.most {
            channels.retain(|_, views| views.receiver_count() > 0);
            if channels.len() >= self.most {
                tracing::warn!(most = self.most, "too many live channels: a view was refused");
                return stream::iter([Live::Interrupted]).boxed();
            }
        }
        let waiting = self.waiting;
        let views = channels.entry(channel.to_owned()).or_insert_with(|| broadcast::channel(waiting).0);
        stream::unfold(views.subscribe(), next).boxed()
    }

    /// The channels that have views now.
    pub fn watched(&self) -> Vec<String> {
        let mut channels = self.lock();
        channels.retain(|_, views| views.receiver_count() > 0);
        channels.keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Sender<Live>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn next(mut view: Receiver<Live>) -> Option<(Live, Receiver<Live>)> {
    match view.recv().await {
        Ok(live) => Some((live, view)),
        Err(RecvError::Lagged(missed)) => Some((Live::Missed(missed), view)),
        Err(RecvError::Closed) => None,
    }
}
