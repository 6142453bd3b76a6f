//! Index paths: they name what stands below them.

use serde_json::{Map, Value, json};

use super::{Call, Handled, Reply};
use crate::world::World;

/// The names the schema gives, each under the one key of this index.
pub(super) fn list(_: &mut World, call: &Call) -> Handled {
    let Some((key, names)) = call.endpoint.index.split_first() else { return Ok(Reply::Data(json!([]))) };
    let row = |name: &String| Value::Object(Map::from_iter([(key.clone(), json!(name))]));
    Ok(Reply::Data(names.iter().map(row).collect()))
}
