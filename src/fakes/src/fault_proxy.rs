//! A TCP proxy on the loopback that stands between a client and a server and does what networks do: delays, resets,
//! connections that are open and dead, a port that is closed for a while.
//!
//! Guarantees: it starts without faults and does only what the test told it; the bytes that it passes on are neither
//! changed nor put in another order; its port stays the same until it is dropped, also while it refuses; its memory is
//! bounded (at most [`CONNECTIONS`] connections of two buffers of [`BUFFER_BYTES`]); delays with jitter are the same
//! for the same seed and the same reads.
//!
//! Deliberately absent: faults inside the spoken protocol. It knows bytes only.

mod carry;
mod delay;

#[cfg(test)]
mod tests;

use carry::Shared;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Connections at once at most; what comes beyond is reset.
pub const CONNECTIONS: usize = 256;

/// Bytes of one direction of a connection that the proxy holds at most.
pub const BUFFER_BYTES: usize = 16 * 1024;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 64;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What the client sends.
    ToServer,
    /// What the server answers.
    ToClient,
}

/// A running proxy; it closes its port and its connections when dropped.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Bound and never listening: keeps the port ours while it refuses.
    _reserved: TcpSocket,
    accepting: Mutex<Option<JoinHandle<()>>>,
    stop: CancellationToken,
}

impl FaultProxy {
    /// Binds an ephemeral port of the loopback and carries everything to the server at this address.
    ///
    /// # Panics
    /// When no port can be bound: a test cannot go on without.
    pub async fn start(server: SocketAddr) -> Self {
        let reserved = bound(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = reserved.as_ref().ok().and_then(|socket| socket.local_addr().ok());
        assert!(address.is_some(), "fault proxy: no port of the loopback could be bound: {reserved:?}");
        let (Ok(reserved), Some(address)) = (reserved, address) else { unreachable!("asserted above") };
        let proxy = Self {
            address,
            shared: Arc::new(Shared::new(server)),
            _reserved: reserved,
            accepting: Mutex::new(None),
            stop: CancellationToken::new(),
        };
        proxy.come_back().await;
        proxy
    }

    /// Where clients connect to; the same for the proxy's whole life.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Holds back each read of either direction, up to [`BUFFER_BYTES`], for so long before it is passed on. Zero ends
    /// it. What follows waits behind, so throughput falls too.
    pub fn delay(&self, latency: Duration) {
        self.shared.set_delay(latency, Duration::ZERO, 0);
    }

    /// As [`FaultProxy::delay`], with up to `jitter` more each time, drawn evenly from this seed.
    pub fn delay_with_jitter(&self, latency: Duration, jitter: Duration, seed: u64) {
        self.shared.set_delay(latency, jitter, seed);
    }

    /// Resets every open connection now, at both ends (RST). New ones are served.
    pub fn reset_all(&self) {
        self.shared.reset_all();
    }

    /// Once: the connection over which so many more bytes have gone this way, counted over all connections from now, is
    /// reset at both ends. The bytes up to there are passed on; with 0 nothing more is.
    pub fn reset_after(&self, direction: Direction, bytes: u64) {
        self.shared.arm(direction, bytes);
    }

    /// From now on connections are half open: accepted, read from, never answered, never closed; the server gets
    /// nothing. It lasts until [`FaultProxy::answer_again`].
    pub fn swallow(&self) {
        self.shared.set_swallowing(true);
    }

    /// Ends [`FaultProxy::swallow`]. Connections that were open meanwhile have lost bytes, so they are reset.
    pub fn answer_again(&self) {
        if self.shared.set_swallowing(false) {
            self.shared.reset_all();
        }
    }

    /// Closes the port, so that connecting is refused, and resets every open connection. Returns when it is closed.
    pub async fn refuse(&self) {
        if let Some(accepting) = self.accepting.lock().await.take() {
            accepting.abort();
            // Aborted is how it ends; when it has, the listening socket is closed.
            let _ = accepting.await;
        }
        self.shared.reset_all();
    }

    /// Opens the port again, the same one. Nothing happens where it is open.
    ///
    /// # Panics
    /// When it cannot be opened: a test cannot go on without.
    pub async fn come_back(&self) {
        let mut accepting = self.accepting.lock().await;
        if accepting.is_some() {
            return;
        }
        let listener = bound(self.address).and_then(|socket| socket.listen(BACKLOG));
        assert!(listener.is_ok(), "fault proxy: {} cannot be listened on: {listener:?}", self.address);
        let Ok(listener) = listener else { return };
        *accepting = Some(tokio::spawn(accept(listener, Arc::clone(&self.shared), self.stop.clone())));
    }

    /// Connections that were accepted so far.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted()
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.shared.open()
    }

    /// Bytes that were passed on this way so far, over all connections.
    pub fn passed(&self, direction: Direction) -> u64 {
        self.shared.passed(direction)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A socket of this address that shares its port with our own others.
fn bound(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let client = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            client = listener.accept() => client,
        };
        // A client that left before it was accepted is no reason to stop.
        let Ok((client, _)) = client else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        match shared.enter() {
            Some(connection) => drop(tokio::spawn(connection.run(client, stop.clone()))),
            None => carry::reset(&client),
        }
    }
}
