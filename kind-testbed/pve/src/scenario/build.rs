//! Nodes, storages, images, pools: the world a scenario begins with.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_saphyr::Spanned;

use super::{
    ScenarioError, access,
    file::{File, ImageItem, NodeItem, StorageItem},
    guests, timeline, wrong,
};
use crate::{
    model::{
        device::parse_size,
        storage::{Storage, StorageKind, Volume, VolumeKey},
    },
    world::{Builder, Member, Pool, World},
};

const TIB: u64 = 1 << 40;

pub(super) fn build(file: &File, seed: u64, epoch: u64) -> Result<World, ScenarioError> {
    let mut builder = World::builder(seed).epoch(epoch);
    if let Some(password) = &file.root_password {
        builder = builder.root_password(password);
    }
    if let Some(name) = &file.cluster {
        builder = builder.cluster(name);
    }
    if let Some(nodes) = &file.nodes {
        let Some(first) = nodes.first() else {
            return Err(ScenarioError { line: 1, text: "nodes is empty: a cluster has at least one node".to_owned() });
        };
        let members = nodes.iter().map(member).collect::<Result<Vec<_>, _>>()?;
        let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
        if names.len() < members.len() {
            return Err(wrong(first, "two nodes have one name"));
        }
        builder = builder.members(members);
    }
    let mut world = with_storages(file, builder)?;
    for image in &file.images {
        add_image(&mut world, image)?;
    }
    for item in &file.pools {
        for storage in &item.value.storages {
            known_storage(&world, item, storage)?;
        }
        let storages = item.value.storages.iter().cloned().collect();
        let pool = Pool { comment: item.value.comment.clone(), storages, ..Pool::default() };
        world.pools.insert(item.value.name.clone(), pool);
    }
    guests::add(&mut world, file)?;
    access::add(&mut world, file)?;
    timeline::plan(&mut world, &file.timeline)?;
    Ok(world)
}

fn is_host_name(name: &str) -> bool {
    let edge = name.starts_with('-') || name.ends_with('-');
    !name.is_empty() && !edge && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn member(item: &Spanned<NodeItem>) -> Result<Member, ScenarioError> {
    let name = &item.value.name;
    if !is_host_name(name) {
        return Err(wrong(item, format!("'{name}' is no host name: expected letters, digits and '-', such as pve1")));
    }
    let mut member = Member::new(name);
    if let Some(cpus) = item.value.cpus {
        member.cpus = cpus;
    }
    if let Some(memory) = &item.value.memory {
        member.memory = size(item, memory)?;
    }
    if let Some(bridges) = &item.value.bridges {
        member.bridges.clone_from(bridges);
    }
    Ok(member)
}

fn with_storages(file: &File, builder: Builder) -> Result<World, ScenarioError> {
    let Some(items) = &file.storages else { return Ok(builder.build()) };
    let mut storages = BTreeMap::new();
    for item in items {
        if storages.insert(item.value.name.clone(), storage(item)?).is_some() {
            return Err(wrong(item, format!("there are two storages '{}'", item.value.name)));
        }
    }
    let world = builder.without_templates().storages(storages).build();
    for item in items {
        for node in &item.value.nodes {
            known_node(&world, item, node)?;
        }
    }
    Ok(world)
}

fn storage(item: &Spanned<StorageItem>) -> Result<Storage, ScenarioError> {
    let StorageItem { name, kind, content, size: total, used, path, nodes, shared } = &item.value;
    let known = ["backup", "images", "import", "iso", "rootdir", "snippets", "vztmpl"];
    if let Some(unknown) = content.iter().find(|kind| !known.contains(&kind.as_str())) {
        return Err(wrong(item, format!("'{unknown}' is no content of a storage; known: {}", known.join(", "))));
    }
    Ok(Storage {
        kind: *kind,
        content: content.iter().cloned().collect(),
        nodes: nodes.iter().cloned().collect(),
        shared: shared.unwrap_or(kind.capabilities().shared),
        path: path.clone().unwrap_or_else(|| default_path(*kind, name)),
        total: total.as_ref().map_or(Ok(TIB), |text| size(item, text))?,
        base_used: used.as_ref().map_or(Ok(0), |text| size(item, text))?,
    })
}

fn default_path(kind: StorageKind, name: &str) -> String {
    match (kind, name) {
        (StorageKind::Dir, "local") => "/var/lib/vz".to_owned(),
        (StorageKind::Dir, name) => format!("/srv/{name}"),
        (StorageKind::Nfs, name) => format!("/mnt/pve/{name}"),
        (StorageKind::LvmThin | StorageKind::ZfsPool, name) => format!("{name}/data"),
        (StorageKind::Lvm | StorageKind::Rbd, name) => name.to_owned(),
    }
}

fn add_image(world: &mut World, item: &Spanned<ImageItem>) -> Result<(), ScenarioError> {
    let ImageItem { volume, node, size: bytes, os } = &item.value;
    let Some((storage, name)) = volume.split_once(':') else {
        return Err(wrong(item, format!("'{volume}' is no volume; expected such as local:import/debian-13.raw")));
    };
    let content = name.split('/').next().unwrap_or_default().to_owned();
    if !known_storage(world, item, storage)?.holds(&content) {
        return Err(wrong(item, format!("storage '{storage}' holds no '{content}': add it to its content")));
    }
    let nodes = match node {
        Some(node) => vec![known_node(world, item, node)?],
        None => world.node_names(),
    };
    let bytes = size(item, bytes)?;
    for node in nodes {
        let Some(key) = world.volume_key(&node, volume) else { continue };
        world.volumes.insert(key, Arc::new(image(world, bytes, name, &content, os.clone())));
    }
    Ok(())
}

fn image(world: &World, size: u64, name: &str, content: &str, os: Option<String>) -> Volume {
    Volume {
        owner: None,
        size,
        format: name.rsplit('.').next().unwrap_or("raw").to_owned(),
        content: content.to_owned(),
        base: None,
        ctime: world.unix_now(),
        image: os,
        backup: None,
    }
}

/// `64M`, `3G`, `2T` in bytes.
pub(super) fn size<T>(item: &Spanned<T>, text: &str) -> Result<u64, ScenarioError> {
    parse_size(text).ok_or_else(|| wrong(item, format!("'{text}' is no size; expected such as 512M, 64G or 2T")))
}

pub(super) fn known_node<T>(world: &World, item: &Spanned<T>, name: &str) -> Result<String, ScenarioError> {
    let known = world.nodes.contains_key(name).then(|| name.to_owned());
    known.ok_or_else(|| wrong(item, format!("there is no node '{name}'; known: {}", world.node_names().join(", "))))
}

pub(super) fn known_storage<'a, T>(
    world: &'a World,
    item: &Spanned<T>,
    name: &str,
) -> Result<&'a Storage, ScenarioError> {
    let known: Vec<&str> = world.storages.keys().map(String::as_str).collect();
    let storage = world.storages.get(name);
    storage.ok_or_else(|| wrong(item, format!("there is no storage '{name}'; known: {}", known.join(", "))))
}

/// The key of a guest's volume on a node.
pub(super) fn key_on(world: &World, node: &str, storage: &str, name: String) -> VolumeKey {
    let shared = world.storages.get(storage).is_some_and(|storage| storage.shared);
    VolumeKey { storage: storage.to_owned(), node: if shared { String::new() } else { node.to_owned() }, name }
}
