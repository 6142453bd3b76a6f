//! What a site will not do for the operator's own token, whoever asks: the last line of defence.

use proxmox_client::{ConfigChange, Fault, HttpClient, NodeName, ProxmoxClient as _, ProxmoxRequest, TlsTrust};
use secrecy::SecretString;

use crate::lab::Lab;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxmox_itself_refuses_writes_to_foreign_vms() {
    let lab = Lab::start().await;
    lab.pve.with_world(|w| w.inject(pve_testbed::Fault::ForeignVm { node: "pve1".into(), vmid: 500 }));
    let token = SecretString::from(lab.pve.with_world(|w| w.least_privilege_token(&lab.installation)).token);
    let client = HttpClient::new(vec![lab.pve.url()], &token, &TlsTrust::Ca(lab.pve.ca_pem().to_owned())).unwrap();
    let (node, vmid) = (NodeName::try_from("pve1").unwrap(), 500.try_into().unwrap());
    let change = ConfigChange { set: vec![("name".into(), "stolen".into())], ..ConfigChange::default() };
    for request in [
        ProxmoxRequest::SetConfig { node: node.clone(), vmid, change },
        ProxmoxRequest::Stop { node: node.clone(), vmid, overrule: false },
        ProxmoxRequest::Destroy { node, vmid, purge: false },
    ] {
        assert_eq!(client.call(&request).await.unwrap_err().fault, Fault::Forbidden, "{}", request.name());
    }
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_pinned_is_refused() {
    let lab = Lab::start().await;
    let token = SecretString::from("root@pam!x=1".to_owned());
    let wrong = TlsTrust::Fingerprint(["00"; 32].join(":"));
    let client = HttpClient::new(vec![lab.pve.url()], &token, &wrong).unwrap();
    let error = client.call(&ProxmoxRequest::Version).await.unwrap_err();
    assert_eq!(error.fault, Fault::Unreachable);
    assert!(error.message.contains("not the pinned"), "{error}");
    lab.end().await;
}
