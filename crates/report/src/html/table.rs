//! Tables as HTML.

use askama::Template;

use crate::Error;
use crate::chart::svg::text_width;
use crate::words::{CellKind, RowKind, Table, Tables};

/// What the narrowest phone leaves for a table, in pixels. A wider table becomes a block for each
/// row there. No ARIA roles repeat what the elements are: browsers keep a table's meaning when it is
/// set as blocks, and HTML forbids the roles.
const NARROWEST: f64 = 284.0;

/// All tables of an edition, rendered.
pub(super) struct Rendered {
    pub(super) requests: String,
    pub(super) technical: String,
    pub(super) user_data: String,
    pub(super) grounds: String,
    pub(super) paperwork: Option<String>,
    pub(super) bands: Option<String>,
    pub(super) demands: Option<String>,
    pub(super) comparison: Option<String>,
    pub(super) published: Option<String>,
    pub(super) users: Option<String>,
    /// `two` where tables 2 and 3 fit beside each other.
    pub(super) pair_class: &'static str,
}

impl Rendered {
    pub(super) fn of(tables: &Tables) -> Result<Self, Error> {
        let option = |table: &Option<Table>| table.as_ref().map(render).transpose();
        Ok(Self {
            requests: render(&tables.requests)?,
            technical: render(&tables.technical)?,
            user_data: render(&tables.user_data)?,
            grounds: render(&tables.grounds)?,
            paperwork: option(&tables.paperwork)?,
            bands: option(&tables.bands)?,
            demands: option(&tables.demands)?,
            comparison: option(&tables.comparison)?,
            published: option(&tables.published)?,
            users: option(&tables.users)?,
            pair_class: if tables.technical.groups.len() > 2 { "one" } else { "two" },
        })
    }
}

#[derive(Template)]
#[template(path = "table.html")]
struct View<'a> {
    table: &'a Table,
    is_wide: bool,
    heads: Vec<Head<'a>>,
    rows: Vec<RowView<'a>>,
}

struct Head<'a> {
    label: &'a str,
    class: Attribute,
}

struct RowView<'a> {
    head: &'a str,
    class: Attribute,
    cells: Vec<CellView<'a>>,
}

struct CellView<'a> {
    text: &'a str,
    class: Attribute,
    /// The head of its column, for where a row is a block.
    head: &'a str,
}

/// An attribute of ours with the space before it, or nothing; no reader's text.
#[derive(Clone, Copy)]
struct Attribute(&'static str);

impl std::fmt::Display for Attribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl askama::FastWritable for Attribute {
    fn write_into(
        &self,
        dest: &mut dyn std::fmt::Write,
        _values: &dyn askama::Values,
    ) -> askama::Result<()> {
        dest.write_str(self.0).map_err(Into::into)
    }
}

impl askama::filters::HtmlSafe for Attribute {}

/// Whether the columns, each as narrow as its longest word, are wider than a phone.
fn is_wide(table: &Table) -> bool {
    let longest = |text: &str, size: f64| {
        text.split(' ').map(|word| text_width(word, size, false)).fold(0.0, f64::max)
    };
    let heads = table.rows.iter().map(|row| longest(&row.head, 15.0)).fold(0.0, f64::max);
    let columns = table.groups.iter().flat_map(|group| &group.columns).enumerate();
    let needed = columns.map(|(index, column)| {
        let cells = table.rows.iter().filter_map(|row| row.cells.get(index));
        let cells = cells.map(|cell| longest(&cell.text, 15.0)).fold(0.0, f64::max);
        cells.max(longest(column, 13.0)) + 8.0
    });
    heads + needed.sum::<f64>() > NARROWEST
}

fn render(table: &Table) -> Result<String, Error> {
    let columns: Vec<(String, &str)> = table
        .groups
        .iter()
        .flat_map(|group| {
            group.columns.iter().map(move |column| {
                let joint =
                    group.label.as_ref().map_or(column.clone(), |l| format!("{l}, {column}"));
                (joint, column.as_str())
            })
        })
        .collect();
    let is_words = |index: usize| {
        table.rows.first().is_some_and(|row| row.cells[index].kind == CellKind::Words)
    };
    let heads = columns.iter().enumerate().map(|(index, (_, label))| Head {
        label,
        class: Attribute(if is_words(index) { r#" class="t""# } else { "" }),
    });
    let rows = table.rows.iter().map(|row| RowView {
        head: &row.head,
        class: Attribute(match row.kind {
            RowKind::Total => r#" class="tot""#,
            RowKind::Plain => "",
            RowKind::Part => r#" class="part""#,
        }),
        cells: row
            .cells
            .iter()
            .zip(&columns)
            .map(|(cell, (head, _))| CellView {
                text: &cell.text,
                class: Attribute(match cell.kind {
                    CellKind::Number => "",
                    CellKind::Zero => r#" class="z""#,
                    CellKind::Words => r#" class="t""#,
                }),
                head,
            })
            .collect(),
    });
    let is_wide = is_wide(table);
    Ok(View { table, is_wide, heads: heads.collect(), rows: rows.collect() }.render()?)
}
