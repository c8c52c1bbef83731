//! A server of bytes: it answers every request with the same bytes, or does not answer as it should.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How the server behaves once a request has come.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Says nothing, and keeps the connection.
    Hangs,
    /// Closes the connection without a word.
    Closes,
    /// Sends these bytes, and closes.
    Sends(Arc<Vec<u8>>),
    /// Sends these bytes one by one, with a pause after each, and then goes on with blanks.
    Trickles(Arc<Vec<u8>>),
    /// Sends the head, the middle so many times, and the end. Nothing is kept in memory.
    Streams(Arc<Vec<u8>>, Arc<Vec<u8>>, usize, Arc<Vec<u8>>),
}

/// A listening server; ends with the runtime of its test.
pub struct Socket {
    /// `http://127.0.0.1:…`.
    pub url: String,
    requests: Arc<AtomicUsize>,
}

impl Socket {
    /// Starts one that answers every request alike.
    pub async fn start(behaviour: Behaviour) -> Self {
        Self::start_by_path(vec![("", behaviour)]).await
    }

    /// Starts one that answers by the first of these paths that the request's line holds; other requests with a 404.
    pub async fn start_by_path(behaviours: Vec<(&'static str, Behaviour)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (counted, behaviours) = (Arc::clone(&requests), Arc::new(behaviours));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (behaviours, counted) = (Arc::clone(&behaviours), Arc::clone(&counted));
                // That the client goes away early is part of many tests.
                tokio::spawn(async move { serve(stream, &behaviours, &counted).await.ok() });
            }
        });
        Self { url, requests }
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// A port at which nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An answer with its length.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Behaviour {
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len())
            .into_bytes();
    bytes.extend_from_slice(body);
    Behaviour::Sends(Arc::new(bytes))
}

/// An answer whose body ends where the connection does.
pub fn stream(begin: &str, middle: &[u8], times: usize, end: &str) -> Behaviour {
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n{begin}");
    Behaviour::Streams(Arc::new(head.into_bytes()), Arc::new(middle.to_vec()), times, Arc::new(end.as_bytes().to_vec()))
}

async fn serve(mut stream: TcpStream, behaviours: &[(&str, Behaviour)], requests: &AtomicUsize) -> std::io::Result<()> {
    let line = read_head(&mut stream).await?;
    requests.fetch_add(1, Ordering::Relaxed);
    let found = behaviours.iter().find(|(path, _)| line.contains(path)).map(|(_, behaviour)| behaviour.clone());
    match found.unwrap_or_else(|| answer("404 Not Found", "", b"")) {
        Behaviour::Hangs => tokio::time::sleep(Duration::from_secs(600)).await,
        Behaviour::Closes => {}
        Behaviour::Sends(bytes) => stream.write_all(&bytes).await?,
        Behaviour::Trickles(bytes) => {
            for byte in bytes.iter().copied().chain(std::iter::repeat(b' ')) {
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Behaviour::Streams(begin, middle, times, end) => {
            stream.write_all(&begin).await?;
            for _ in 0..times {
                stream.write_all(&middle).await?;
            }
            stream.write_all(&end).await?;
        }
    }
    stream.shutdown().await
}

/// Reads a request up to its empty line, and gives its first; a body that follows is left where it is.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    const MOST_BYTES: usize = 1 << 20;
    let (mut head, mut byte) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < MOST_BYTES {
        let read = stream.read(&mut byte).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&byte[..read]);
    }
    Ok(String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned())
}
