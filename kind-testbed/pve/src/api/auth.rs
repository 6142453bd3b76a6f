//! Who is asking: API tokens, tickets, CSRF tokens. Every refusal takes 3 s.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{
    error::ApiError,
    model::access::Principal,
    request::{Credential, Method, Request},
    world::World,
};

/// Tickets and CSRF tokens live two hours.
const LIFETIME: u64 = 7_200;
/// Console tickets are for connecting at once.
const CONSOLE_LIFETIME: u64 = 40;
/// Clocks may differ by five minutes.
const GRACE: u64 = 300;

/// The caller, or why he is turned away.
pub(super) fn authenticate(world: &World, request: &Request) -> Result<Principal, ApiError> {
    match &request.credential {
        Credential::None => Err(ApiError::NotAuthenticated("No ticket")),
        Credential::Token(text) => token(world, text).ok_or(ApiError::NotAuthenticated("Authentication failed!")),
        Credential::Ticket { ticket, csrf } => {
            let user = ticket_user(world, ticket).ok_or(ApiError::NotAuthenticated("Authentication failed!"))?;
            let csrf_ok = csrf.as_deref().is_some_and(|csrf| check_csrf(world, &user, csrf));
            if request.method != Method::Get && !csrf_ok {
                return Err(ApiError::NotAuthenticated("Permission denied - invalid csrf token"));
            }
            Ok(Principal::user(&user))
        }
    }
}

fn token(world: &World, text: &str) -> Option<Principal> {
    let (authid, secret) = text.split_once('=')?;
    let token = world.access.tokens.get(authid)?;
    let who = Principal::parse(authid);
    let now = world.unix_now();
    let valid = token.secret == secret && (token.expire == 0 || token.expire > now) && usable(world, &who.user);
    valid.then_some(who)
}

/// The user exists, is enabled and has not expired.
pub(super) fn usable(world: &World, user: &str) -> bool {
    let now = world.unix_now();
    world.access.users.get(user).is_some_and(|user| user.enabled && (user.expire == 0 || user.expire > now))
}

/// A new ticket: `PVE:user@realm:HEXTIME::signature`.
pub(super) fn make_ticket(world: &World, user: &str) -> String {
    let plain = format!("PVE:{user}:{:08X}", world.unix_now());
    format!("{plain}::{}", sign(world, &plain))
}

/// The user a valid ticket was made for.
pub(super) fn ticket_user(world: &World, ticket: &str) -> Option<String> {
    let (plain, signature) = ticket.split_once("::")?;
    if sign(world, plain) != signature {
        return None;
    }
    let (user, time) = plain.strip_prefix("PVE:")?.rsplit_once(':')?;
    (fresh(world, time) && usable(world, user)).then(|| user.to_owned())
}

/// `HEXTIME:signature`.
pub(super) fn make_csrf(world: &World, user: &str) -> String {
    let time = format!("{:08X}", world.unix_now());
    let signature = sign(world, &format!("csrf:{user}:{time}"));
    format!("{time}:{signature}")
}

fn check_csrf(world: &World, user: &str, csrf: &str) -> bool {
    csrf.split_once(':')
        .is_some_and(|(time, signature)| sign(world, &format!("csrf:{user}:{time}")) == signature && fresh(world, time))
}

/// `PVEVNC:HEXTIME::signature`, for one object and port.
pub(super) fn console_ticket(world: &World, path: &str, port: u16) -> String {
    let plain = format!("PVEVNC:{:08X}", world.unix_now());
    format!("{plain}::{}", sign(world, &format!("{plain}:{path}:{port}")))
}

/// The ticket was made for this object and port, a moment ago.
pub(super) fn console_ticket_holds(world: &World, ticket: &str, path: &str, port: u16) -> bool {
    let Some((plain, signature)) = ticket.split_once("::") else { return false };
    let time = plain.strip_prefix("PVEVNC:").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let young = time.is_some_and(|time| world.unix_now() <= time + CONSOLE_LIFETIME);
    young && sign(world, &format!("{plain}:{path}:{port}")) == signature
}

fn fresh(world: &World, hex_time: &str) -> bool {
    let now = world.unix_now();
    u64::from_str_radix(hex_time, 16).is_ok_and(|time| time <= now + GRACE && now <= time + LIFETIME)
}

fn sign(world: &World, text: &str) -> String {
    let hash = Sha256::new().chain_update(world.settings.secret.to_be_bytes()).chain_update(text).finalize();
    STANDARD_NO_PAD.encode(hash)
}
