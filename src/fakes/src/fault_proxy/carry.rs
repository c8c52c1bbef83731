//! One connection through the proxy, and what all connections share.

use super::delay::Delay;
use super::{BUFFER_BYTES, CONNECTIONS, Direction};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What all connections share.
pub struct Shared {
    server: SocketAddr,
    state: Mutex<State>,
    /// Counts how often all connections were told to end.
    resets: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    delay: Delay,
    swallowing: bool,
    to_server: Way,
    to_client: Way,
    accepted: u64,
    open: usize,
}

/// What is counted of one direction.
#[derive(Default)]
struct Way {
    passed: u64,
    /// Bytes that still pass before a connection is reset.
    reset_after: Option<u64>,
}

impl State {
    fn way(&mut self, direction: Direction) -> &mut Way {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }
}

/// What becomes of bytes that were read.
enum Fate {
    Swallow,
    /// So many are passed on after the delay; then the connection may end.
    Pass {
        bytes: usize,
        delay: Duration,
        reset: bool,
    },
}

/// How a connection ends.
#[derive(PartialEq)]
enum End {
    Closed,
    Reset,
}

impl Shared {
    pub fn new(server: SocketAddr) -> Self {
        Self { server, state: Mutex::default(), resets: watch::Sender::new(0) }
    }

    pub fn set_delay(&self, latency: Duration, jitter: Duration, seed: u64) {
        self.lock().delay = Delay::new(latency, jitter, seed);
    }

    /// Answers with what it was before.
    pub fn set_swallowing(&self, swallowing: bool) -> bool {
        std::mem::replace(&mut self.lock().swallowing, swallowing)
    }

    pub fn arm(&self, direction: Direction, bytes: u64) {
        self.lock().way(direction).reset_after = Some(bytes);
    }

    pub fn reset_all(&self) {
        self.resets.send_modify(|count| *count += 1);
    }

    pub fn accepted(&self) -> u64 {
        self.lock().accepted
    }

    pub fn open(&self) -> usize {
        self.lock().open
    }

    pub fn passed(&self, direction: Direction) -> u64 {
        self.lock().way(direction).passed
    }

    /// A place for one more connection, or none.
    pub fn enter(self: &Arc<Self>) -> Option<Connection> {
        // Before the count: a reset that comes now ends this connection too.
        let resets = self.resets.subscribe();
        let mut state = self.lock();
        state.accepted += 1;
        if state.open >= CONNECTIONS {
            return None;
        }
        state.open += 1;
        Some(Connection { shared: Arc::clone(self), resets })
    }

    fn fate(&self, direction: Direction, read: usize) -> Fate {
        let mut state = self.lock();
        if state.swallowing {
            return Fate::Swallow;
        }
        let delay = state.delay.next();
        let way = state.way(direction);
        let length = u64::try_from(read).unwrap_or(u64::MAX);
        let reset = way.reset_after.is_some_and(|left| left <= length);
        let bytes = if reset { way.reset_after.take().unwrap_or_default() } else { length };
        way.reset_after = way.reset_after.map(|left| left - length);
        way.passed += bytes;
        Fate::Pass { bytes: usize::try_from(bytes).unwrap_or(read).min(read), delay, reset }
    }

    fn swallowing(&self) -> bool {
        self.lock().swallowing
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One accepted connection.
pub struct Connection {
    shared: Arc<Shared>,
    resets: watch::Receiver<u64>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.lock().open -= 1;
    }
}

impl Connection {
    /// Carries bytes both ways until an end closes, it is reset, or the proxy stops.
    pub async fn run(mut self, mut client: TcpStream, stop: CancellationToken) {
        let _ = client.set_nodelay(true);
        let mut resets = self.resets.clone();
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            _ = resets.changed() => reset(&client),
            () = self.serve(&mut client) => {}
        }
    }

    async fn serve(&mut self, client: &mut TcpStream) {
        if self.shared.swallowing() {
            return swallow(client).await;
        }
        // A server that is away looks to the client like a connection that breaks at once.
        let Ok(mut server) = TcpStream::connect(self.shared.server).await else { return reset(client) };
        let _ = server.set_nodelay(true);
        let mut resets = self.resets.clone();
        let end = {
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = server.split();
            let up = pump(&self.shared, Direction::ToServer, from_client, to_server);
            let down = pump(&self.shared, Direction::ToClient, from_server, to_client);
            tokio::select! {
                biased;
                _ = resets.changed() => End::Reset,
                end = both(up, down) => end,
            }
        };
        if end == End::Reset {
            reset(client);
            reset(&server);
        }
    }
}

/// Until both directions are closed, or one is reset.
async fn both(up: impl Future<Output = End>, down: impl Future<Output = End>) -> End {
    tokio::pin!(up, down);
    let (mut open_up, mut open_down) = (true, true);
    while open_up || open_down {
        let end = tokio::select! {
            end = &mut up, if open_up => { open_up = false; end }
            end = &mut down, if open_down => { open_down = false; end }
        };
        if end == End::Reset {
            return End::Reset;
        }
    }
    End::Closed
}

async fn pump(shared: &Shared, direction: Direction, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> End {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = match from.read(&mut buffer).await {
            // While bytes are swallowed the other end shall not see a close either.
            Ok(0) if shared.swallowing() => return std::future::pending().await,
            Ok(0) => break,
            Ok(read) => read,
            Err(_) => return End::Reset,
        };
        let Fate::Pass { bytes, delay, reset } = shared.fate(direction, read) else { continue };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let written = to.write_all(buffer.get(..bytes).unwrap_or_default()).await;
        if reset || written.is_err() {
            return End::Reset;
        }
    }
    let _ = to.shutdown().await;
    End::Closed
}

/// Reads and forgets; a client that leaves ends it.
async fn swallow(client: &mut TcpStream) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while client.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}

/// Makes the end of this socket a reset.
pub fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}
