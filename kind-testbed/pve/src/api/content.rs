//! `/nodes/{node}/storage/{storage}/content`: the volumes of a storage, and files that are uploaded to it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Handled, Handler, Reply, download, prune, rrd};
use crate::{
    error::{ApiError, die},
    model::{
        Vmid,
        access::Principal,
        storage::{Storage, Volume, VolumeKey},
    },
    request::Method,
    world::{
        World,
        work::{VolumeWork, Work},
    },
};

/// The served paths below `/nodes/{node}/storage/{storage}`.
pub(super) fn handler(method: Method, path: &str) -> Option<Handler> {
    Some(match (method, path) {
        (Method::Get, "/content") => list,
        (Method::Post, "/content") => allocate,
        (Method::Get, "/content/{volume}") => read,
        (Method::Put, "/content/{volume}") => update,
        (Method::Delete, "/content/{volume}") => delete,
        (Method::Post, "/upload") => upload,
        (Method::Post, "/download-url") => download::download,
        (Method::Get, "/prunebackups") => prune::preview,
        (Method::Delete, "/prunebackups") => prune::prune,
        (Method::Get, "/rrddata") => rrd::of_storage,
        _ => return None,
    })
}

fn list(world: &mut World, call: &Call) -> Handled {
    let id = call.required("storage");
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    let place = if storage.shared { "" } else { call.node.as_str() };
    let rows = world
        .volumes
        .iter()
        .filter(|(key, volume)| {
            key.storage == id
                && key.node == place
                && call.get("content").is_none_or(|content| volume.content == content)
                // What belongs to no guest is listed for each.
                && call.get("vmid").is_none_or(|vmid| volume.owner.is_none_or(|owner| owner.to_string() == vmid))
        })
        .filter(|(key, volume)| may_read(world, &call.who, key, volume).is_ok())
        .map(|(key, volume)| row(storage, key, volume));
    Ok(Reply::Data(rows.collect()))
}

fn row(storage: &Storage, key: &VolumeKey, volume: &Volume) -> Value {
    let mut row = json!({
        "volid": key.volid(), "content": volume.content, "format": volume.format, "size": volume.size,
        "ctime": volume.ctime,
    });
    if let Some(vmid) = volume.owner {
        row["vmid"] = json!(vmid);
    }
    if let Some(backup) = &volume.backup {
        row["subtype"] = json!("qemu");
        if let Some(notes) = &backup.notes {
            row["notes"] = json!(notes);
        }
        if backup.protected {
            row["protected"] = json!(1);
        }
    } else if storage.kind.capabilities().files && volume.owner.is_some() {
        row["used"] = json!(volume.used());
        row["parent"] = volume.base.as_ref().map_or(Value::Null, |base| json!(format!("../{base}")));
    }
    row
}

/// What it takes to read a volume.
pub(super) fn may_read(world: &World, who: &Principal, key: &VolumeKey, volume: &Volume) -> Result<(), ApiError> {
    let path = format!("/storage/{}", key.storage);
    if world.allowed(who, &path, "Datastore.Allocate") {
        return Ok(());
    }
    match (volume.content.as_str(), volume.owner) {
        ("iso" | "vztmpl" | "import", _) => {
            world.require_any(who, &path, &["Datastore.AllocateSpace", "Datastore.Audit"])
        }
        ("backup", Some(owner)) => {
            world.require(who, &path, "Datastore.AllocateSpace")?;
            world.require(who, &format!("/vms/{owner}"), "VM.Backup")
        }
        ("images" | "rootdir", Some(owner)) => {
            world.require(who, &path, "Datastore.Audit")?;
            world.require(who, &format!("/vms/{owner}"), "VM.Config.Disk")
        }
        _ => die!("missing privileges to access {}", key.volid()),
    }
}

/// A volume as its name alone describes it.
#[derive(Debug)]
struct Named {
    key: VolumeKey,
    content: &'static str,
    owner: Option<Vmid>,
}

/// The volume a path means: a whole volume id, or a name on the storage of the path.
fn named(world: &World, call: &Call) -> Result<Named, ApiError> {
    let (id, volume) = (call.required("storage"), call.required("volume"));
    let name = match volume.split_once(':') {
        Some((other, _)) if other != id => {
            return Err(ApiError::param("volume", format!("storage IDs do not match ('{other}' != '{id}')\n")));
        }
        Some((_, name)) => name,
        None => volume,
    };
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    let file = name.rsplit('/').next().unwrap_or(name);
    let number = |text: &str| text.split(['-', '.']).next().and_then(|digits| digits.parse().ok());
    let of_guest = || {
        let rest = file.strip_prefix("vm-").or_else(|| file.strip_prefix("base-"))?;
        number(rest)
    };
    let (content, owner) = match name.split_once('/') {
        _ if !storage.kind.capabilities().files => ("images", of_guest()),
        Some(("iso", _)) => ("iso", None),
        Some(("vztmpl", _)) => ("vztmpl", None),
        Some(("import", _)) => ("import", None),
        Some(("snippets", _)) => ("snippets", None),
        Some(("backup", file)) => ("backup", file.strip_prefix("vzdump-qemu-").and_then(number)),
        _ => ("images", of_guest()),
    };
    if content == "images" && owner.is_none() {
        let kind = if storage.kind.capabilities().files { "directory" } else { "lvm" };
        die!("unable to parse {kind} volume name '{name}'");
    }
    let node = if storage.shared { String::new() } else { call.node.clone() };
    Ok(Named { key: VolumeKey { storage: id.to_owned(), node, name: name.to_owned() }, content, owner })
}

impl Named {
    /// The volume, checked for being readable.
    fn existing<'a>(&self, world: &'a World, call: &Call) -> Result<&'a Volume, ApiError> {
        let missing = || ApiError::Die(format!("volume_size_info on '{}' failed", self.key.volid()));
        let volume = world.volumes.get(&self.key).ok_or_else(missing)?;
        may_read(world, &call.who, &self.key, volume)?;
        Ok(volume)
    }
}

fn read(world: &mut World, call: &Call) -> Handled {
    let named = named(world, call)?;
    let volume = named.existing(world, call)?;
    let storage = world.storage(&named.key.storage).map_err(ApiError::Die)?;
    let used = if volume.content == "images" { volume.used() } else { volume.size };
    let mut row = json!({
        "path": storage.volume_path(&named.key.name), "format": volume.format, "size": volume.size, "used": used,
    });
    if let Some(backup) = &volume.backup {
        row["protected"] = json!(u8::from(backup.protected));
        if let Some(notes) = &backup.notes {
            row["notes"] = json!(notes);
        }
    }
    Ok(Reply::Data(row))
}

/// Notes and protection of a backup.
fn update(world: &mut World, call: &Call) -> Handled {
    let named = named(world, call)?;
    named.existing(world, call)?;
    let (notes, protected) = (call.owned("notes"), call.get("protected"));
    let Some(backup) = world.volumes.get_mut(&named.key).map(Arc::make_mut).and_then(|volume| volume.backup.as_mut())
    else {
        match (notes, protected) {
            (Some(_), _) => die!("only backups can have notes"),
            (None, Some(_)) => die!("only backups support attribute 'protected'"),
            (None, None) => return Ok(Reply::NULL),
        }
    };
    let backup = Arc::make_mut(backup);
    if let Some(notes) = notes {
        backup.notes = Some(notes).filter(|notes| !notes.is_empty());
    }
    if let Some(protected) = protected {
        backup.protected = protected == "1";
    }
    Ok(Reply::NULL)
}

/// Removes a volume in a task; who gives it time gets nothing when it ended within it.
fn delete(world: &mut World, call: &Call) -> Handled {
    let Named { key, content, owner } = named(world, call)?;
    let path = format!("/storage/{}", key.storage);
    match owner.filter(|_| content == "backup") {
        Some(owner) => {
            world.require(&call.who, &path, "Datastore.AllocateSpace")?;
            world.require(&call.who, &format!("/vms/{owner}"), "VM.Backup")?;
        }
        None => world.require(&call.who, &path, "Datastore.Allocate")?,
    }
    let id = owner.map_or_else(|| key.storage.clone(), |owner| format!("{owner}@{}", key.storage));
    let work = Work::Volume(VolumeWork::Remove(key));
    match call.number("delay").filter(|delay| *delay > 0) {
        Some(delay) => {
            world.start_task_waiting((&call.node, &call.who), ("imgdel", &id), work, call.id, delay * 1000);
            Ok(Reply::Later)
        }
        None => Ok(Reply::Data(world.start_task(&call.node, &call.who, "imgdel", &id, work).into())),
    }
}

/// Makes an empty volume and answers its id.
fn allocate(world: &mut World, call: &Call) -> Handled {
    let (id, name, vmid) = (call.required("storage"), call.required("filename"), call.vmid());
    let text = call.required("size");
    let (digits, factor) = match text.as_bytes().last() {
        Some(b'M') => (&text[..text.len() - 1], 1 << 20),
        Some(b'G') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1 << 10),
    };
    let size = digits.parse::<u64>().ok().and_then(|size| size.checked_mul(factor));
    let size = size.ok_or_else(|| ApiError::param("size", format!("unable to parse size '{text}'")))?;
    let by_name = name.rsplit_once('.').map(|(_, end)| end).filter(|end| matches!(*end, "raw" | "qcow2" | "vmdk"));
    if let (Some(given), Some(named)) = (call.get("format"), by_name)
        && given != named
    {
        return Err(ApiError::param("format", format!("different storage formats ({given} != {named})")));
    }
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    let capabilities = storage.kind.capabilities();
    let format = by_name.or(call.get("format")).unwrap_or(capabilities.default_format).to_owned();
    let name = if capabilities.files {
        let of_guest = name.starts_with("vm-") || name.starts_with("base-");
        match by_name {
            Some(_) if of_guest && !name.contains('/') => format!("{vmid}/{name}"),
            _ => die!("unable to parse volume filename '{name}'"),
        }
    } else {
        if !name.starts_with(&format!("vm-{vmid}-")) {
            die!("illegal name '{name}' - should be 'vm-{vmid}-*'");
        }
        name.to_owned()
    };
    if !capabilities.formats.contains(&format.as_str()) {
        die!("unsupported format '{format}'");
    }
    let node = if storage.shared { String::new() } else { call.node.clone() };
    let path = storage.volume_path(&name);
    let key = VolumeKey { storage: id.to_owned(), node, name };
    if world.volumes.contains_key(&key) {
        die!("disk image '{path}' already exists");
    }
    if world.is_full(id, &call.node) {
        die!("unable to create image: qemu-img: {path}: No space left on device");
    }
    let volume = Volume {
        owner: Some(vmid),
        size,
        format,
        content: "images".to_owned(),
        base: None,
        ctime: world.unix_now_on(&call.node),
        image: None,
        backup: None,
    };
    let volid = key.volid();
    world.volumes.insert(key, Arc::new(volume));
    Ok(Reply::Data(volid.into()))
}

/// A file that came by `multipart/form-data` moves to its place. The server puts its length into the temporary name:
/// a world has no files.
fn upload(world: &mut World, call: &Call) -> Handled {
    let (id, content) = (call.required("storage"), call.required("content"));
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    let capabilities = storage.kind.capabilities();
    if !capabilities.files {
        die!("can't upload to storage type '{}'", capabilities.name);
    }
    let Some(temporary) = call.owned("tmpfilename") else { die!("missing temporary file name") };
    let size = temporary.rsplit('-').next().and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let Some(size) = size else { die!("temporary file '{temporary}' does not exist") };
    let file = file_name(call.required("filename"), content)?;
    if !storage.holds(content) {
        die!("storage '{id}' does not support '{content}' content");
    }
    let node = if storage.shared { String::new() } else { call.node.clone() };
    let key = VolumeKey { storage: id.to_owned(), node, name: format!("{content}/{file}") };
    let work = VolumeWork::Import { key, content: content.to_owned(), size, temporary };
    Ok(Reply::Data(world.start_task(&call.node, &call.who, "imgcopy", "", Work::Volume(work)).into()))
}

/// A file's name as a storage keeps it, if its ending suits the content.
pub(super) fn file_name(given: &str, content: &str) -> Result<String, ApiError> {
    let given = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.+".contains(c) { c } else { '_' };
    let file: String = given.chars().map(plain).collect();
    let lower = file.to_ascii_lowercase();
    let endings: &[&str] = match content {
        "iso" => &[".iso", ".img"],
        "vztmpl" => &[".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"],
        _ => &[".raw", ".qcow2", ".vmdk", ".ova"],
    };
    if !endings.iter().any(|ending| lower.ends_with(ending) && lower.len() > ending.len()) {
        let text = if content == "import" { "invalid filename or wrong extension" } else { "wrong file extension" };
        return Err(ApiError::param("filename", text));
    }
    Ok(file)
}
