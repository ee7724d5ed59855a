//! The report of the settings that are in effect: `fast-temporal config`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Settings, error::Origin, reader::Row};

/// The maximum width of the column of values, so that one long path doesn't push the origins off the screen.
const MAX_VALUE_WIDTH: usize = 40;

impl Settings {
    /// Returns a table of names, values and origins, and the warnings.
    pub fn to_text(&self) -> String {
        let value = |row: &Row| row.value.clone().unwrap_or_else(|| "-".to_owned());
        let width =
            |column: &dyn Fn(&Row) -> usize| self.rows.iter().map(column).max().unwrap_or(0);
        let name_width = width(&|row| row.name.len());
        let value_width = width(&|row| value(row).chars().count()).min(MAX_VALUE_WIDTH);
        let mut text = format!("{:name_width$}  {:value_width$}  ORIGIN\n", "NAME", "VALUE");
        for row in &self.rows {
            let origin = match (&row.origin, &row.key) {
                (Origin::File { .. }, Some(key)) if *key != row.name => {
                    format!("{} {key}", row.origin)
                }
                _ => row.origin.to_string(),
            };
            let (name, value) = (&row.name, value(row));
            writeln!(text, "{name:name_width$}  {value:value_width$}  {origin}").expect("a string");
        }
        for warning in &self.warnings {
            writeln!(text, "\nwarning: {warning}").expect("a string");
        }
        text
    }

    /// Returns `{"settings": [{"name", "key", "value", "origin"}], "warnings": []}`. Absent keys and values are `null`.
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
