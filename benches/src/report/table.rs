//! A table in the terminal, its columns aligned.

/// A table: the first column is what the line is about, the others are figures.
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
    use super::Table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["side", "ms"]);
        table.row(["gateway".to_owned(), "1.5".to_owned()]);
        assert_eq!(table.text(), "side      ms\n-------  ---\ngateway  1.5");
    }
}
