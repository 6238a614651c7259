//! JSON and YAML without surprises: a key that stands twice is an error, and sizes are limited.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// More lists and objects in brackets are no configuration: the YAML scanner looks at all open ones for each further one.
const MOST_BRACKETS: usize = 10_000;

/// A value whose objects hold each key once.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values).map(Self)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Once(value)) = access.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let Once(value) = access.next_value()?;
            if map.insert(key.clone(), value).is_some() {
                return Err(serde::de::Error::custom(format!("the key '{key}' stands twice")));
            }
        }
        Ok(Value::Object(map))
    }
}

/// Reads JSON.
///
/// # Errors
/// What is wrong with it, and where.
pub fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str::<Once>(text)
        .map(|Once(value)| value)
        .map_err(|error| error.to_string())
}

/// Reads YAML. Text in braces is tried as JSON first, whose tabs YAML does not take.
///
/// # Errors
/// What is wrong with it, and where.
pub fn yaml(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{')
        && let Ok(value) = json(text)
    {
        return Ok(value);
    }
    if text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > MOST_BRACKETS {
        return Err(format!("it has more than {MOST_BRACKETS} brackets"));
    }
    serde_yaml::from_str::<Once>(text)
        .map(|Once(value)| value)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_give_the_same() {
        let expected =
            json!({ "branches": ["master", { "name": "beta", "prerelease": true }], "n": null, "x": 1 });
        let text = "branches:\n  - master\n  - name: beta\n    prerelease: true\nn:\nx: 1\n";
        assert_eq!(yaml(text), Ok(expected.clone()));
        assert_eq!(json(&expected.to_string()), Ok(expected.clone()));
        assert_eq!(yaml(&format!("\t{expected}")), Ok(expected));
    }

    #[test]
    fn hostile_texts_are_refused() {
        assert!(
            json(r#"{"a": 1, "a": 2}"#)
                .expect_err("twice")
                .contains("'a' stands twice")
        );
        assert!(yaml("a: 1\na: 2\n").is_err());
        assert!(json(&"[".repeat(100_000)).is_err());
        assert!(yaml(&"[".repeat(100_000)).is_err());
        for open in ["[", "{", "[ #]\n"] {
            assert!(yaml(&open.repeat((1 << 20) / open.len())).is_err());
        }
        assert!(yaml("a: &a [x, x]\nb: &b [*a, *a]\nc: *c\n").is_err());
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for at in 1..12 {
            let list = vec![format!("*a{}", at - 1); 10].join(",");
            laughs.push_str(&format!("a{at}: &a{at} [{list}]\n"));
        }
        assert!(yaml(&laughs).is_err());
    }
}
