//! `/testbed`: faults and time, moved from outside. Not part of Proxmox VE; off unless asked for.
//!
//! | call | does |
//! |---|---|
//! | `GET /testbed/faults` | lists what waits or lasts, what is planned, and all faults there are |
//! | `POST /testbed/faults` with a fault as JSON | switches it on; answers its number, if it waits or lasts |
//! | `DELETE /testbed/faults` | takes all away |
//! | `DELETE /testbed/faults/3` | takes one away |
//! | `GET /testbed/time` | virtual milliseconds since the start, and Unix seconds |
//! | `POST /testbed/time` with `{"advance":"30s"}` | lets that time pass at once |

use serde_json::{Map, Value, json};

use super::driver::Driver;
use crate::{
    request::{Answer, Body, Delivery},
    world::{Order, World, faults, parse_duration},
};

const PATHS: &str = "the testbed serves GET, POST and DELETE /testbed/faults, DELETE /testbed/faults/NUMBER, \
                     GET and POST /testbed/time";

pub(super) fn handle(driver: &Driver, method: &str, path: &str, body: &[u8]) -> Answer {
    let done = match (method, path) {
        ("GET", "/testbed/faults") => Ok(driver.with_world(|world| active(world))),
        ("POST", "/testbed/faults") => read(body, r#"{"fault":"node-down","node":"pve2"}"#)
            .and_then(|value| Order::from_json(Value::Object(value)))
            .and_then(|order| driver.with_world(|world| world.arm(order)))
            .map(|id| json!({ "id": id })),
        ("DELETE", "/testbed/faults") => {
            driver.with_world(World::heal);
            Ok(Value::Null)
        }
        ("DELETE", path) if path.starts_with("/testbed/faults/") => remove(driver, path),
        ("GET", "/testbed/time") => Ok(driver.with_world(|world| time(world))),
        ("POST", "/testbed/time") => advance(driver, body),
        _ => return answer(404, json!({ "data": null, "message": format!("{PATHS}\n") })),
    };
    match done {
        Ok(data) => answer(200, json!({ "data": data })),
        Err(text) => answer(400, json!({ "data": null, "message": format!("{text}\n") })),
    }
}

fn read(body: &[u8], example: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(format!("expected a JSON object, such as {example}")),
        Err(error) => Err(format!("the body is not JSON ({error}); expected an object, such as {example}")),
    }
}

fn active(world: &World) -> Value {
    let known: Vec<Value> = faults()
        .iter()
        .map(|entry| json!({ "fault": entry.name, "what": entry.what, "example": entry.example }))
        .collect();
    json!({ "active": world.faults(), "planned": world.plans(), "known": known })
}

fn remove(driver: &Driver, path: &str) -> Result<Value, String> {
    let text = path.rsplit('/').next().unwrap_or_default();
    let id = text.parse().map_err(|_| format!("'{text}' is no number of a fault"))?;
    if driver.with_world(|world| world.disarm(id)) {
        Ok(Value::Null)
    } else {
        Err(format!("no fault has the number {id}: it struck already, or never was"))
    }
}

fn time(world: &World) -> Value {
    json!({ "now": world.now(), "unix": world.unix_now(), "next": world.next_event() })
}

fn advance(driver: &Driver, body: &[u8]) -> Result<Value, String> {
    let example = r#"{"advance":"30s"}"#;
    let object = read(body, example)?;
    if let Some(name) = object.keys().find(|name| *name != "advance") {
        return Err(format!("unknown field \"{name}\"; expected {example}"));
    }
    let text = object.get("advance").and_then(Value::as_str).ok_or_else(|| format!("expected {example}"))?;
    driver.skip(parse_duration(text)?);
    Ok(driver.with_world(|world| time(world)))
}

fn answer(status: u16, body: Value) -> Answer {
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        _ => "Not Found",
    };
    Answer { status, reason: reason.to_owned(), body: Body::Json(body), proxied: false, delivery: Delivery::Whole }
}
