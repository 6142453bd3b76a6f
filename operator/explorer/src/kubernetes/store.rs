//! What a kube-apiserver remembers: objects with versions, generations, finalizers and two-step deletion.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// `virtualservers` in `acct-a`, or a cluster-wide kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub plural: String,
    pub namespace: Option<String>,
    pub name: String,
}

impl Key {
    pub fn cluster(plural: &str, name: &str) -> Self {
        Self { plural: plural.to_owned(), namespace: None, name: name.to_owned() }
    }

    pub fn namespaced(plural: &str, namespace: &str, name: &str) -> Self {
        Self { plural: plural.to_owned(), namespace: Some(namespace.to_owned()), name: name.to_owned() }
    }
}

/// Why a write is refused: the `reason` of a Kubernetes `Status`, and its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    AlreadyExists,
    Conflict,
}

impl Refusal {
    pub const fn code(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::AlreadyExists | Self::Conflict => 409,
        }
    }

    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotFound => "NotFound",
            Self::AlreadyExists => "AlreadyExists",
            Self::Conflict => "Conflict",
        }
    }
}

/// Cheap to clone: objects are shared.
#[derive(Debug, Clone, Default)]
pub struct Store {
    objects: BTreeMap<Key, Arc<Value>>,
    version: u64,
    uids: u64,
}

impl Store {
    pub fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    /// How many writes there were.
    pub fn version(&self) -> u32 {
        u32::try_from(self.version).unwrap_or(u32::MAX)
    }

    pub fn objects(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    pub fn list<'a>(&'a self, plural: &'a str) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> {
        self.objects.iter().filter(move |(key, _)| key.plural == plural)
    }

    /// A POST.
    pub fn create(&mut self, key: Key, mut object: Value, now: Timestamp) -> Result<Arc<Value>, Refusal> {
        if self.objects.contains_key(&key) {
            return Err(Refusal::AlreadyExists);
        }
        self.uids += 1;
        let metadata = metadata(&mut object);
        metadata.insert("name".into(), json!(key.name));
        metadata.insert("uid".into(), json!(format!("00000000-0000-4000-8000-{:012}", self.uids)));
        metadata.insert("generation".into(), json!(1));
        metadata.insert("creationTimestamp".into(), json!(second(now)));
        if let Some(namespace) = &key.namespace {
            metadata.insert("namespace".into(), json!(namespace));
        }
        // Of kinds with a status subresource, none comes in with a POST.
        if let Some(fields) = object.as_object_mut() {
            fields.remove("status");
        }
        Ok(self.put(key, object))
    }

    /// A PUT of the object, or of its status.
    pub fn replace(&mut self, key: &Key, new: &Value, status: bool) -> Result<Arc<Value>, Refusal> {
        let old = self.objects.get(key).ok_or(Refusal::NotFound)?;
        if differs(&new["metadata"]["resourceVersion"], &old["metadata"]["resourceVersion"])
            || differs(&new["metadata"]["uid"], &old["metadata"]["uid"])
        {
            return Err(Refusal::Conflict);
        }
        let mut next = (**old).clone();
        if status {
            next["status"] = new["status"].clone();
        } else {
            next["spec"] = new["spec"].clone();
            for field in ["finalizers", "labels", "annotations"] {
                copy(&mut next, new, field);
            }
        }
        Ok(self.write(key, next))
    }

    /// A JSON merge patch of anything but the status.
    pub fn merge(&mut self, key: &Key, patch: &Value) -> Result<Arc<Value>, Refusal> {
        let old = self.objects.get(key).ok_or(Refusal::NotFound)?;
        for guard in ["resourceVersion", "uid"] {
            if differs(&patch["metadata"][guard], &old["metadata"][guard]) {
                return Err(Refusal::Conflict);
            }
        }
        let mut next = (**old).clone();
        merge(&mut next, patch);
        Ok(self.write(key, next))
    }

    /// A DELETE: at once, or with a timestamp while a finalizer holds it.
    pub fn delete(&mut self, key: &Key, preconditions: &Value, now: Timestamp) -> Result<Arc<Value>, Refusal> {
        let old = self.objects.get(key).ok_or(Refusal::NotFound)?;
        for guard in ["resourceVersion", "uid"] {
            if differs(&preconditions[guard], &old["metadata"][guard]) {
                return Err(Refusal::Conflict);
            }
        }
        let mut next = (**old).clone();
        if next["metadata"]["deletionTimestamp"].is_null() {
            next["metadata"]["deletionTimestamp"] = json!(second(now));
        }
        Ok(self.write(key, next))
    }

    /// Somebody who may do anything changes an object.
    pub fn edit(&mut self, key: &Key, change: impl FnOnce(&mut Value)) {
        if let Some(old) = self.objects.get(key) {
            let mut next = (**old).clone();
            change(&mut next);
            self.write(key, next);
        }
    }

    fn write(&mut self, key: &Key, mut next: Value) -> Arc<Value> {
        let old = self.objects.get(key).cloned().unwrap_or_default();
        if next == *old {
            return old;
        }
        if next["spec"] != old["spec"] {
            let generation = old["metadata"]["generation"].as_i64().unwrap_or_default();
            next["metadata"]["generation"] = json!(generation + 1);
        }
        let held = next["metadata"]["finalizers"].as_array().is_some_and(|f| !f.is_empty());
        if !next["metadata"]["deletionTimestamp"].is_null() && !held {
            self.objects.remove(key);
            self.version += 1;
            return Arc::new(next);
        }
        self.put(key.clone(), next)
    }

    fn put(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let object = Arc::new(object);
        self.objects.insert(key, Arc::clone(&object));
        object
    }
}

fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    object["metadata"].as_object_mut().unwrap_or_else(|| unreachable!("it was just made an object"))
}

/// Kubernetes keeps whole seconds in metadata.
fn second(now: Timestamp) -> String {
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

/// A guard that was sent and does not hold.
fn differs(sent: &Value, held: &Value) -> bool {
    !sent.is_null() && sent != "" && sent != held
}

fn copy(next: &mut Value, new: &Value, field: &str) {
    match &new["metadata"][field] {
        Value::Null => {
            metadata(next).remove(field);
        }
        value => next["metadata"][field] = value.clone(),
    }
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in fields {
        if value.is_null() {
            if let Some(held) = target.as_object_mut() {
                held.remove(name);
            }
        } else {
            merge(&mut target[name.as_str()], value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web() -> Key {
        Key::namespaced("virtualservers", "a", "web")
    }

    fn store() -> Store {
        let mut store = Store::default();
        store.create(web(), json!({ "spec": { "planRef": "small" } }), Timestamp::UNIX_EPOCH).unwrap();
        store
    }

    #[test]
    fn a_write_that_rests_on_an_older_version_is_a_conflict() {
        let mut store = store();
        let old = store.get(&web()).unwrap().clone();
        store.edit(&web(), |o| o["spec"]["planRef"] = json!("large"));
        assert_eq!(store.replace(&web(), &old, true), Err(Refusal::Conflict));
        assert_eq!(store.get(&web()).unwrap()["metadata"]["generation"], 2);
    }

    #[test]
    fn an_object_goes_when_its_last_finalizer_does() {
        let mut store = store();
        store.merge(&web(), &json!({ "metadata": { "finalizers": ["x"] } })).unwrap();
        store.delete(&web(), &Value::Null, Timestamp::UNIX_EPOCH).unwrap();
        assert!(!store.get(&web()).unwrap()["metadata"]["deletionTimestamp"].is_null());
        store.merge(&web(), &json!({ "metadata": { "finalizers": [] } })).unwrap();
        assert!(store.get(&web()).is_none());
    }

    #[test]
    fn writing_the_same_changes_no_version() {
        let mut store = store();
        let version = store.get(&web()).unwrap()["metadata"]["resourceVersion"].clone();
        store.merge(&web(), &json!({ "spec": { "planRef": "small" } })).unwrap();
        assert_eq!(store.get(&web()).unwrap()["metadata"]["resourceVersion"], version);
    }
}
