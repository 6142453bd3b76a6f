//! Calls on the testbed's state machine, without HTTP.

use proxmox_client::{ProxmoxAnswer, ProxmoxError, ProxmoxRequest, WireAnswer};
use pve_testbed::{
    World,
    request::{Answer, Body, Method, Request},
};

/// One call from beginning to end. Time passes while it waits for a lock.
pub fn call(world: &mut World, token: &str, request: &ProxmoxRequest) -> Result<ProxmoxAnswer, ProxmoxError> {
    let wire = request.wire();
    let method = Method::parse(wire.method.as_str()).unwrap_or(Method::Get);
    let mut sent = Request::new(method, wire.path).token(token);
    for (name, value) in &wire.params {
        sent = sent.with(name, value);
    }
    ProxmoxAnswer::parse(request, &wire_answer(world.call(sent)))
}

/// A call of somebody else, who may do anything.
pub fn by_root(world: &mut World, method: Method, path: &str, params: &[(&str, &str)]) -> Answer {
    let token = world.root_token();
    let request = params.iter().fold(Request::new(method, path).token(&token), |r, (name, value)| r.with(name, value));
    world.call(request)
}

fn wire_answer(answer: Answer) -> WireAnswer {
    let body = match answer.body {
        Body::Empty => String::new(),
        Body::Json(body) => body.to_string(),
        Body::Text(text) => text.as_str().to_owned(),
    };
    WireAnswer { status: answer.status, reason: answer.reason, body }
}

/// In words, for a trace.
pub fn words(request: &ProxmoxRequest) -> String {
    match request {
        ProxmoxRequest::Clone { template, newid, .. } => format!("clone {template} to {newid}"),
        ProxmoxRequest::SetConfig { vmid, change, .. } => {
            let set: Vec<&str> = change.set.iter().map(|(option, _)| option.as_str()).collect();
            format!("set {} of VM {vmid}, delete {}", set.join(","), change.delete.join(","))
        }
        ProxmoxRequest::SetPoolComment { comment, .. } => format!("write the pool's comment `{comment}`"),
        other => {
            let wire = other.wire();
            format!("{} {}", wire.method, wire.path)
        }
    }
}
