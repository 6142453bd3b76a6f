//! `PUT /access/password`: with a ticket only, and for anybody but root with his own password once more.

use std::sync::Arc;

use super::{Call, Handled, Reply};
use crate::{
    error::{ApiError, die},
    model::access::{ROOT, hash_password},
    world::World,
};

pub(super) fn change(world: &mut World, call: &Call) -> Handled {
    let userid = call.required("userid").to_owned();
    if !world.access.users.contains_key(&userid) {
        die!("no such user ('{userid}')");
    }
    if !call.who.is_root() {
        confirm(world, call, &userid)?;
    }
    let hash = hash_password(call.required("password"));
    if let Some(user) = Arc::make_mut(&mut world.access).users.get_mut(&userid) {
        user.password = Some(hash);
    }
    Ok(Reply::NULL)
}

/// Only root changes root and system users; everybody shows the password he has.
fn confirm(world: &World, call: &Call, userid: &str) -> Result<(), ApiError> {
    if userid == ROOT || (call.who.user != userid && userid.ends_with("@pam")) {
        return Err(ApiError::Forbidden(None));
    }
    let name = "confirmation-password";
    let Some(given) = call.get(name) else {
        return Err(ApiError::param(name, "password is required to modify user"));
    };
    let known = world.access.users.get(&call.who.user).and_then(|user| user.password.as_deref());
    if known != Some(hash_password(given).as_str()) {
        return Err(ApiError::Unauthorized("authentication failure".to_owned()));
    }
    Ok(())
}
