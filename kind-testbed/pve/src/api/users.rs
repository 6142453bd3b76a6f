//! `/access/users` and the tokens below them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Handled, Reply, realms};
use crate::{
    error::{ApiError, die},
    model::access::{Access, ROOT, SubjectKind, Token, User, hash_password},
    schema::split_list,
    world::World,
};

const DETAILS: [&str; 4] = ["email", "firstname", "keys", "lastname"];

fn user_json(user: &User) -> Value {
    let mut out = json!({ "enable": u8::from(user.enabled), "expire": user.expire });
    if let Some(comment) = &user.comment {
        out["comment"] = json!(comment);
    }
    for (name, value) in &user.details {
        out[name] = json!(value);
    }
    out
}

fn token_json(token: &Token) -> Value {
    let mut out = json!({ "privsep": u8::from(token.privsep), "expire": token.expire });
    if let Some(comment) = &token.comment {
        out["comment"] = json!(comment);
    }
    out
}

fn access(world: &mut World) -> &mut Access {
    Arc::make_mut(&mut world.access)
}

/// Users one may see; with `full` also their groups, as text, and tokens.
pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let privileges = ["User.Modify", "Sys.Audit"];
    let all = world.allowed_any(&call.who, "/access/groups", &privileges);
    let by_group = |user: &User| {
        let allowed = |group: &String| world.allowed_any(&call.who, &format!("/access/groups/{group}"), &privileges);
        user.groups.iter().any(allowed)
    };
    let wanted = call.get("enabled");
    let rows = world
        .access
        .users
        .iter()
        .filter(|(name, user)| all || **name == call.who.user || by_group(user))
        .filter(|(_, user)| wanted.is_none_or(|wanted| (wanted == "1") == user.enabled))
        .map(|(name, user)| {
            let mut row = user_json(user);
            row["userid"] = json!(name);
            row["realm-type"] = json!(name.rsplit_once('@').map_or("", |(_, realm)| realm));
            if call.flag("full") {
                row["groups"] = json!(user.groups.join(","));
                row["tokens"] = Value::Array(token_rows(world, name));
            }
            row
        });
    Ok(Reply::Data(rows.collect()))
}

fn token_rows(world: &World, userid: &str) -> Vec<Value> {
    let prefix = format!("{userid}!");
    let tokens = world.access.tokens.iter().filter_map(|(id, token)| {
        let mut row = token_json(token);
        row["tokenid"] = json!(id.strip_prefix(&prefix)?);
        Some(row)
    });
    tokens.collect()
}

/// Groups a user is put in: they must be there.
fn groups(world: &World, verb: &str, list: &str) -> Result<Vec<String>, ApiError> {
    let named: Vec<String> = split_list(list).map(str::to_owned).collect();
    match named.iter().find(|group| !world.access.groups.contains_key(*group)) {
        // The text of an inner parameter error, as it is wrapped.
        Some(group) => Err(ApiError::Die(format!(
            "{verb} user failed: 400 Parameter verification failed.\ngroups: no such group '{group}'"
        ))),
        None => Ok(named),
    }
}

fn details(call: &Call) -> impl Iterator<Item = (String, String)> + '_ {
    DETAILS.iter().filter_map(|name| Some(((*name).to_owned(), call.owned(name)?)))
}

pub(super) fn create(world: &mut World, call: &Call) -> Handled {
    let userid = call.required("userid").to_owned();
    let realm = userid.rsplit_once('@').map_or("", |(_, realm)| realm);
    if !realms::exists(realm) {
        die!("create user failed: domain '{realm}' does not exist");
    }
    if world.access.users.contains_key(&userid) {
        die!("create user failed: user '{userid}' already exists");
    }
    let user = User {
        enabled: call.get("enable") != Some("0"),
        expire: call.number("expire").unwrap_or(0),
        comment: call.owned("comment"),
        password: call.get("password").map(hash_password),
        groups: groups(world, "create", call.get("groups").unwrap_or_default())?,
        details: details(call).collect(),
    };
    access(world).users.insert(userid, user);
    Ok(Reply::NULL)
}

fn known<'a>(world: &'a World, userid: &str) -> Result<&'a User, ApiError> {
    world.access.users.get(userid).ok_or_else(|| ApiError::Die(format!("no such user ('{userid}')")))
}

pub(super) fn read(world: &mut World, call: &Call) -> Handled {
    let userid = call.required("userid");
    let user = known(world, userid)?;
    let mut out = user_json(user);
    out["groups"] = json!(user.groups);
    let prefix = format!("{userid}!");
    let tokens: serde_json::Map<String, Value> = world
        .access
        .tokens
        .iter()
        .filter_map(|(id, token)| Some((id.strip_prefix(&prefix)?.to_owned(), token_json(token))))
        .collect();
    if !tokens.is_empty() {
        out["tokens"] = Value::Object(tokens);
    }
    Ok(Reply::Data(out))
}

pub(super) fn update(world: &mut World, call: &Call) -> Handled {
    let userid = call.required("userid").to_owned();
    known(world, &userid)?;
    let named = call.get("groups").map(|list| groups(world, "update", list)).transpose()?;
    if let Some(user) = access(world).users.get_mut(&userid) {
        if let Some(mut named) = named {
            if !call.flag("append") {
                user.groups.clear();
            }
            named.retain(|group| !user.groups.contains(group));
            user.groups.extend(named);
        }
        user.details.extend(details(call));
        if let Some(enable) = call.get("enable") {
            user.enabled = enable == "1";
        }
        if let Some(expire) = call.number("expire") {
            user.expire = expire;
        }
        if let Some(comment) = call.owned("comment") {
            user.comment = Some(comment);
        }
    }
    Ok(Reply::NULL)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Handled {
    let userid = call.required("userid").to_owned();
    if userid == ROOT || call.who.user == userid {
        die!("delete user failed: unable to delete '{userid}'");
    }
    if !world.access.users.contains_key(&userid) {
        die!("delete user failed: user '{userid}' does not exist");
    }
    let prefix = format!("{userid}!");
    let access = access(world);
    access.users.remove(&userid);
    access.tokens.retain(|id, _| !id.starts_with(&prefix));
    access.acl.retain(|entry| entry.subject != userid && !entry.subject.starts_with(&prefix));
    Ok(Reply::NULL)
}

pub(super) fn list_tokens(world: &mut World, call: &Call) -> Handled {
    Ok(Reply::Data(Value::Array(token_rows(world, call.required("userid")))))
}

fn full_id(call: &Call) -> String {
    format!("{}!{}", call.required("userid"), call.required("tokenid"))
}

fn token<'a>(world: &'a World, call: &Call) -> Result<&'a Token, ApiError> {
    let (userid, tokenid) = (call.required("userid"), call.required("tokenid"));
    world
        .access
        .tokens
        .get(&full_id(call))
        .ok_or_else(|| ApiError::Die(format!("no such token '{tokenid}' for user '{userid}'")))
}

pub(super) fn read_token(world: &mut World, call: &Call) -> Handled {
    Ok(Reply::Data(token_json(token(world, call)?)))
}

pub(super) fn create_token(world: &mut World, call: &Call) -> Handled {
    known(world, call.required("userid"))?;
    let id = full_id(call);
    if world.access.tokens.contains_key(&id) {
        return Err(ApiError::param("tokenid", "Token already exists."));
    }
    let secret = world.random_uuid();
    let privsep = call.get("privsep") != Some("0");
    let new = Token {
        secret: secret.clone(),
        privsep,
        expire: call.number("expire").unwrap_or(0),
        comment: call.owned("comment"),
    };
    access(world).tokens.insert(id.clone(), new);
    // A value that was sent comes back as the text it was sent as; the default is a number.
    let mut info = json!({ "privsep": call.get("privsep").map_or_else(|| json!(1), |text| json!(text)) });
    for name in ["expire", "comment"] {
        if let Some(text) = call.get(name) {
            info[name] = json!(text);
        }
    }
    Ok(Reply::Data(json!({ "full-tokenid": id, "value": secret, "info": info })))
}

pub(super) fn update_token(world: &mut World, call: &Call) -> Handled {
    token(world, call)?;
    let id = full_id(call);
    let Some(token) = access(world).tokens.get_mut(&id) else { return Ok(Reply::NULL) };
    if let Some(privsep) = call.get("privsep") {
        token.privsep = privsep == "1";
    }
    if let Some(expire) = call.number("expire") {
        token.expire = expire;
    }
    if let Some(comment) = call.owned("comment") {
        token.comment = Some(comment);
    }
    Ok(Reply::Data(token_json(token)))
}

pub(super) fn delete_token(world: &mut World, call: &Call) -> Handled {
    token(world, call)?;
    let id = full_id(call);
    let access = access(world);
    access.tokens.remove(&id);
    access.acl.retain(|entry| entry.kind != SubjectKind::Token || entry.subject != id);
    Ok(Reply::NULL)
}
