//! Templates, VMs one by one, and many at once.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use serde_saphyr::Spanned;

use super::{
    ScenarioError,
    build::{key_on, known_node, known_storage},
    file::{File, Fill, TemplateItem, VmItem},
    wrong,
};
use crate::{
    model::{
        Vmid,
        config::Config,
        device::{Nic, is_drive_key, is_net_key},
        storage::{Purpose, Volume, new_volume_name},
        vm::Vm,
    },
    schema::Schema,
    world::{
        World,
        work::{prepare_drive, write_cloudinit},
    },
};

const GIB: u64 = 1 << 30;

pub(super) fn add(world: &mut World, file: &File) -> Result<(), ScenarioError> {
    for item in &file.templates {
        add_template(world, item)?;
    }
    for item in &file.vms {
        add_vm(world, item)?;
    }
    if let Some(fill) = &file.fill {
        add_many(world, fill)?;
    }
    Ok(())
}

fn add_template(world: &mut World, item: &Spanned<TemplateItem>) -> Result<(), ScenarioError> {
    let TemplateItem { vmid, node, storage, os } = &item.value;
    free_number(world, item, *vmid)?;
    known_node(world, item, node)?;
    holds_images(world, item, storage)?;
    if !world.add_template(*vmid, node, storage, os) {
        let known: Vec<&str> = World::known_images().collect();
        return Err(wrong(item, format!("there is no image '{os}'; known: {}", known.join(", "))));
    }
    Ok(())
}

fn add_vm(world: &mut World, item: &Spanned<VmItem>) -> Result<(), ScenarioError> {
    let VmItem { vmid, node, config: options, running, os, pool } = &item.value;
    free_number(world, item, *vmid)?;
    known_node(world, item, node)?;
    let mut config = identity(world);
    for (name, value) in texts(item, options)? {
        set(world, &mut config, &name, value);
    }
    world.insert_vm(*vmid, Vm::new(node, Config::default()));
    let drives: Vec<(String, String)> =
        config.iter().filter(|(key, _)| is_drive_key(key)).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    for (key, value) in drives {
        let prepared = prepare_drive(world, node, *vmid, &key, &value)
            .map_err(|text| wrong(item, format!("VM {vmid}, {key}: {text}")))?;
        if let (Some(made), Some(os)) = (prepared.made.filter(|made| !made.name.contains("cloudinit")), os)
            && let Some(volume) = world.volumes.get_mut(&made)
        {
            Arc::make_mut(volume).image.get_or_insert_with(|| os.clone());
        }
        config.set(&key, prepared.value);
    }
    if let Some(vm) = world.vm_mut(*vmid) {
        vm.config = config;
    }
    join_pool(world, item, pool.as_deref(), *vmid)?;
    if *running {
        write_cloudinit(world, *vmid);
        world.power_on(*vmid);
    }
    Ok(())
}

fn add_many(world: &mut World, item: &Spanned<Fill>) -> Result<(), ScenarioError> {
    let Fill { vms, first, running, storage, pool, config: options } = &item.value;
    let storage = match storage {
        Some(storage) => storage.clone(),
        None => some_storage(world).ok_or_else(|| wrong(item, "no storage holds images: name one with storage"))?,
    };
    holds_images(world, item, &storage)?;
    if *running > 100 {
        return Err(wrong(item, format!("running is {running}; expected percent, 0 to 100")));
    }
    let options = texts(item, options)?;
    if options.keys().any(|key| is_drive_key(key)) {
        return Err(wrong(item, "a fill takes no drives: each VM gets one disk on storage"));
    }
    let nodes = world.node_names();
    let first = first.unwrap_or(100_000);
    for (vmid, node) in (first..first.saturating_add(*vms)).zip(nodes.iter().cycle()) {
        free_number(world, item, vmid)?;
        let mut config = identity(world);
        for (name, value) in [("cores", "2"), ("memory", "2048"), ("ostype", "l26"), ("net0", "virtio,bridge=vmbr0")] {
            set(world, &mut config, name, value.to_owned());
        }
        config.set("name", format!("vm-{vmid}"));
        for (name, value) in &options {
            set(world, &mut config, name, value.clone());
        }
        let volume = disk(world, vmid);
        let kind = known_storage(world, item, &storage)?.kind;
        let name = new_volume_name(kind, vmid, Purpose::Disk, &volume.format, None, |_| false);
        let key = key_on(world, node, &storage, name);
        config.set("scsi0", format!("{},size=10G", key.volid()));
        config.set("boot", "order=scsi0");
        world.volumes.insert(key, Arc::new(volume));
        world.insert_vm(vmid, Vm::new(node, config));
        if (vmid - first) % 100 < *running {
            world.power_on(vmid);
        }
        join_pool(world, item, pool.as_deref(), vmid)?;
    }
    Ok(())
}

fn disk(world: &World, vmid: Vmid) -> Volume {
    Volume {
        owner: Some(vmid),
        size: 10 * GIB,
        format: "raw".to_owned(),
        content: "images".to_owned(),
        base: None,
        ctime: world.unix_now(),
        image: Some("debian-13".to_owned()),
        backup: None,
    }
}

fn identity(world: &mut World) -> Config {
    let (uuid, generation) = (world.random_uuid(), world.random_uuid());
    let meta = format!("creation-qemu=10.2.2,ctime={}", world.unix_now());
    Config::from_pairs([("smbios1", format!("uuid={uuid}").as_str()), ("vmgenid", &generation), ("meta", &meta)])
}

fn set(world: &mut World, config: &mut Config, name: &str, value: String) {
    let value = match is_net_key(name).then(|| Nic::parse(&value)) {
        Some(mut nic) if nic.mac.is_none() => {
            nic.mac = Some(world.random_mac());
            nic.print()
        }
        _ => value,
    };
    config.set(name, value);
}

/// Options as text, all known to the API.
fn texts<T>(item: &Spanned<T>, options: &BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, ScenarioError> {
    options
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Bool(flag) => u8::from(*flag).to_string(),
                Value::Number(number) => number.to_string(),
                other => return Err(wrong(item, format!("config.{name} is {other}; expected a text or a number"))),
            };
            if Schema::get().vm_option(name).is_none() {
                return Err(wrong(item, format!("'{name}' is no option of a VM")));
            }
            Ok((name.clone(), text))
        })
        .collect()
}

fn free_number<T>(world: &World, item: &Spanned<T>, vmid: Vmid) -> Result<(), ScenarioError> {
    if !(100..=999_999_999).contains(&vmid) {
        return Err(wrong(item, format!("{vmid} is no VMID; expected 100 to 999999999")));
    }
    if world.vms.contains_key(&vmid) { Err(wrong(item, format!("there are two VMs {vmid}"))) } else { Ok(()) }
}

fn holds_images<T>(world: &World, item: &Spanned<T>, storage: &str) -> Result<(), ScenarioError> {
    if known_storage(world, item, storage)?.holds("images") {
        return Ok(());
    }
    Err(wrong(item, format!("storage '{storage}' holds no 'images': add it to its content")))
}

fn some_storage(world: &World) -> Option<String> {
    world.storages.iter().find(|(_, storage)| storage.holds("images")).map(|(name, _)| name.clone())
}

fn join_pool<T>(world: &mut World, item: &Spanned<T>, pool: Option<&str>, vmid: Vmid) -> Result<(), ScenarioError> {
    let Some(name) = pool else { return Ok(()) };
    let Some(pool) = world.pools.get_mut(name) else {
        let known: Vec<&str> = world.pools.keys().map(String::as_str).collect();
        return Err(wrong(item, format!("there is no pool '{name}'; known: {}", known.join(", "))));
    };
    pool.vms.insert(vmid);
    Ok(())
}
