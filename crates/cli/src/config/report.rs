//! Shows the settings that are in force.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Origin, Row, Settings};

impl Settings {
    /// A table: name, value, where it came from.
    pub fn to_text(&self) -> String {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let width = |column: fn(&Row) -> usize| self.rows.iter().map(column).max();
        let name = width(|row| row.name.len()).unwrap_or(0);
        let value = width(|row| row.value.as_ref().map_or(1, |value| value.chars().count()));
        // One long path must not push the last column off the screen for all.
        let value = value.unwrap_or(0).min(40);
        let mut text = format!("{:name$}  {:value$}  ORIGIN\n", "NAME", "VALUE");
        for row in &self.rows {
            let line = writeln!(
                text,
                "{:name$}  {:value$}  {}",
                row.name,
                shown(&row.value),
                row.place()
            );
            line.expect("a string takes what is written to it");
        }
        for warning in &self.warnings {
            writeln!(text, "\nwarning: {warning}").expect("a string takes what is written to it");
        }
        text
    }

    /// `{"settings": [{"name", "key", "value", "origin"}], "warnings": []}`; the key and the value
    /// are `null` where there is none.
    pub fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "name": row.name,
                "key": row.key,
                "value": row.value,
                "origin": row.origin.to_string(),
            })
        });
        json!({"settings": rows.collect::<Vec<_>>(), "warnings": self.warnings})
    }
}

impl Row {
    /// Where the value came from, and by what key if that is not the name already.
    fn place(&self) -> String {
        match (&self.origin, &self.key) {
            (Origin::File { .. }, Some(key)) if *key != self.name => {
                format!("{} {key}", self.origin)
            }
            _ => self.origin.to_string(),
        }
    }
}
