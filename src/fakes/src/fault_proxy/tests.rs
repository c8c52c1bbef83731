//! The proxy against a server that echoes.

use super::{BUFFER_BYTES, Direction, FaultProxy};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(20);

async fn echo() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    address
}

async fn ask(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.write_all(bytes).await?;
    let mut answer = vec![0; bytes.len()];
    timeout(SOON, stream.read_exact(&mut answer)).await.expect("an answer or an end")?;
    Ok(answer)
}

async fn ends(stream: &mut TcpStream) -> ErrorKind {
    let mut rest = Vec::new();
    timeout(SOON, stream.read_to_end(&mut rest)).await.expect("an end").expect_err("a reset").kind()
}

#[tokio::test]
async fn bytes_pass_unchanged_both_ways_and_so_does_the_close() {
    let proxy = FaultProxy::start(echo().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let much: Vec<u8> = (0..200_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    let sent = much.clone();
    let (mut from, mut to) = client.split();
    let writing = async {
        to.write_all(&sent).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let mut came = Vec::new();
    let reading = async { timeout(SOON, from.read_to_end(&mut came)).await.unwrap().unwrap() };
    tokio::join!(writing, reading);
    assert!(came == much, "{} bytes came back of {}", came.len(), much.len());
    assert_eq!((proxy.passed(Direction::ToServer), proxy.passed(Direction::ToClient)), (200_000, 200_000));
    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test]
async fn a_reset_of_all_ends_open_connections_and_serves_new_ones() {
    let proxy = FaultProxy::start(echo().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut client, b"before").await.unwrap(), b"before");
    proxy.reset_all();
    assert_eq!(ends(&mut client).await, ErrorKind::ConnectionReset);
    let mut next = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut next, b"after").await.unwrap(), b"after");
}

#[tokio::test]
async fn a_reset_after_so_many_bytes_passes_exactly_these() {
    for (direction, bytes) in [(Direction::ToServer, 3), (Direction::ToClient, 3), (Direction::ToServer, 0)] {
        let proxy = FaultProxy::start(echo().await).await;
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(ask(&mut client, b"12345").await.unwrap(), b"12345");
        let before = proxy.passed(direction);
        proxy.reset_after(direction, bytes);
        assert_eq!(ask(&mut client, b"67890").await.unwrap_err().kind(), ErrorKind::ConnectionReset, "{direction:?}");
        assert_eq!(proxy.passed(direction) - before, bytes, "{direction:?}");
        let mut next = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(ask(&mut next, b"only once").await.unwrap(), b"only once", "{direction:?}");
    }
}

#[tokio::test]
async fn half_open_connections_stay_open_and_silent_until_it_ends() {
    let proxy = FaultProxy::start(echo().await).await;
    let mut old = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut old, b"before").await.unwrap(), b"before");
    proxy.swallow();
    let mut new = TcpStream::connect(proxy.address()).await.unwrap();
    for client in [&mut old, &mut new] {
        client.write_all(b"anybody?").await.unwrap();
        let silence = timeout(Duration::from_millis(100), client.read_u8()).await;
        assert!(silence.is_err(), "a half-open connection answered: {silence:?}");
    }
    assert_eq!(proxy.passed(Direction::ToServer), 6);
    proxy.answer_again();
    assert_eq!(ends(&mut old).await, ErrorKind::ConnectionReset);
    assert_eq!(ends(&mut new).await, ErrorKind::ConnectionReset);
    let mut next = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut next, b"after").await.unwrap(), b"after");
}

#[tokio::test]
async fn a_closed_port_refuses_and_comes_back_the_same() {
    let proxy = FaultProxy::start(echo().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ask(&mut client, b"before").await.unwrap(), b"before");
    for _ in 0..3 {
        proxy.refuse().await;
        let refused = TcpStream::connect(proxy.address()).await.expect_err("the port is closed");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        proxy.come_back().await;
        let mut next = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(ask(&mut next, b"after").await.unwrap(), b"after");
    }
    assert_eq!(ends(&mut client).await, ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_server_that_is_away_breaks_connections_at_once() {
    let gone = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let proxy = FaultProxy::start(gone).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(ends(&mut client).await, ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_dropped_proxy_closes_everything() {
    let proxy = FaultProxy::start(echo().await).await;
    let address = proxy.address();
    let mut client = TcpStream::connect(address).await.unwrap();
    assert_eq!(ask(&mut client, b"before").await.unwrap(), b"before");
    drop(proxy);
    let mut rest = Vec::new();
    assert!(timeout(SOON, client.read_to_end(&mut rest)).await.is_ok(), "the connection outlives its proxy");
}

#[tokio::test]
async fn delayed_bytes_come_late_and_in_order() {
    let proxy = FaultProxy::start(echo().await).await;
    proxy.delay_with_jitter(Duration::from_millis(30), Duration::from_millis(20), 7);
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    client.write_all(b"first").await.unwrap();
    // Held back at least 60 ms, once each way: nothing can be there yet.
    let early = timeout(Duration::from_millis(10), client.readable()).await;
    assert!(early.is_err(), "not delayed");
    client.write_all(b" second").await.unwrap();
    let mut answer = [0; 12];
    timeout(SOON, client.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"first second");
}

#[test]
fn the_same_seed_delays_alike_and_within_its_bounds() {
    let (latency, jitter) = (Duration::from_millis(5), Duration::from_millis(10));
    let draw = |seed| {
        let mut delay = super::delay::Delay::new(latency, jitter, seed);
        (0..100).map(|_| delay.next()).collect::<Vec<_>>()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let drawn = draw(1);
    assert!(drawn.iter().all(|delay| *delay >= latency && *delay <= latency + jitter), "{drawn:?}");
    assert!(drawn.iter().any(|delay| *delay < latency + jitter / 4), "{drawn:?}");
    assert!(drawn.iter().any(|delay| *delay > latency + jitter / 4 * 3), "{drawn:?}");
    const { assert!(BUFFER_BYTES > 0) }
}
