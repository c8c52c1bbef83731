//! Escalations of the built program by a webhook: people are told, and the service says where it cannot tell them.

use crate::process::Home;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Takes one page, and answers as it should.
async fn one_page(listener: &TcpListener) -> (String, Value) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str::<Value>(body)
        {
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await.unwrap();
            return (head.to_owned(), body);
        }
        let mut part = [0_u8; 4_096];
        let count = stream.read(&mut part).await.unwrap();
        assert!(count > 0, "the request ended early: {text}");
        read.extend_from_slice(part.get(..count).unwrap());
    }
}

async fn exchange(address: &str, request: String) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn what_cannot_be_healed_is_told_by_a_webhook_without_any_chat() {
    let pager = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = pager.local_addr().unwrap().port();
    let home = Home::new();
    home.file(
        "config/auto-devops/config.toml",
        &format!(
            "[environments.prod]\nautonomy = \"suggest\"\n[scarlet]\nescalate_to = [\"slack:C1\", \"webhook:pager\"]\n\
             [receivers.alerts]\nenvironment = \"prod\"\nbearer = \"CANARY-token\"\n\
             [webhooks.pager]\npurpose = \"notification\"\nurl = \"http://127.0.0.1:{port}/v2/CANARY-path\"\n\
             body = '{{\"dedup_key\": \"{{{{about}}}}\", \"summary\": \"{{{{title}}}}\"}}'\n\
             [webhooks.pager.parameters.about]\nfrom = \"about\"\n[webhooks.pager.parameters.title]\nfrom = \"title\"\n"
        ),
    );
    let mut running = home.program(&["serve", "--listen", "0"]).within(240).start();
    let told = running.err_until(|err| err.contains("listening at http://") && err.contains('\n')).await;
    let address = told.split("listening at http://").nth(1).unwrap().lines().next().unwrap().to_owned();
    let told = running.err_until(|err| err.contains("Scarlet: looks")).await;
    assert!(told.contains("nobody can be told at slack:C1"), "{told}");
    let alert = json!({
        "version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": "firing", "receiver": "auto-devops",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager",
        "alerts": [{
            "status": "firing", "labels": {"alertname": "Burns", "namespace": "shop", "severity": "critical"},
            "annotations": {"summary": "it burns"}, "startsAt": "2026-09-14T09:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "of-burns",
        }],
    })
    .to_string();
    let request = format!(
        "POST /webhooks/alertmanager/prod HTTP/1.1\r\nhost: x\r\nauthorization: Bearer CANARY-token\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{alert}",
        alert.len()
    );
    let answer = exchange(&address, request).await;
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    let (head, body) = tokio::time::timeout(PATIENCE, one_page(&pager)).await.unwrap();
    assert!(head.starts_with("POST /v2/CANARY-path ") && head.contains("idempotency-key: INC-1.escalation."), "{head}");
    assert_eq!(body["dedup_key"], "INC-1");
    assert!(body["summary"].as_str().unwrap().starts_with("INC-1 in prod needs people"), "{body}");
    let health = exchange(&address, "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned()).await;
    assert!(health.contains("\"alerts\"") && !health.contains("CANARY"), "{health}");
    running.signal("TERM");
    running.finish().await.code(0);
}

#[tokio::test]
async fn without_a_way_to_any_place_nothing_starts_that_would_act() {
    let home = Home::new();
    home.file(
        "config/auto-devops/config.toml",
        "[environments.prod]\nautonomy = \"suggest\"\n[scarlet]\nescalate_to = [\"slack:C1\"]\n\
         [receivers.alerts]\nenvironment = \"prod\"\nbearer = \"CANARY-token\"\n",
    );
    let ended = home.program(&["serve", "--listen", "0"]).within(120).run().await;
    ended.code(64).err_has(&["there is no way to any place of scarlet.escalate_to"]);
}
