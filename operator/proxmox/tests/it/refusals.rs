//! Recorded refusals: status line and body as they were, and what they mean to the caller.

use proxmox_client::{Fault, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Upid};

use crate::responder::{Responder, answer, node, start, vmid};

fn config() -> ProxmoxRequest {
    ProxmoxRequest::Config { node: node(), vmid: vmid(4711) }
}

async fn refusal(request: &ProxmoxRequest, status: &str, body: &str) -> ProxmoxError {
    let server = Responder::start(answer(status, body)).await;
    let error = server.call(request).await.expect_err(status);
    assert_eq!(server.received().len(), 1, "{status}: a refused call is not repeated");
    error
}

/// `{"message":…,"data":null}`, as every 500 and 403 of the API.
fn said(message: &str) -> String {
    format!(r#"{{"message":"{message}\n","data":null}}"#)
}

#[tokio::test]
async fn every_recorded_refusal_is_told_apart() {
    let locked = Fault::Locked { lock: "backup".into() };
    let refused = Fault::Refused { status: 500 };
    let cases = [
        ("500 VM is locked (backup)", locked, "locked"),
        ("500 can't lock file '/var/lock/qemu-server/lock-103.conf' - got timeout", Fault::Busy, "busy"),
        ("500 unable to create VM 5100: config file already exists", Fault::Exists, "exists"),
        ("500 create pool failed: pool 'p1' already exists", Fault::Exists, "exists"),
        ("500 Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist", Fault::Missing, "missing"),
        ("500 unable to find configuration file for VM 4711 on node 'pve1'", Fault::Missing, "missing"),
        ("500 checksum mismatch (file change by other user?)", Fault::DigestMismatch, "digest_mismatch"),
        ("500 can't remove drive 'scsi0' - protection mode enabled", Fault::Protected, "protected"),
        ("500 VM 101 is running - destroy failed", Fault::Running, "running"),
        ("500 VM 102 not running", Fault::NotRunning, "not_running"),
        ("403 Permission check failed (/vms/4711, VM.Audit)", Fault::Forbidden, "forbidden"),
        ("403 Permission check failed", Fault::Forbidden, "forbidden"),
        ("500 storage 'nosuch' does not exist", refused.clone(), "refused"),
        ("500 no such cluster node 'nosuch'", refused.clone(), "refused"),
        ("500 SSH public key validation error", refused.clone(), "refused"),
        ("500 no options specified", refused.clone(), "refused"),
        ("500 snapshot 'nosuch' does not exist", refused, "refused"),
        ("501 Method 'GET /nosuch/path' not implemented", Fault::Refused { status: 501 }, "refused"),
    ];
    for (status, fault, category) in cases {
        let message = status.split_once(' ').unwrap().1;
        let error = refusal(&config(), status, &said(message)).await;
        assert_eq!((&error.fault, error.category(), error.message.as_str()), (&fault, category, message));
    }
}

/// Before version 5 of its HTTP server, and for what its front end refuses, the reason phrase is all there is.
#[tokio::test]
async fn the_reason_phrase_alone_is_enough() {
    let cases = [
        ("401 No ticket", Fault::Unauthenticated),
        ("401 Authentication failed!", Fault::Unauthenticated),
        ("500 VM is locked (backup)", Fault::Locked { lock: "backup".into() }),
        ("500 checksum mismatch (file change by other user?)", Fault::DigestMismatch),
        ("595 Connection refused", Fault::Unreachable),
        ("595 No route to host", Fault::Unreachable),
        ("596 Connection timed out", Fault::UnknownOutcome),
        ("596 Broken pipe", Fault::UnknownOutcome),
        ("596 error:0A000086:SSL routines::certificate verify failed", Fault::UnknownOutcome),
        ("599 Too many redirections", Fault::UnknownOutcome),
    ];
    for (status, fault) in cases {
        for body in ["", r#"{"data":null}"#] {
            let error = refusal(&config(), status, body).await;
            assert_eq!((error.fault, error.message.as_str()), (fault.clone(), status.split_once(' ').unwrap().1));
        }
    }
}

#[tokio::test]
async fn a_message_may_hold_any_letters() {
    let error = refusal(&config(), "500 storage 'Köln' does not exist", &said("storage 'Köln' does not exist")).await;
    assert_eq!(error.message, "storage 'Köln' does not exist");
}

/// A command to QEMU that timed out may have had its effect; a lock that was not free in time had none.
#[tokio::test]
async fn only_a_lock_that_was_not_free_is_busy() {
    let error = refusal(&start(), "500 VM 101 qmp command 'netdev_add' failed - got timeout", "").await;
    assert_eq!(error.fault, Fault::Refused { status: 500 });
    let lock = "500 unable to create VM 103 - can't lock file '/var/lock/qemu-server/lock-103.conf' - got timeout";
    assert_eq!(refusal(&start(), lock, "").await.fault, Fault::Busy);
    let cluster = "500 cfs-lock 'file-user_cfg' error: got lock request timeout";
    assert_eq!(refusal(&start(), cluster, "").await.fault, Fault::Busy);
}

#[tokio::test]
async fn refused_parameters_name_every_field() {
    let body = r#"{"data":null,"errors":{"cores":"value must have a minimum value of 1","memory":"invalid format - format error\nmemory.current: value must have a minimum value of 16\n"},"message":"Parameter verification failed.\n"}"#;
    let error = refusal(&config(), "400 Parameter verification failed.", body).await;
    let Fault::Invalid { fields } = &error.fault else { panic!("{error:?}") };
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["cores", "memory"]);
    assert_eq!(
        error.to_string(),
        "Parameter verification failed. cores: value must have a minimum value of 1 memory: invalid format - format error\n\
         memory.current: value must have a minimum value of 16"
    );
}

#[tokio::test]
async fn a_number_that_is_taken_is_an_answer() {
    let body =
        r#"{"message":"Parameter verification failed.\n","errors":{"vmid":"VM 101 already exists"},"data":null}"#;
    let server = Responder::start(answer("400 Parameter verification failed.", body)).await;
    let answered = server.call(&ProxmoxRequest::NextId { vmid: vmid(101) }).await;
    assert_eq!(answered, Ok(ProxmoxAnswer::Free(false)));
}

#[tokio::test]
async fn a_number_that_is_none_is_no_answer() {
    let body = r#"{"message":"Parameter verification failed.\n","errors":{"vmid":"invalid format - value does not look like a valid VM ID\n"},"data":null}"#;
    let error = refusal(&ProxmoxRequest::NextId { vmid: vmid(101) }, "400 Parameter verification failed.", body).await;
    assert_eq!(error.category(), "invalid");
}

#[tokio::test]
async fn a_forgotten_task_is_told_from_a_failed_call() {
    let upid: Upid = "UPID:pve1:00000001:00000001:6B03D540:qmstart:101:root@pam!full:".parse().unwrap();
    let request = ProxmoxRequest::TaskStatus { upid };
    let body = r#"{"message":"Parameter verification failed.\n","data":null,"errors":{"upid":"no such task"}}"#;
    assert_eq!(refusal(&request, "400 Parameter verification failed.", body).await.fault, Fault::NoSuchTask);
}

#[tokio::test]
async fn a_pool_that_is_not_there_is_an_answer_and_trouble_is_none() {
    let request = ProxmoxRequest::Pool { pool: "nosuch".into() };
    let server = Responder::start(answer("500 pool 'nosuch' does not exist", "")).await;
    assert_eq!(server.call(&request).await, Ok(ProxmoxAnswer::Pool(None)));
    let hidden = "403 Permission check failed (/pool/nosuch, Pool.Audit)";
    assert_eq!(refusal(&request, hidden, "").await.fault, Fault::Forbidden);
    let trouble = "500 hostname lookup 'nosuch' failed - failed to get address info for: nosuch: Temporary failure in name resolution";
    assert_eq!(refusal(&request, trouble, "").await.fault, Fault::Refused { status: 500 });
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error = refusal(&ProxmoxRequest::Version, "301 Moved Permanently", "").await;
    assert_eq!(error.fault, Fault::Refused { status: 301 });
}
