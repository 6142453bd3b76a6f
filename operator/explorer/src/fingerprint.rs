//! When two states are the same: what differs only in the time of day, versions and names of tasks is one state.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use proxmox_client::{ProxmoxAnswer, ProxmoxError};
use serde_json::Value;
use slipway_operator::site::Knowledge;

use crate::{
    clock,
    gate::{Entry, Write},
    kubernetes::Store,
    state::{Flight, State},
};

/// Fields on which no decision rests.
const IGNORED: [&str; 10] = [
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "lastTransitionTime",
    "observedAt",
    "message",
    "plan",
    "startTime",
    "newestUpidBefore",
    "finishedAt",
];
/// Times further away than this are all the same, in seconds.
const HORIZON: i64 = 1200;

pub fn fingerprint(state: &State) -> u64 {
    let now = clock::now(&state.world);
    let mut hasher = DefaultHasher::new();
    state.world.fingerprint().hash(&mut hasher);
    for plane in &state.planes {
        store(plane, now, &mut hasher);
    }
    for controller in &state.controllers {
        controller.plane.hash(&mut hasher);
        store(&controller.cache, now, &mut hasher);
        knowledge(&controller.knowledge, &mut hasher);
        match &controller.flight {
            None => 0.hash(&mut hasher),
            Some(flight) => self::flight(flight, now, &mut hasher),
        }
    }
    state.budget.hash(&mut hasher);
    state.past.hash(&mut hasher);
    hasher.finish()
}

fn store(store: &Store, now: Timestamp, hasher: &mut DefaultHasher) {
    for (key, object) in store.objects() {
        key.hash(hasher);
        value(object, now, hasher);
    }
}

fn knowledge(known: &Knowledge, hasher: &mut DefaultHasher) {
    format!("{:?}", known.verdicts).hash(hasher);
    known.gone.hash(hasher);
    for row in known.inventory.iter().flat_map(|i| i.guests.values()) {
        (row.vmid, &row.node, &row.lock, &row.pool, row.template).hash(hasher);
    }
}

fn flight(flight: &Flight, now: Timestamp, hasher: &mut DefaultHasher) {
    flight.subject.hash(hasher);
    flight.fresh.hash(hasher);
    store(&flight.cache, now, hasher);
    knowledge(&flight.knowledge, hasher);
    for entry in flight.log.iter() {
        match entry {
            Entry::Kubernetes(_, reply) => value(&reply.body, now, hasher),
            Entry::Proxmox(_, told) => answer(told, hasher),
            Entry::Time(_) | Entry::Chance(_) => {}
        }
    }
    match &flight.write {
        Write::Kubernetes(call) => {
            (call.method.as_str(), &call.plural, &call.name, call.status).hash(hasher);
            value(&call.body, now, hasher);
        }
        Write::Proxmox(request) => request.hash(hasher),
    }
}

fn answer(told: &Result<ProxmoxAnswer, ProxmoxError>, hasher: &mut DefaultHasher) {
    match told {
        Ok(ProxmoxAnswer::Config(config)) => {
            config.options().filter(|(option, _)| !["meta", "vmgenid"].contains(option)).for_each(|o| o.hash(hasher));
        }
        Ok(ProxmoxAnswer::Started(upid)) => text(upid.as_str(), hasher),
        Ok(ProxmoxAnswer::Tasks(rows)) => rows.iter().for_each(|row| {
            row.running.hash(hasher);
            text(row.upid.as_str(), hasher);
        }),
        // Statistics aside, the rows are those of the inventory.
        Ok(ProxmoxAnswer::Resources(all)) => {
            all.guests.iter().for_each(|row| (row.vmid, &row.node, &row.lock, &row.pool).hash(hasher));
        }
        other => format!("{other:?}").hash(hasher),
    }
}

fn value(value: &Value, now: Timestamp, hasher: &mut DefaultHasher) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter().filter(|(name, _)| !IGNORED.contains(&name.as_str())) {
                name.hash(hasher);
                self::value(field, now, hasher);
            }
            // That it is being deleted matters; since when does not.
            fields.contains_key("deletionTimestamp").hash(hasher);
        }
        Value::Array(items) => items.iter().for_each(|item| self::value(item, now, hasher)),
        Value::String(words) => match words.parse::<Timestamp>().ok().filter(|_| words.ends_with('Z')) {
            Some(time) => {
                let away = time.duration_since(now).as_secs().clamp(-HORIZON, HORIZON);
                // To ten seconds: no rule of the operator is finer.
                (away / 10).hash(hasher);
            }
            None => text(words, hasher),
        },
        Value::Number(number) => number.hash(hasher),
        Value::Bool(flag) => flag.hash(hasher),
        Value::Null => {}
    }
}

/// A task's name tells when it began; here only what it is counts.
fn text(words: &str, hasher: &mut DefaultHasher) {
    if words.starts_with("UPID:") {
        words.split(':').skip(5).take(2).for_each(|part| part.hash(hasher));
    } else {
        words.hash(hasher);
    }
}
