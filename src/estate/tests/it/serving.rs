//! The ends on ports: served, answered, drained.

use std::time::Duration;

use estate::serve::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use crate::support::Bench;

#[tokio::test]
async fn the_ends_listen_until_told_to_stop_and_a_taken_port_is_named() {
    let bench = Bench::new(None);
    let stop = CancellationToken::new();
    let served = serve(std::sync::Arc::clone(&bench.estate), 0, stop.clone()).await.unwrap();
    let api = served.addresses.kubernetes;
    assert!(served.addresses.kubeconfig().contains(&format!("server: http://{api}")));
    let mut connection = tokio::net::TcpStream::connect(api).await.unwrap();
    connection.write_all(b"GET /version HTTP/1.1\r\nhost: estate\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("v1.32.4"), "{answer}");
    let taken = serve(std::sync::Arc::clone(&bench.estate), api.port(), CancellationToken::new()).await.unwrap_err();
    assert!(taken.to_string().contains(&format!("127.0.0.1:{}", api.port())), "{taken}");
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), served.finished()).await.unwrap();
    assert!(tokio::net::TcpStream::connect(api).await.is_err());
}
