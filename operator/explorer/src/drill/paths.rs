//! A server that became what it is by a path of edits, to be compared with one that was so from the beginning.

use pve_testbed::Guest;
use serde_json::{Value, json};
use slipway_crds::Verb;

use super::{
    operation::{ask, create_with, forget, replace, server},
    picture::{Picture, picture, without_file, without_mac},
    rehearse::{empty_site, rest},
};
use crate::{
    gate::Grant,
    properties::{self, condition, marked},
};

/// One wish of a path.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The whole spec, laid over the smallest manifest.
    pub spec: Value,
    /// The next edit comes while this one is still being carried out.
    pub hurried: bool,
}

/// Passes of the operator before a hurried person's next edit.
const HURRY: usize = 3;
const TO_THE_END: usize = 150;

/// Wishes for one after the other, restarts the guest in the end if something waits for that, and looks at it.
pub fn walk(path: &[Wish]) -> Result<Picture, String> {
    let (runner, mut state) = empty_site().map_err(|error| error.to_string())?;
    let mut trace = Vec::new();
    let mut settle = |state: &mut _, passes| rest(&runner, state, &mut Grant::All, &mut trace, passes);
    settle(&mut state, TO_THE_END)?;
    for (nth, wish) in path.iter().enumerate() {
        match nth {
            0 => create_with(&mut state, &wish.spec),
            _ => replace(&mut state, &wish.spec),
        }
        settle(&mut state, if wish.hurried { HURRY } else { TO_THE_END })?;
    }
    settle(&mut state, TO_THE_END)?;
    if condition(server(&state), "RestartRequired")["status"] == "True" {
        ask(&mut state, Verb::Restart, &json!({}));
        settle(&mut state, TO_THE_END)?;
        forget(&mut state, Verb::Restart);
    }
    if !settle(&mut state, TO_THE_END)? {
        return Err("it never comes to rest".into());
    }
    properties::at_rest(&state)?;
    let mut seen = picture(&state);
    // What hangs in which slot, and what was detached on the way, tells of the path.
    let of_the_path = ["unused", "detached", "addresses", "applied"];
    seen.retain(|line, _| {
        let what = line.rsplit(": ").next().unwrap_or_default();
        !of_the_path.contains(&what) && !["scsi", "net", "ipconfig"].iter().any(|slot| is_slot(what, slot))
    });
    let status = &server(&state)["status"];
    for (guest, _) in marked(&state) {
        seen.extend(devices(&guest, status));
    }
    Ok(seen)
}

fn is_slot(what: &str, kind: &str) -> bool {
    what.strip_prefix(kind).is_some_and(|n| n.parse::<u8>().is_ok())
}

/// Disks and interfaces by their names.
fn devices(guest: &Guest<'_>, status: &Value) -> Picture {
    let mut seen = Picture::new();
    let option = |slot: &Value| slot.as_str().and_then(|slot| guest.option(slot)).unwrap_or_default().to_owned();
    for (name, disk) in status["disks"].as_object().into_iter().flatten() {
        seen.insert(format!("disk {name}"), without_file(&option(&disk["slot"])));
    }
    for (name, interface) in status["networks"].as_object().into_iter().flatten() {
        let slot = interface["slot"].as_str().unwrap_or_default();
        seen.insert(format!("interface {name}"), without_mac(&option(&interface["slot"])));
        let addresses = guest.option(&format!("ipconfig{}", slot.trim_start_matches("net"))).unwrap_or_default();
        let families: Vec<&str> = addresses.split(',').filter_map(|part| part.split('=').next()).collect();
        seen.insert(format!("families of {name}"), families.join(","));
    }
    seen
}
