//! Reading a body whole: bounded while it is read, one by one and all together.
//!
//! Guarantee: what all bodies that are being read or worked on take is bounded, whatever their lengths say.

use super::answer::Answer;
use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use futures::StreamExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of one body at most.
pub(super) const BODY_BYTES: usize = 10 * 1024 * 1024;

/// KiB of all bodies at most.
const ROOM_KIB: usize = 64 * 1024;

/// How long a body may take to arrive.
const BODY_WAIT: Duration = Duration::from_secs(30);

/// The room for bodies.
pub(super) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_KIB)))
    }
}

/// A whole body, with its room.
pub(super) struct Whole {
    pub(super) bytes: Vec<u8>,
    /// Given back with the body.
    room: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// The whole body.
    pub(super) async fn whole(&self, headers: &HeaderMap, body: Body) -> Result<Whole, Answer> {
        // One that announces its length is refused before it is sent.
        let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|announced| announced > BODY_BYTES as u64) {
            return Err(Answer::too_large(BODY_BYTES));
        }
        let read = tokio::time::timeout(BODY_WAIT, self.read(body)).await;
        read.unwrap_or_else(|_| Err(Answer::too_slow(BODY_WAIT)))
    }

    async fn read(&self, body: Body) -> Result<Whole, Answer> {
        let mut whole = Whole { bytes: Vec::new(), room: None };
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk: Bytes = chunk.map_err(|_| Answer::broken_off())?;
            let bytes = whole.bytes.len().saturating_add(chunk.len());
            if bytes > BODY_BYTES {
                return Err(Answer::too_large(BODY_BYTES));
            }
            self.grow(&mut whole, bytes)?;
            whole.bytes.extend_from_slice(&chunk);
        }
        Ok(whole)
    }

    /// Room for so many bytes altogether.
    fn grow(&self, whole: &mut Whole, bytes: usize) -> Result<(), Answer> {
        let has = whole.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.div_ceil(1024).saturating_sub(has);
        let Ok(more) = u32::try_from(more) else { return Err(Answer::too_large(BODY_BYTES)) };
        if more == 0 {
            return Ok(());
        }
        let more = self.0.clone().try_acquire_many_owned(more).map_err(|_| Answer::no_room())?;
        match &mut whole.room {
            Some(room) => room.merge(more),
            None => whole.room = Some(more),
        }
        Ok(())
    }
}

/// Bodies are read as they are: what a compressed one grows to nobody knows before.
pub(super) fn check_encoding(headers: &HeaderMap) -> Result<(), Answer> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let is_plain = encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_plain { Ok(()) } else { Err(Answer::encoded()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_bodies_together_are_bounded_and_give_their_room_back() {
        let room = Room(Arc::new(Semaphore::new(2)));
        let read = async |bytes: usize| room.read(Body::from(vec![b' '; bytes])).await;
        let first = read(1_500).await.ok();
        assert_eq!(first.as_ref().map(|whole| whole.bytes.len()), Some(1_500));
        assert_eq!(read(1).await.err().map(|refused| refused.status().as_u16()), Some(503));
        drop(first);
        assert!(read(2_048).await.is_ok());
        assert_eq!(room.0.available_permits(), 2);
    }

    #[tokio::test]
    async fn a_body_that_grows_too_large_while_it_is_read_is_refused_and_leaves_its_room() {
        let room = Room::default();
        let chunk = Bytes::from(vec![b' '; 1024 * 1024]);
        let chunks = futures::stream::iter((0..11).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
        let refused = room.whole(&HeaderMap::new(), Body::from_stream(chunks)).await.err();
        assert_eq!(refused.map(|refused| refused.status().as_u16()), Some(413));
        assert_eq!(room.0.available_permits(), ROOM_KIB);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_ends_the_request() {
        let never = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let refused = Room::default().whole(&HeaderMap::new(), never).await.err();
        assert_eq!(refused.map(|refused| refused.status().as_u16()), Some(408));
    }
}
