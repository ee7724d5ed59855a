//! Results of a run: a table and verdicts for people, the same figures as JSON for programs.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{clock, output};

/// Results of a run.
pub struct Report {
    sections: Vec<Section>,
    failed: Vec<&'static str>,
}

/// Results of one measurement.
pub struct Section {
    pub name: &'static str,
    pub tables: Vec<Table>,
    pub verdicts: Vec<Verdict>,
    /// All figures, for the JSON file.
    pub figures: Value,
}

/// A figure against its target.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    pub what: String,
    pub measured: f64,
    /// The upper or lower bound of the figure.
    pub target: String,
    pub met: bool,
}

impl Verdict {
    pub fn at_most(what: impl Into<String>, measured: f64, limit: f64) -> Self {
        let target = format!("at most {limit}");
        Self {
            what: what.into(),
            measured,
            target,
            met: measured <= limit,
        }
    }

    pub fn at_least(what: impl Into<String>, measured: f64, limit: f64) -> Self {
        let target = format!("at least {limit}");
        Self {
            what: what.into(),
            measured,
            target,
            met: measured >= limit,
        }
    }
}

impl Section {
    /// A section whose figures are these, as JSON.
    pub fn new(name: &'static str, figures: &impl Serialize) -> anyhow::Result<Self> {
        let figures = serde_json::to_value(figures).context("figures as JSON")?;
        Ok(Self {
            name,
            tables: Vec::new(),
            verdicts: Vec::new(),
            figures,
        })
    }

    fn text(&self) -> String {
        let tables = self.tables.iter().map(Table::text);
        let verdicts = self.verdicts.iter().map(|verdict| {
            let word = if verdict.met { "met   " } else { "MISSED" };
            format!(
                "{word}  {}: {:.3} ({})",
                verdict.what, verdict.measured, verdict.target
            )
        });
        let body: Vec<String> = tables.chain(verdicts).collect();
        format!("\n## {}\n{}", self.name, body.join("\n"))
    }
}

impl Report {
    pub fn new() -> Self {
        if cfg!(debug_assertions) {
            output::note("this is a debug build: its figures say nothing, use --release");
        }
        Self {
            sections: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Prints the results of a measurement, or its error, and keeps them for the file.
    pub fn add(&mut self, name: &'static str, measured: anyhow::Result<Section>) {
        match measured {
            Ok(section) => {
                output::result(&section.text());
                self.sections.push(section);
            }
            Err(error) => {
                output::note(&format!("{name} failed: {error:#}"));
                self.failed.push(name);
            }
        }
    }

    /// # Errors
    /// A measurement failed. A missed target is not an error.
    pub fn end(&self) -> anyhow::Result<()> {
        ensure!(
            self.failed.is_empty(),
            "could not be measured: {}",
            self.failed.join(", ")
        );
        Ok(())
    }

    /// Writes everything to a file.
    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        let sections: Vec<Value> = self
            .sections
            .iter()
            .map(|section| {
                let Section {
                    name,
                    verdicts,
                    figures,
                    ..
                } = section;
                json!({"name": name, "figures": figures, "verdicts": verdicts})
            })
            .collect();
        let report = json!({
            "time_us": clock::now_us(),
            "debug_build": cfg!(debug_assertions),
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
            "sections": sections,
        });
        let text = serde_json::to_string_pretty(&report).context("the report as JSON")?;
        fs::write(file, text).with_context(|| format!("could not write {}", file.display()))
    }
}

/// A table: the first column names the row, the others are figures.
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(columns: &[&'static str]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn text(&self) -> String {
        let heads: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
        let widths: Vec<usize> = (0..heads.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells
                    .chain(heads.get(column))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let line = |cells: &Vec<String>| {
            let padded = cells
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, width))| {
                    if column == 0 {
                        format!("{cell:<width$}")
                    } else {
                        format!("{cell:>width$}")
                    }
                });
            padded.collect::<Vec<_>>().join("  ")
        };
        let rule = widths.iter().map(|width| "-".repeat(*width)).collect();
        let mut lines = vec![line(&heads), line(&rule)];
        lines.extend(self.rows.iter().map(line));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["side", "ms"]);
        table.row(["gateway".to_owned(), "1.5".to_owned()]);
        assert_eq!(table.text(), "side      ms\n-------  ---\ngateway  1.5");
    }
}
