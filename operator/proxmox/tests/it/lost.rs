//! Lost calls and lost answers: what certainly had no effect may go elsewhere, everything else goes nowhere.

use proxmox_client::{ConfigChange, Fault, ProxmoxClient as _, ProxmoxRequest, TlsTrust};
use tokio::net::TcpListener;

use crate::responder::{Reply, Responder, client, node, ok, start, vmid};

const TASK: &str = r#"{"data":"UPID:pve1:000005F9:00066FC4:6B03D597:qmstart:101:root@pam!full:"}"#;

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("https://{}", listener.local_addr().unwrap())
}

fn mutations() -> [ProxmoxRequest; 3] {
    let change = ConfigChange { set: vec![("cores".into(), "2".into())], delete: vec![], digest: "d1".into() };
    [
        start(),
        ProxmoxRequest::SetConfig { node: node(), vmid: vmid(101), change },
        ProxmoxRequest::Destroy { node: node(), vmid: vmid(101), purge: false },
    ]
}

#[tokio::test]
async fn a_mutation_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown() {
    for reply in [Reply::HangUp, Reply::HalfAnAnswer, Reply::Gibberish] {
        for request in mutations() {
            let (first, second) = (Responder::start(reply.clone()).await, Responder::start(ok(TASK)).await);
            let trust = TlsTrust::Ca(format!("{}{}", first.ca, second.ca));
            let both = client(vec![first.url.clone(), second.url.clone()], &trust);
            let error = both.call(&request).await.unwrap_err();
            assert_eq!(error.fault, Fault::UnknownOutcome, "{reply:?} {}: {error}", request.name());
            assert_eq!((first.received().len(), second.received().len()), (1, 0), "{reply:?} {}", request.name());
        }
    }
}

#[tokio::test]
async fn an_unreadable_success_of_a_mutation_has_an_unknown_outcome() {
    for body in ["", "<html>", r#"{"data":null}"#, r#"{"data":"no UPID"}"#] {
        let server = Responder::start(ok(body)).await;
        let error = server.call(&start()).await.unwrap_err();
        assert_eq!((error.fault, server.received().len()), (Fault::UnknownOutcome, 1), "{body}");
    }
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_at_is_passed_over_for_any_call() {
    for request in mutations() {
        let server = Responder::start(ok(TASK)).await;
        let trust = TlsTrust::Ca(server.ca.clone());
        client(vec![nobody().await, server.url.clone()], &trust).call(&request).await.unwrap();
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn a_site_where_nobody_listens_is_unreachable() {
    let trust = TlsTrust::Fingerprint(String::new());
    let error = client(vec![nobody().await, nobody().await], &trust).call(&start()).await.unwrap_err();
    assert_eq!((error.fault.clone(), error.category()), (Fault::Unreachable, "unreachable"));
    assert!(error.message.contains("onnection refused"), "the cause is named: {error}");
    let none = client(vec![], &trust).call(&start()).await.unwrap_err();
    assert_eq!(none.fault, Fault::Unreachable);
}

#[tokio::test]
async fn the_first_endpoint_that_answers_is_the_only_one_asked() {
    let (first, second) = (Responder::start(ok(TASK)).await, Responder::start(ok(TASK)).await);
    let trust = TlsTrust::Ca(format!("{}{}", first.ca, second.ca));
    client(vec![first.url.clone(), second.url.clone()], &trust).call(&start()).await.unwrap();
    assert_eq!((first.received().len(), second.received().len()), (1, 0));
}

#[tokio::test]
async fn the_endpoint_that_answered_last_is_asked_first() {
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", dead.local_addr().unwrap());
    let knocks = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&knocks);
    // Accepts and hangs up before TLS: nothing can have been sent.
    tokio::spawn(async move {
        while let Ok((socket, _)) = dead.accept().await {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            drop(socket);
        }
    });
    let server = Responder::start(ok(TASK)).await;
    let both = client(vec![url, server.url.clone()], &TlsTrust::Ca(server.ca.clone()));
    for _ in 0..3 {
        both.call(&start()).await.unwrap();
    }
    assert_eq!((knocks.load(std::sync::atomic::Ordering::Relaxed), server.received().len()), (1, 3));
}

#[tokio::test]
async fn who_calls_after_a_lost_answer_asks_another_endpoint() {
    let (first, second) = (Responder::start(Reply::HangUp).await, Responder::start(ok(TASK)).await);
    let trust = TlsTrust::Ca(format!("{}{}", first.ca, second.ca));
    let both = client(vec![first.url.clone(), second.url.clone()], &trust);
    both.call(&start()).await.unwrap_err();
    both.call(&start()).await.unwrap();
    assert_eq!((first.received().len(), second.received().len()), (1, 1));
}
