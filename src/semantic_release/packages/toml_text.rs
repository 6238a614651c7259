//! TOML with the place of everything.

use std::ops::Range;

use toml_edit::{Document, Item, Table};

/// Parses a text.
///
/// # Errors
/// The line and what is wrong there.
pub fn parse(text: &str) -> Result<Document<&str>, (usize, String)> {
    Document::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let what = error.message().lines().collect::<Vec<_>>().join(", ");
        (super::json::line(text, at), what)
    })
}

/// The item below several keys.
pub fn at<'t>(table: &'t Table, keys: &[&str]) -> Option<&'t Item> {
    let (first, rest) = keys.split_first()?;
    rest.iter()
        .try_fold(table.get(first)?, |item, key| item.as_table_like()?.get(key))
}

/// The string below several keys.
pub fn string<'t>(table: &'t Table, keys: &[&str]) -> Option<&'t str> {
    at(table, keys)?.as_str()
}

/// Where the string below several keys stands, with its quotes.
pub fn string_span(table: &Table, keys: &[&str]) -> Option<Range<usize>> {
    let value = at(table, keys)?.as_value()?;
    value.as_str()?;
    value.span()
}

/// A string as TOML, in double quotes.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
