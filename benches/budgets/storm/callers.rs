//! Callers that hold a rate over connections that stay open, and what they were answered.

use super::bodies::body;
use crate::Fallible;
use benches::samples::Samples;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Connections that the callers hold open.
const CONNECTIONS: u64 = 64;

/// What was answered.
#[derive(Default)]
pub struct Sent {
    /// From when each request was due to its 200.
    pub took: Samples,
    /// Signals that were said to be kept.
    pub kept: u64,
    /// Webhooks that were told to come again.
    pub refused: u64,
    /// Alerts that were neither kept nor refused with their webhook.
    pub left_out: u64,
}

/// One answer: how long it took, its status, and how many signals it says are kept, of how many.
struct Answer {
    took: Duration,
    status: u16,
    kept: u64,
    alerts: u64,
}

/// Sends the storm.
pub async fn storm(address: SocketAddr, token: &str, rate: u64, seconds: u64) -> Fallible<Sent> {
    let (begun, now) = (Instant::now() + Duration::from_millis(100), Utc::now());
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|first| {
            let numbers = (first..rate * seconds).step_by(usize::try_from(CONNECTIONS).unwrap_or(1));
            tokio::spawn(called(address, token.to_owned(), numbers, rate, begun, now))
        })
        .collect();
    let (mut took, mut sent) = (Vec::new(), Sent::default());
    for caller in callers {
        for answer in caller.await?? {
            match answer.status {
                200 => {
                    took.push(answer.took);
                    sent.kept += answer.kept;
                    sent.left_out += answer.alerts - answer.kept;
                }
                503 => sent.refused += 1,
                other => return Err(format!("a webhook was answered with {other}").into()),
            }
        }
    }
    sent.took = Samples::of(took);
    Ok(sent)
}

async fn called(
    address: SocketAddr,
    token: String,
    numbers: impl Iterator<Item = u64>,
    rate: u64,
    begun: Instant,
    now: DateTime<Utc>,
) -> Fallible<Vec<Answer>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answers = Vec::new();
    for number in numbers {
        let (body, alerts) = body(number, now);
        let request = format!(
            "POST /webhooks/alertmanager/prod HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Alertmanager/0.25.0\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let due = begun + Duration::from_micros(number * 1_000_000 / rate);
        tokio::time::sleep_until(due).await;
        let (status, document) = ask(&mut stream, &request).await?;
        answers.push(Answer { took: due.elapsed(), status, kept: document["kept"].as_u64().unwrap_or(0), alerts });
    }
    Ok(answers)
}

/// One request on a connection that stays; its status and document.
pub async fn ask(stream: &mut TcpStream, request: &str) -> Fallible<(u16, Value)> {
    stream.write_all(request.as_bytes()).await?;
    let (mut answer, mut chunk) = (String::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Err(format!("the connection ended after {answer:?}").into());
        }
        answer.push_str(&String::from_utf8_lossy(chunk.get(..read).unwrap_or_default()));
        let Some((head, body)) = answer.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if length.is_some_and(|length| body.len() >= length) {
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
            return Ok((status.ok_or("an answer without a status")?, serde_json::from_str(body).unwrap_or_default()));
        }
    }
}
