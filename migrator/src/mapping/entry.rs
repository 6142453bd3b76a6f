//! An entry of the mapping that is one word or a map, and knows its line.

use std::{fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_saphyr::Spanned;

/// What an entry may be as one word, as `unmapped` or `keep`.
pub trait Word: Sized {
    /// The words, for people.
    const EXPECTED: &'static str;

    fn from_word(word: &str) -> Option<Self>;
}

/// A value and the line that it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    pub line: u64,
    pub value: T,
}

impl<'de, T: Word + Deserialize<'de>> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: WordOr(value), referenced, .. } = Spanned::<WordOr<T>>::deserialize(deserializer)?;
        Ok(Self { line: referenced.line(), value })
    }
}

impl<T: JsonSchema> JsonSchema for Entry<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Or{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let full = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [{ "type": ["string", "number", "boolean"] }, full] })
    }
}

struct WordOr<T>(T);

impl<'de, T: Word + Deserialize<'de>> Deserialize<'de> for WordOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrVisitor(PhantomData)).map(Self)
    }
}

struct WordOrVisitor<T>(PhantomData<T>);

impl<'de, T: Word + Deserialize<'de>> Visitor<'de> for WordOrVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<T, E> {
        T::from_word(word).ok_or_else(|| E::custom(format_args!("`{word}` is not known here: write {}", T::EXPECTED)))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<T, E> {
        self.visit_str(if value { "yes" } else { "no" })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}
