//! `/testbed`: faults switched from outside. Not part of Proxmox VE; off unless asked for.
//!
//! `GET /testbed/faults` lists the lasting ones, `POST /testbed/faults` with a [`Fault`] as JSON switches one on,
//! `DELETE /testbed/faults` switches all lasting ones off.

use serde_json::{Value, json};

use super::driver::Driver;
use crate::{
    request::{Answer, Body},
    world::Fault,
};

pub(super) fn handle(driver: &Driver, method: &str, path: &str, body: &[u8]) -> Answer {
    match (method, path) {
        ("GET", "/testbed/faults") => answer(200, driver.with_world(|world| json!({ "data": world.faults() }))),
        ("DELETE", "/testbed/faults") => {
            driver.with_world(crate::World::heal);
            answer(200, json!({ "data": null }))
        }
        ("POST", "/testbed/faults") => match serde_json::from_slice::<Fault>(body) {
            Ok(fault) => {
                driver.with_world(|world| world.inject(fault));
                answer(200, json!({ "data": null }))
            }
            Err(error) => answer(400, json!({ "data": null, "message": format!("no such fault: {error}\n") })),
        },
        _ => answer(404, json!({ "data": null, "message": "the testbed knows /testbed/faults only\n" })),
    }
}

fn answer(status: u16, body: Value) -> Answer {
    let reason = if status == 200 { "OK" } else { "Testbed" };
    Answer { status, reason: reason.to_owned(), body: Body::Json(body), proxied: false }
}
