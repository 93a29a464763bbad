//! The long way: any JSON text, with escapes, nested values, duplicate keys and the envelope of Kafka Connect.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::field::Field;
use super::message::{Message, energy};

/// Reads a message of any shape.
///
/// # Errors
/// What is wrong with the JSON text, in the words of the parser.
pub(super) fn parse(text: &str) -> Result<Message<'_>, String> {
    let mut object = object(text)?;
    if object.message.is_empty()
        && let (true, Some(payload)) = (object.has_schema, object.payload)
    {
        object = self::object(payload)?;
    }
    let mut message = object.message;
    if let Some(array) = message.get(Field::EnergyKwh).filter(|t| t.starts_with('[')) {
        message.curve = Some(Vec::new());
        let curve = Curve(&mut message);
        curve.deserialize(&mut serde_json::Deserializer::from_str(array)).map_err(|e| e.to_string())?;
    }
    Ok(message)
}

fn object(text: &str) -> Result<Object<'_>, String> {
    serde_json::from_str(text).map_err(|e| e.to_string())
}

/// Reads an array value by value into a message: it may have more of them than are kept.
struct Curve<'m, 'a>(&'m mut Message<'a>);

impl<'de> DeserializeSeed<'de> for Curve<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Curve<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a curve, which is a JSON array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(value) = seq.next_element::<&RawValue>()? {
            self.0.push(energy(value.get()));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Object<'a> {
    message: Message<'a>,
    has_schema: bool,
    payload: Option<&'a str>,
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Object::default();
        while let Some(key) = map.next_key::<Key>()? {
            let value = map.next_value::<&RawValue>()?.get();
            match key {
                Key::Field(field) => {
                    if !object.message.set(field, value) {
                        object.message.twice.get_or_insert(field);
                    }
                }
                Key::Schema => object.has_schema = true,
                Key::Payload => object.payload = Some(value),
                Key::Other => {}
            }
        }
        Ok(object)
    }
}

enum Key {
    Field(Field),
    Schema,
    Payload,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok(match (Field::parse(name), name) {
            (Some(field), _) => Key::Field(field),
            (None, "schema") => Key::Schema,
            (None, "payload") => Key::Payload,
            (None, _) => Key::Other,
        })
    }
}
