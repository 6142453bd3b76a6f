//! Faults that come at their time, or when a call or a task comes by.

use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::{ScenarioError, wrong};
use crate::world::{Calls, Moment, Order, Tasks, World, parse_duration};

pub(super) fn plan(world: &mut World, timeline: &[Spanned<Value>]) -> Result<(), ScenarioError> {
    for item in timeline {
        let (moment, order) = read(item.value.clone()).map_err(|text| wrong(item, text))?;
        world.check_order(&order).map_err(|text| wrong(item, text))?;
        world.plan(moment, order);
    }
    Ok(())
}

fn read(value: Value) -> Result<(Moment, Order), String> {
    let Value::Object(mut object) = value else {
        return Err("expected a fault with at or when, such as {at: 30s, fault: node-down, node: pve2}".to_owned());
    };
    let moment = match (object.remove("at"), object.remove("when")) {
        (Some(Value::String(text)), None) => Moment::At(parse_duration(&text)?),
        (Some(other), None) => return Err(format!("at is {other}; expected a time span such as 30s")),
        (None, Some(Value::Object(when))) => read_when(when)?,
        (None, Some(other)) => return Err(format!("when is {other}; expected such as {WHEN}")),
        _ => return Err("a fault of the timeline has one of at and when".to_owned()),
    };
    Ok((moment, Order::from_json(Value::Object(object))?))
}

const WHEN: &str = "{task: qmclone, step: 2} or {call: /clone, method: POST}";

fn read_when(mut when: Map<String, Value>) -> Result<Moment, String> {
    let (task, call) = (when.remove("task"), when.remove("call"));
    let explain = |error: serde_json::Error| format!("when: {error}; expected such as {WHEN}");
    match (task, call) {
        (Some(kind), None) => {
            when.insert("type".to_owned(), kind);
            serde_json::from_value::<Tasks>(Value::Object(when)).map(Moment::Task).map_err(explain)
        }
        (None, Some(path)) => {
            when.insert("path".to_owned(), path);
            serde_json::from_value::<Calls>(Value::Object(when)).map(Moment::Call).map_err(explain)
        }
        _ => Err(format!("when names one of task and call; expected such as {WHEN}")),
    }
}
