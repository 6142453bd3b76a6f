//! `query-url-metadata` and `download-url`: files from the net.

use serde_json::json;

use super::{Call, Handled, Reply, content};
use crate::{
    error::{ApiError, die},
    model::storage::VolumeKey,
    world::{
        World,
        work::{DownloadWork, REMOTE_SIZE, Work, unknown_host},
    },
};

/// What the server at an address says of its file.
pub(super) fn metadata(_: &mut World, call: &Call) -> Handled {
    let url = call.required("url");
    if let Some(host) = unknown_host(url) {
        let port = if url.starts_with("https") { 443 } else { 80 };
        die!("invalid server response: '500 Can't connect to {host}:{port} (Name or service not known)'");
    }
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let file = path.split_once("://").and_then(|(_, rest)| rest.rsplit_once('/')).map(|(_, file)| file);
    let kind = match path.rsplit('.').next().unwrap_or_default() {
        "iso" => "application/x-iso9660-image",
        "xz" => "application/x-xz",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    };
    let mut row = json!({ "size": REMOTE_SIZE, "mimetype": kind });
    if let Some(file) = file.filter(|file| !file.is_empty()) {
        row["filename"] = json!(file);
    }
    Ok(Reply::Data(row))
}

pub(super) fn download(world: &mut World, call: &Call) -> Handled {
    let (id, content) = (call.required("storage"), call.required("content"));
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    let capabilities = storage.kind.capabilities();
    if !capabilities.files {
        die!("can't upload to storage type '{}', not a file based storage!", capabilities.name);
    }
    if !storage.holds(content) {
        die!("storage '{id}' is not configured for content-type '{content}'");
    }
    let file = content::file_name(call.required("filename"), content)?;
    let node = if storage.shared { String::new() } else { call.node.clone() };
    let key = VolumeKey { storage: id.to_owned(), node, name: format!("{content}/{file}") };
    let (url, checksum) = (call.required("url").to_owned(), call.owned("checksum-algorithm"));
    let work = DownloadWork { key, content: content.to_owned(), url, checksum };
    Ok(Reply::Data(world.start_task(&call.node, &call.who, "download", &file, Work::Download(Box::new(work))).into()))
}
