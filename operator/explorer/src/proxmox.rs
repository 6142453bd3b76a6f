//! Calls on the testbed's state machine, without HTTP.

use proxmox_client::{Fault, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, WireAnswer};
use pve_testbed::{
    World,
    request::{Answer, Body, Delivery, Method, Millis, Request},
};

/// The timeout of the client over HTTPS.
pub(crate) const PATIENCE: Millis = 35_000;

/// One call from beginning to end. Time passes while it waits for a lock.
pub fn call(world: &mut World, token: &str, request: &ProxmoxRequest) -> Result<ProxmoxAnswer, ProxmoxError> {
    let wire = request.wire();
    let method = Method::parse(wire.method.as_str()).unwrap_or(Method::Get);
    let mut sent = Request::new(method, wire.path).token(token);
    for (name, value) in &wire.params {
        sent = sent.with(name, value);
    }
    match patient(world, sent).filter(|answer| answer.status != 0 && answer.delivery == Delivery::Whole) {
        Some(answer) => ProxmoxAnswer::parse(request, &wire_answer(answer)),
        None => Err(ProxmoxError { fault: Fault::UnknownOutcome, message: "no answer".into() }),
    }
}

/// Waits as long as the client over HTTPS does. A call that is late takes effect all the same.
fn patient(world: &mut World, sent: Request) -> Option<Answer> {
    let id = world.submit(sent);
    let until = world.now() + PATIENCE;
    let mut to = world.now();
    loop {
        if let Some((_, answer)) = world.advance(to).into_iter().find(|(answered, _)| *answered == id) {
            return Some(answer);
        }
        if to >= until {
            return None;
        }
        to = world.next_event().unwrap_or(until).min(until);
    }
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
