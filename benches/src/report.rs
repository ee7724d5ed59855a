//! The only place that writes to the terminal: results to stdout, progress to stderr. The results of a run
//! are a table and verdicts for people, and the same figures as JSON for programs.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a load driver is read in the terminal, and this is its one place that prints"
)]

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::{Value, json};

use crate::latency::now_us;

/// Prints progress.
pub fn note(text: &str) {
    eprintln!("- {text}");
}

/// Results of a run.
pub struct Report {
    sections: Vec<Section>,
    failed: Vec<&'static str>,
}

/// Results of one measurement.
pub struct Section {
    name: &'static str,
    tables: Vec<Table>,
    verdicts: Vec<Verdict>,
    /// All figures, for the JSON file.
    figures: Value,
}

/// A figure against its target.
#[derive(Serialize)]
struct Verdict {
    what: String,
    measured: f64,
    /// The upper or lower bound of the figure.
    target: String,
    met: bool,
}

/// A table: the first column names the row, the others are figures.
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Report {
    pub fn new() -> Self {
        if cfg!(debug_assertions) {
            note("this is a debug build: its figures are meaningless, use --release");
        }
        Self {
            sections: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Prints the results of a measurement, or its error, and keeps them for the file.
    pub fn add(&mut self, name: &'static str, measured: Result<Section>) {
        match measured {
            Ok(section) => {
                println!("{}", section.text());
                self.sections.push(section);
            }
            Err(error) => {
                note(&format!("{name} failed: {error:#}"));
                self.failed.push(name);
            }
        }
    }

    /// # Errors
    /// A measurement failed. A missed target is not an error.
    pub fn end(&self) -> Result<()> {
        let failed = self.failed.join(", ");
        ensure!(failed.is_empty(), "could not be measured: {failed}");
        Ok(())
    }

    /// Writes everything to a file.
    pub fn write(&self, file: &Path) -> Result<()> {
        let sections = self.sections.iter().map(|section| {
            json!({
                "name": section.name,
                "figures": section.figures,
                "verdicts": section.verdicts,
            })
        });
        let report = json!({
            "time_us": now_us(),
            "debug_build": cfg!(debug_assertions),
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
            "sections": sections.collect::<Vec<_>>(),
        });
        fs::write(file, format!("{report:#}"))
            .with_context(|| format!("could not write {}", file.display()))
    }
}

impl Section {
    /// Returns a section whose figures are these, as JSON.
    pub fn new(name: &'static str, figures: &impl Serialize) -> Result<Self> {
        let figures = serde_json::to_value(figures).context("figures as JSON")?;
        Ok(Self {
            name,
            tables: Vec::new(),
            verdicts: Vec::new(),
            figures,
        })
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Adds a verdict: the figure must not exceed a limit.
    pub fn at_most(&mut self, what: impl Into<String>, measured: f64, limit: f64) {
        self.verdict(what.into(), measured, "at most", limit, measured <= limit);
    }

    /// Adds a verdict: the figure must reach a limit.
    pub fn at_least(&mut self, what: impl Into<String>, measured: f64, limit: f64) {
        self.verdict(what.into(), measured, "at least", limit, measured >= limit);
    }

    fn verdict(&mut self, what: String, measured: f64, bound: &str, limit: f64, met: bool) {
        self.verdicts.push(Verdict {
            what,
            measured,
            target: format!("{bound} {limit}"),
            met,
        });
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

impl Table {
    /// Returns a table with these columns, separated by ` | `.
    pub fn new(columns: &str) -> Self {
        Self {
            columns: columns.split(" | ").map(str::to_owned).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn text(&self) -> String {
        let lines = || std::iter::once(&self.columns).chain(&self.rows);
        let width = |column: usize| {
            let cells = lines().filter_map(|cells| cells.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).enumerate();
            let padded = padded.map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            padded.collect::<Vec<_>>().join("  ")
        };
        let mut text: Vec<String> = lines().map(line).collect();
        let rule = widths.iter().map(|width| "-".repeat(*width)).collect();
        text.insert(1, line(&rule));
        text.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new("side | ms");
        table.row(["gateway".to_owned(), "1.5".to_owned()]);
        assert_eq!(table.text(), "side      ms\n-------  ---\ngateway  1.5");
    }
}
