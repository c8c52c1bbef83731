//! Who is let in: tokens, hosts, origins, and which addresses are served at all.

use crate::reference::Reference;
use crate::wire::{Server, initialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tools_common::serve::{self, HttpOptions, ServeError};

const VERSION: &str = "2025-11-25";

#[tokio::test]
async fn without_the_token_every_request_is_challenged() {
    let options = HttpOptions { bearer_token: Some("s3cret".into()), ..HttpOptions::default() };
    let server = Server::with(options).await;
    let plain = "Bearer realm=\"auto-devops\"";
    let wrong = "Bearer realm=\"auto-devops\", error=\"invalid_token\"";
    let cases = [
        (vec![], plain),
        (vec![("authorization", "Basic czNjcmV0OnMzY3JldA==")], plain),
        (vec![("authorization", "Bearer s3creT")], wrong),
        (vec![("authorization", "Bearer s3cret2")], wrong),
        (vec![("authorization", "Bearer ")], plain),
    ];
    for (headers, challenge) in &cases {
        for method in ["POST", "GET", "DELETE"] {
            let answer = server.send(method, headers, "").await;
            assert_eq!(answer.status, 401, "{method} {headers:?}: {answer:?}");
            assert_eq!(answer.header("www-authenticate"), Some(*challenge), "{method} {headers:?}");
        }
    }
    let good = ("authorization", "bearer s3cret");
    assert_eq!(server.post(&[good], &initialize(VERSION)).await.status, 200, "the scheme is no matter of case");
    server.end().await;
}

#[tokio::test]
async fn a_page_that_rebinds_a_name_to_this_machine_is_refused() {
    let server = Server::start().await;
    let own = format!("http://{}", server.address);
    let port = server.address.port();
    let cases = [
        (vec![], 200),
        (vec![("host", format!("localhost:{port}"))], 200),
        (vec![("host", format!("[::1]:{port}"))], 200),
        (vec![("host", "evil.example".to_owned())], 403),
        (vec![("host", format!("127.0.0.1.evil.example:{port}"))], 403),
        (vec![("origin", own)], 200),
        (vec![("origin", "http://evil.example".to_owned())], 403),
        (vec![("origin", "null".to_owned())], 403),
        // Another server of the same machine, whose pages are none of ours.
        (vec![("origin", "http://localhost:1".to_owned())], 403),
        (vec![("host", "evil.example".to_owned()), ("origin", "http://evil.example".to_owned())], 403),
    ];
    for (headers, wanted) in cases {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = server.post(&headers, &initialize(VERSION)).await;
        assert_eq!(answer.status, wanted, "{headers:?}: {answer:?}");
    }
    server.end().await;
}

#[tokio::test]
async fn named_hosts_and_origins_are_answered_too() {
    let options = HttpOptions {
        allowed_hosts: vec!["tools.example".into()],
        allowed_origins: vec!["https://console.example:443".into()],
        ..HttpOptions::default()
    };
    let server = Server::with(options).await;
    let host = ("host", "tools.example:8090");
    assert_eq!(server.post(&[host], &initialize(VERSION)).await.status, 200);
    let good = [host, ("origin", "https://console.example")];
    assert_eq!(server.post(&good, &initialize(VERSION)).await.status, 200);
    let bad = [host, ("origin", "http://console.example")];
    assert_eq!(server.post(&bad, &initialize(VERSION)).await.status, 403);
    server.end().await;
}

#[tokio::test]
async fn an_address_that_others_reach_is_served_only_with_a_token_or_by_express_wish() {
    for any in ["0.0.0.0:0", "[::]:0"] {
        let listener = TcpListener::bind(any).await.unwrap();
        let served = serve::http_of(Reference::default(), listener, HttpOptions::default(), CancellationToken::new());
        assert!(matches!(served.await, Err(ServeError::Unprotected(_))), "{any}");
    }
    let stopped = CancellationToken::new();
    stopped.cancel();
    let with_token = HttpOptions { bearer_token: Some("s3cret".into()), ..HttpOptions::default() };
    let by_wish = HttpOptions { without_token: true, ..HttpOptions::default() };
    for options in [with_token, by_wish] {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        serve::http_of(Reference::default(), listener, options, stopped.clone()).await.unwrap();
    }
}
