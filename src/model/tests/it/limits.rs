//! Stopping, the queue and the circuit breaker.

use super::*;

#[tokio::test]
async fn a_stop_reaches_the_server() {
    let server = server([ServerStep::Stall("one two ".into())]).await;
    let client = client(settings(&server));
    let cancel = CancellationToken::new();
    let mut events = client.ask(request(), cancel.clone());
    assert!(matches!(events.next().await, Some(Ok(ModelEvent::Text(_)))));
    cancel.cancel();
    let mut last = None;
    while let Some(event) = events.next().await {
        last = Some(event);
    }
    assert_eq!(last, Some(Err(ModelError::Cancelled)));
    tokio::time::timeout(PATIENCE, server.wait_for_aborted(1)).await.unwrap();
}

#[tokio::test]
async fn dropping_the_stream_ends_the_request() {
    for step in [ServerStep::Stall("one two ".into()), ServerStep::Silent] {
        let server = server([step]).await;
        let client = client(settings(&server));
        let mut events = client.ask(request(), CancellationToken::new());
        let listening = async { while let Some(Ok(_)) = events.next().await {} };
        tokio::select! {
            () = server.wait_for_chats(1) => {}
            () = listening => panic!("the answer ended"),
        }
        drop(events);
        tokio::time::timeout(PATIENCE, server.wait_for_aborted(1)).await.unwrap();
        assert_eq!(client.load(), (0, 0));
    }
}

#[tokio::test]
async fn a_question_that_is_stopped_before_it_begins_sends_nothing() {
    let server = server([]).await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let heard = ask_with(&client(settings(&server)), request(), cancel).await;
    assert_eq!(heard.error(), ModelError::Cancelled);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_queue_tells_its_places_and_refuses_when_full() {
    let server =
        server([ServerStep::Stall("busy ".into()), ServerStep::text("second"), ServerStep::text("third")]).await;
    let mut settings = settings(&server);
    settings.max_concurrent = 1;
    settings.max_queue = 2;
    let client = client(settings);
    let stop_first = CancellationToken::new();
    let mut first = client.ask(request(), stop_first.clone());
    assert!(matches!(first.next().await, Some(Ok(ModelEvent::Text(_)))));
    let mut second = client.ask(request(), CancellationToken::new());
    assert_eq!(second.next().await, Some(Ok(ModelEvent::Queued(1))));
    let mut third = client.ask(request(), CancellationToken::new());
    assert_eq!(third.next().await, Some(Ok(ModelEvent::Queued(2))));
    let fourth = ask(&client).await.error();
    assert!(matches!(&fourth, ModelError::Busy(told) if told.contains("2 wait")), "{fourth}");
    stop_first.cancel();
    while first.next().await.is_some() {}
    assert_eq!(third.next().await, Some(Ok(ModelEvent::Queued(1))));
    let rest: Vec<_> = second.collect().await;
    assert!(matches!(rest.last(), Some(Ok(ModelEvent::Done(reply))) if reply.text == "second"), "{rest:?}");
    let rest: Vec<_> = third.collect().await;
    assert!(matches!(rest.last(), Some(Ok(ModelEvent::Done(reply))) if reply.text == "third"), "{rest:?}");
    assert_eq!(client.load(), (0, 0));
}

#[tokio::test]
async fn the_breaker_spares_a_server_that_fails_and_lets_one_try_later() {
    let mut answers = vec![ServerStep::error(500, "oops"), ServerStep::error(500, "oops"), ServerStep::text("back")];
    answers.reverse();
    let script = Script::answering(move |_| answers.pop().unwrap_or(ServerStep::Silent));
    let server = ModelServer::start(script).await;
    let mut settings = settings(&server);
    settings.retries = 0;
    settings.breaker_failures = 2;
    settings.breaker_pause = Duration::from_millis(300);
    let client = client(settings);
    for _ in 0..2 {
        assert!(matches!(ask(&client).await.error(), ModelError::BadAnswer(_)));
    }
    let refused = ask(&client).await.error();
    assert!(
        matches!(&refused, ModelError::Unreachable(told) if told.contains("2 times in a row") && told.contains("oops")),
        "{refused}"
    );
    assert_eq!(server.chats().len(), 2);
    let recovered = async {
        loop {
            if let Some(reply) = ask(&client).await.reply {
                return reply;
            }
            tokio::task::yield_now().await;
        }
    };
    let reply = tokio::time::timeout(PATIENCE, recovered).await.unwrap();
    assert_eq!((reply.text.as_str(), server.chats().len()), ("back", 3));
}
