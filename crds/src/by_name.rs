//! A few things by their names.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    ops::{Deref, DerefMut},
};

use litemap::LiteMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A server's few disks or interfaces, in the order of their names. The operator holds every server in memory, and for one name
/// a `BTreeMap` takes the room of eleven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByName<T>(LiteMap<String, T>);

impl<T> ByName<T> {
    #[must_use]
    pub const fn new() -> Self {
        Self(LiteMap::new_vec())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for ByName<T> {
    type Target = LiteMap<String, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for ByName<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T> FromIterator<(String, T)> for ByName<T> {
    /// Of two of one name the last stays.
    fn from_iter<I: IntoIterator<Item = (String, T)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a ByName<T> {
    type IntoIter = <&'a LiteMap<String, T> as IntoIterator>::IntoIter;
    type Item = (&'a String, &'a T);

    fn into_iter(self) -> Self::IntoIter {
        (&self.0).into_iter()
    }
}

impl<T: Serialize> Serialize for ByName<T> {
    /// An object, also when it is empty: a `LiteMap` would be a list then.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByName<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Its length is known only when all was read; then no room is left over.
        BTreeMap::<String, T>::deserialize(deserializer).map(|all| all.into_iter().collect())
    }
}

impl<T: JsonSchema> JsonSchema for ByName<T> {
    fn inline_schema() -> bool {
        BTreeMap::<String, T>::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        BTreeMap::<String, T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_and_writes_objects_and_is_one_when_it_is_empty_too() {
        for json in ["{}", r#"{"data":1,"root":2}"#] {
            let read: ByName<u32> = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
    }

    #[test]
    fn names_are_in_order_and_the_last_of_two_stays() {
        let all: ByName<u32> =
            [("root", 1), ("data", 2), ("root", 3)].map(|(name, n)| (name.to_owned(), n)).into_iter().collect();
        assert_eq!(all.iter().map(|(name, n)| (name.as_str(), *n)).collect::<Vec<_>>(), [("data", 2), ("root", 3)]);
        assert_eq!(all.get("root"), Some(&3));
    }
}
