//! What goes over the wire.

use proxmox_client::{ConfigChange, ProxmoxRequest};

use crate::responder::{Responder, TOKEN, decode, node, ok, start, vmid};

const TASK: &str = r#"{"data":"UPID:pve1:000005F9:00066FC4:6B03D597:qmstart:101:root@pam!full:"}"#;

#[tokio::test]
async fn every_call_shows_the_token_and_asks_for_json() {
    let server =
        Responder::start(ok(r#"{"data":{"release":"9.2","repoid":"14a22df35955d97d","version":"9.2.11"}}"#)).await;
    server.call(&ProxmoxRequest::Version).await.unwrap();
    let got = server.only();
    assert_eq!((got.method.as_str(), got.target.as_str()), ("GET", "/api2/json/version"));
    assert_eq!(got.header("authorization"), Some(format!("PVEAPIToken={TOKEN}").as_str()));
}

#[tokio::test]
async fn a_client_does_not_print_its_token() {
    let server = Responder::start(ok(TASK)).await;
    assert!(!format!("{:?}", server.client()).contains("00000000-0000-4000"));
}

#[tokio::test]
async fn parameters_of_a_get_stand_in_the_query() {
    let server = Responder::start(ok(r#"{"data":[]}"#)).await;
    server.call(&ProxmoxRequest::Tasks { node: node(), kind: "qmstart", vmid: Some(vmid(101)) }).await.unwrap();
    let got = server.only();
    assert_eq!(got.target, "/api2/json/nodes/pve1/tasks?source=all&typefilter=qmstart&vmid=101");
    assert!(got.body.is_empty() && got.header("content-length").is_none(), "a GET with a body is refused by Proxmox");
}

#[tokio::test]
async fn a_delete_has_no_body() {
    let server =
        Responder::start(ok(r#"{"data":"UPID:pve1:00000AC1:0006DDDF:6B03D6B1:qmdestroy:112:root@pam!full:"}"#)).await;
    server.call(&ProxmoxRequest::Destroy { node: node(), vmid: vmid(112), purge: false }).await.unwrap();
    let got = server.only();
    assert_eq!((got.method.as_str(), got.target.as_str()), ("DELETE", "/api2/json/nodes/pve1/qemu/112"));
    assert!(got.body.is_empty() && got.header("content-type").is_none() && got.header("transfer-encoding").is_none());
}

#[tokio::test]
async fn a_post_is_a_form_of_known_length() {
    let server = Responder::start(ok(TASK)).await;
    let shutdown = ProxmoxRequest::Shutdown { node: node(), vmid: vmid(101), timeout: 120, force: true };
    server.call(&shutdown).await.unwrap();
    let got = server.only();
    assert_eq!((got.method.as_str(), got.target.as_str()), ("POST", "/api2/json/nodes/pve1/qemu/101/status/shutdown"));
    assert_eq!(got.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(got.body, "timeout=120&forceStop=1");
    assert!(got.header("transfer-encoding").is_none(), "Proxmox refuses chunks");
}

#[tokio::test]
async fn a_post_without_parameters_says_so() {
    let server = Responder::start(ok(TASK)).await;
    server.call(&start()).await.unwrap();
    let got = server.only();
    assert_eq!((got.body.as_str(), got.header("content-length")), ("", Some("0")));
}

/// Proxmox decodes the form, and then the value once more; `+` would not be a space the second time.
#[tokio::test]
async fn ssh_keys_arrive_encoded_twice() {
    let key = "ssh-ed25519 AAAAC3Nza+C1/ZDI1 me+test@host";
    let encoded = "ssh-ed25519%20AAAAC3Nza%2BC1%2FZDI1%20me%2Btest%40host";
    let change = ConfigChange { set: vec![("sshkeys".into(), encoded.into())], delete: vec![], digest: "d1".into() };
    let server = Responder::start(ok(r#"{"data":null}"#)).await;
    server.call(&ProxmoxRequest::SetConfig { node: node(), vmid: vmid(101), change }).await.unwrap();
    let got = server.only();
    assert_eq!(got.method, "PUT");
    assert!(got.body.starts_with("sshkeys=ssh-ed25519%2520AAAA"), "{}", got.body);
    let form = got.form();
    assert_eq!(form[0], ("sshkeys".to_owned(), encoded.to_owned()));
    assert_eq!(decode(&form[0].1), key);
}

#[tokio::test]
async fn any_text_survives_the_form() {
    let description = "slipway:v1 a/b/c born=d owned\nKunde: Jörg & Söhne = 100 % +1";
    let change = ConfigChange {
        set: vec![("description".into(), description.into())],
        delete: vec!["cipassword".into(), "sshkeys".into()],
        digest: "492894ea034752824fa2df8dc6e9108f5d6d30b6".into(),
    };
    let server = Responder::start(ok(r#"{"data":null}"#)).await;
    server.call(&ProxmoxRequest::SetConfig { node: node(), vmid: vmid(101), change }).await.unwrap();
    let expected = [
        ("description", description),
        ("delete", "cipassword,sshkeys"),
        ("digest", "492894ea034752824fa2df8dc6e9108f5d6d30b6"),
    ];
    assert_eq!(server.only().form(), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
}

#[tokio::test]
async fn connections_are_kept_for_the_next_call() {
    let server = Responder::start(ok(r#"{"data":"100"}"#)).await;
    let client = server.client();
    for number in [100, 100] {
        proxmox_client::ProxmoxClient::call(&client, &ProxmoxRequest::NextId { vmid: vmid(number) }).await.unwrap();
    }
    assert_eq!(server.received().len(), 2);
}
