//! Broken planners: the real operator, bent at its edge so that it behaves as one with a known mistake would. The explorer
//! must catch each of them; one that it does not catch would be a hole in its properties.

use jiff::Timestamp;
use proxmox_client::{ProxmoxAnswer, ProxmoxError, ProxmoxRequest, VmConfig};
use serde::Deserialize as _;
use serde_json::{Value, json};
use slipway_crds::Epoch;
use slipway_operator::site::pool_comment::PoolComment;

use crate::{
    kubernetes::{Call, Key, Reply, Store},
    state::Subject,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sabotage {
    #[default]
    None,
    /// The number is remembered only with the clone's task.
    CreateBeforeNumber,
    /// The counter is not kept, and the pool's floor neither.
    NumbersReused,
    /// A locked VM without a mark is taken for somebody else's.
    NoUndetermined,
    /// Whatever epoch the pool carries is taken for ours.
    NoEpoch,
    /// The server is let go before its record is written.
    FinalizerBeforeRecord,
    /// A verb leaves no intent behind before its call.
    NoIntent,
    /// An action never expires.
    NoNotAfter,
    /// A blank clone is swept at once, whoever it is for.
    SweepByMarkAlone,
}

impl Sabotage {
    pub const ALL: [Self; 8] = [
        Self::CreateBeforeNumber,
        Self::NumbersReused,
        Self::NoUndetermined,
        Self::NoEpoch,
        Self::FinalizerBeforeRecord,
        Self::NoIntent,
        Self::NoNotAfter,
        Self::SweepByMarkAlone,
    ];

    /// Words of a promise that it must be seen to break; another violation would be another mistake.
    pub const fn breaks(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::CreateBeforeNumber => &["before its number is written down"],
            Self::NumbersReused => &["is used a second time"],
            Self::NoUndetermined => &["is given up while"],
            Self::NoEpoch => {
                &["two VMs that can be started", "has no owner", "is used a second time", "had to be kept"]
            }
            Self::FinalizerBeforeRecord => &["has no owner", "without a RetainedServer"],
            Self::NoIntent => &["once more than anybody asked for"],
            Self::NoNotAfter => &["after its notAfter"],
            Self::SweepByMarkAlone => &["is swept, and"],
        }
    }

    /// A write, as the broken operator would make it.
    pub(crate) fn kubernetes(self, call: &Call, store: &mut Store, now: Timestamp) -> Reply {
        match self {
            Self::CreateBeforeNumber if call.plural == "virtualservers" && call.status => {
                let held = key(call).and_then(|k| store.get(&k).cloned()).unwrap_or_default();
                let takes = held["status"]["vmid"].is_null()
                    && !call.body["status"]["vmid"].is_null()
                    && call.body["status"]["task"]["upid"].is_null();
                if takes {
                    return Reply::ok(call.body.clone());
                }
            }
            Self::NumbersReused if call.plural == "proxmoxsites" && call.status => {
                let mut forgetful = call.clone();
                forgetful.body["status"]["nextVmid"] = Value::Null;
                let reply = forgetful.carry_out(store, now);
                let mut body = (*reply.body).clone();
                body["status"]["nextVmid"] = call.body["status"]["nextVmid"].clone();
                return Reply { body: body.into(), ..reply };
            }
            Self::FinalizerBeforeRecord
                if !call.is_read() && call.plural == "retainedservers" && call.name.is_none() =>
            {
                let (namespace, name) = (text(&call.body["spec"]["namespace"]), text(&call.body["spec"]["name"]));
                let key = Key::namespaced("virtualservers", &namespace, &name);
                // It believes that the record is there, and writes it never.
                let _ = store.merge(&key, &json!({ "metadata": { "finalizers": [] } }));
                return Reply::ok(call.body.clone());
            }
            Self::SweepByMarkAlone if call.is_read() && call.name.is_none() && OWNERS.contains(&&*call.plural) => {
                return Reply::ok(json!({ "apiVersion": "v1", "kind": "List", "metadata": {}, "items": [] }));
            }
            Self::SweepByMarkAlone if call.plural == "proxmoxsites" && call.status => {
                let mut hasty = call.clone();
                let orphans = hasty.body.pointer_mut("/status/orphans").and_then(Value::as_array_mut);
                for orphan in orphans.into_iter().flatten() {
                    orphan["since"] = json!("2000-01-01T00:00:00Z");
                }
                return hasty.carry_out(store, now);
            }
            Self::NoIntent if call.plural == "virtualserveractions" && is_intent(call) => {
                return Reply::ok(call.body.clone());
            }
            _ => {}
        }
        call.carry_out(store, now)
    }

    /// An answer, as the broken operator would read it.
    pub(crate) fn proxmox(
        self,
        request: &ProxmoxRequest,
        answer: Result<ProxmoxAnswer, ProxmoxError>,
        store: &Store,
    ) -> Result<ProxmoxAnswer, ProxmoxError> {
        match (self, request, answer) {
            (Self::NoUndetermined, _, Ok(ProxmoxAnswer::Config(config))) => {
                Ok(ProxmoxAnswer::Config(unlocked(&config)))
            }
            (Self::NumbersReused, _, Ok(ProxmoxAnswer::Pool(Some(mut pool)))) => {
                pool.comment = recomment(&pool.comment, |read| read.vmid_floor = 0);
                Ok(ProxmoxAnswer::Pool(Some(pool)))
            }
            (Self::NoEpoch, _, Ok(ProxmoxAnswer::Pool(Some(mut pool)))) => {
                if let Some(epoch) = newest_epoch(store) {
                    pool.comment = recomment(&pool.comment, |read| read.epoch = Some(epoch));
                }
                Ok(ProxmoxAnswer::Pool(Some(pool)))
            }
            (_, _, answer) => answer,
        }
    }

    /// The cache is not asked whose a VM is.
    pub(crate) fn sees_no_owner(self, subject: &Subject) -> bool {
        self == Self::SweepByMarkAlone && *subject == Subject::Sweep
    }

    /// An object of the cache, as the broken operator would read it.
    pub(crate) fn cached(self, key: &Key, object: &Value) -> Option<Value> {
        if self == Self::NoNotAfter && key.plural == "virtualserveractions" {
            let mut eternal = object.clone();
            eternal["spec"]["notAfter"] = json!("2099-01-01T00:00:00Z");
            return Some(eternal);
        }
        None
    }
}

/// What says whose a VM is.
const OWNERS: [&str; 3] = ["virtualservers", "retainedservers", "virtualserveractions"];

fn key(call: &Call) -> Option<Key> {
    Some(Key { plural: call.plural.clone(), namespace: call.namespace.clone(), name: call.name.clone()? })
}

fn is_intent(call: &Call) -> bool {
    call.status && call.body["status"]["phase"] == "Running" && call.body["status"]["upid"].is_null()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn unlocked(config: &VmConfig) -> VmConfig {
    let unfinished = ["clone", "create"].contains(&config.lock().unwrap_or_default());
    let options = config.options().filter(|(k, _)| *k != "lock" && !(unfinished && *k == "description"));
    let mut json: Value = options.map(|(k, v)| (k.to_owned(), json!(v))).collect::<serde_json::Map<_, _>>().into();
    json["digest"] = json!(config.digest);
    VmConfig::from_json(&json)
}

/// The pool's comment with a change; one that cannot be read stays as it is.
fn recomment(comment: &str, change: impl FnOnce(&mut PoolComment)) -> String {
    let Ok(mut read) = comment.parse::<PoolComment>() else { return comment.to_owned() };
    change(&mut read);
    read.to_string()
}

fn newest_epoch(store: &Store) -> Option<Epoch> {
    let (_, site) = store.list("proxmoxsites").next()?;
    Epoch::deserialize(site["status"]["epochs"].as_array()?.last()?).ok()
}
