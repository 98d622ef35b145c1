//! All tables of an edition, numbered in order of appearance.

use domain::category::DemandClass;
use domain::count::{CategoryCounts, DemandCount, Row, percent};
use domain::figure::{PublishedFigure, Value};
use domain::{Category, Demand};

use super::number::{count, counted, noun_for};
use super::{
    Cell, CellKind, ColumnGroup, PUBLISHED_FIGURE, RowKind, Table, TableRow, bands, paperwork,
    place, time, users,
};
use crate::Edition;
use crate::chart::Outcome;

#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// Table 1: requests by country and category.
    pub(crate) requests: Table,
    /// Table 2: technical expertise, what was decided.
    pub(crate) technical: Table,
    /// Table 3: user data, what was decided.
    pub(crate) user_data: Table,
    /// Table 4: both categories with grounds, open, withdrawn, "of which".
    pub(crate) grounds: Table,
    /// Emergencies that were answered before their paperwork was there.
    pub(crate) paperwork: Option<Table>,
    /// What law lets be told in bands alone.
    pub(crate) bands: Option<Table>,
    pub(crate) demands: Option<Table>,
    /// This period beside those counted earlier, and whether they may be compared.
    pub(crate) comparison: Option<Table>,
    /// Figures published before candor.
    pub(crate) published: Option<Table>,
    /// Requests of users, by period.
    pub(crate) users: Option<Table>,
}

/// The tables of an edition.
pub(crate) fn tables(edition: &Edition) -> Tables {
    let mut tables = Tables {
        requests: requests(edition),
        technical: outcomes(edition, Category::TechnicalExpertise),
        user_data: outcomes(edition, Category::UserData),
        grounds: grounds(edition),
        paperwork: paperwork::table(edition),
        bands: bands::table(edition),
        demands: demands(edition),
        comparison: time::comparison(edition),
        published: published(edition),
        users: users::table(edition),
    };
    let Tables {
        requests,
        technical,
        user_data,
        grounds,
        paperwork,
        bands,
        demands,
        comparison,
        published,
        users,
    } = &mut tables;
    let always = [requests, technical, user_data, grounds].into_iter();
    let others = [paperwork, bands, demands, comparison, published, users].into_iter().flatten();
    for (table, number) in always.chain(others).zip(1..) {
        table.number = number;
    }
    tables
}

impl Table {
    pub(super) fn new(id: &'static str, caption: String, corner: &'static str) -> Self {
        let (groups, rows, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { number: 0, id, caption, corner, groups, rows, notes }
    }

    /// Columns that stand for themselves.
    pub(super) fn columns<T: Into<String>>(mut self, columns: impl IntoIterator<Item = T>) -> Self {
        let group = |column: T| ColumnGroup { label: None, columns: vec![column.into()] };
        self.groups.extend(columns.into_iter().map(group));
        self
    }

    /// Whether columns stand under a common head.
    pub(crate) fn has_groups(&self) -> bool {
        self.groups.iter().any(|group| group.label.is_some())
    }

    pub(super) fn push(&mut self, head: impl Into<String>, cells: Vec<Cell>, kind: RowKind) {
        self.rows.push(TableRow { head: head.into(), cells, kind });
    }
}

impl Cell {
    pub(super) fn count(number: u64) -> Self {
        Self::of(number, count(number))
    }

    pub(super) fn percent(part: u64, of: u64) -> Self {
        let percent = percent(part, of);
        Self::of(percent, format!("{percent}%"))
    }

    pub(super) fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: CellKind::Words }
    }

    /// A number as it is written.
    pub(super) fn of(number: u64, text: String) -> Self {
        let kind = if number == 0 { CellKind::Zero } else { CellKind::Number };
        Self { text, kind }
    }
}

/// The total's row, then one for each country by name.
fn by_country(edition: &Edition, table: &mut Table, cells: impl Fn(&Row) -> Vec<Cell>) {
    let dataset = &edition.dataset;
    table.push("All countries", cells(&dataset.total), RowKind::Total);
    for country in &dataset.countries {
        table.push(country.country.name(), cells(&country.row), RowKind::Plain);
    }
}

fn requests(edition: &Edition) -> Table {
    let label = edition.dataset.period.label();
    let caption = format!("Requests received, {label}, by country and category");
    let mut table = Table::new("t1", caption, "Country").columns([
        "All requests",
        "User data",
        "Technical expertise",
    ]);
    by_country(edition, &mut table, |row| {
        let technical = row.technical_expertise.requests;
        [row.requests(), row.user_data.requests, technical].map(Cell::count).into()
    });
    table.notes.push(
        "Countries are kept by their ISO 3166 code and shown under their English name.".to_owned(),
    );
    if place::noun(&edition.dataset, 1) != "country" {
        table.notes.push("Bodies that are no country have a row of their own.".to_owned());
    }
    table
}

fn outcomes(edition: &Edition, category: Category) -> Table {
    let (id, caption) = match category {
        Category::TechnicalExpertise => ("t2", "Technical expertise: what was decided"),
        Category::UserData => ("t3", "User data: what was decided"),
    };
    let outcomes = Outcome::of_period(&edition.dataset);
    let mut table = Table::new(id, caption.to_owned(), "Country");
    table.groups = outcomes
        .iter()
        .map(|outcome| ColumnGroup {
            label: Some(super::capital(outcome.label())),
            columns: match outcome {
                Outcome::Approved | Outcome::Rejected => {
                    vec!["count".to_owned(), "% of all".to_owned()]
                }
                Outcome::Open | Outcome::Withdrawn => vec!["count".to_owned()],
            },
        })
        .collect();
    by_country(edition, &mut table, |row| {
        let cells = |outcome: &Outcome| {
            let number = outcome.count(row.of(category));
            match outcome {
                Outcome::Approved | Outcome::Rejected => {
                    vec![Cell::count(number), Cell::percent(number, row.requests())]
                }
                Outcome::Open | Outcome::Withdrawn => vec![Cell::count(number)],
            }
        };
        outcomes.iter().flat_map(cells).collect()
    });
    table
}

/// What the percentages of tables 2 and 3 are of; set below both.
pub(crate) fn note_on_percentages(edition: &Edition) -> String {
    let total = &edition.dataset.total;
    let base = "Both tables measure against all requests of the row, both categories together";
    if total.open() + total.withdrawn() == 0 {
        format!(
            "{base}, so the four percentages of a row in tables 2 and 3 add up to 100, give or \
             take rounding."
        )
    } else {
        format!(
            "{base}. Open and withdrawn requests are part of that base and have columns of their \
             own, as counts."
        )
    }
}

fn grounds(edition: &Edition) -> Table {
    let total = &edition.dataset.total;
    let label = edition.dataset.period.label();
    let caption = format!("Outcomes and grounds in full, {label}");
    let mut table =
        Table::new("t4", caption, "Outcome").columns(["User data", "Technical expertise", "Both"]);
    let mut push = |head: &str, kind, of: fn(&CategoryCounts) -> u64| {
        let [user, technical] = Category::ALL.map(|category| of(total.of(category)));
        table.push(head, [user, technical, user + technical].map(Cell::count).into(), kind);
    };
    let rejected = total.rejected();
    let not_stated =
        total.user_data.ground_not_stated + total.technical_expertise.ground_not_stated;
    push("All requests", RowKind::Total, |c| c.requests);
    push("Approved", RowKind::Plain, |c| c.approved);
    push("of which in part", RowKind::Part, |c| c.approved_in_part);
    push("Rejected", RowKind::Plain, |c| c.rejected);
    // Where no ground is known at all, a zero would say more than the records do.
    if rejected == 0 || not_stated < rejected {
        push("no data found", RowKind::Part, |c| c.no_data);
        push("legal requirements not met", RowKind::Part, |c| c.legal_requirements);
        push("prohibited demand", RowKind::Part, |c| c.prohibited);
    }
    if not_stated > 0 {
        push("ground not stated", RowKind::Part, |c| c.ground_not_stated);
    }
    push("Open", RowKind::Plain, |c| c.open);
    push("Withdrawn by the sender", RowKind::Plain, |c| c.withdrawn);
    if not_stated > 0 {
        table.notes.push(format!(
            "For {} the records give no ground. It is not guessed.",
            counted(not_stated, "rejected request")
        ));
    }
    table
}

fn demands(edition: &Edition) -> Option<Table> {
    let dataset = &edition.dataset;
    if dataset.demands.is_empty() {
        return None;
    }
    let mut table = Table::new("t5", "What was demanded".to_owned(), "Demand")
        .columns(["In requests for user data", "In requests for technical expertise"]);
    let requests = |demand: Demand, category| {
        let is = |d: &&DemandCount| d.demand == demand && d.category == category;
        dataset.demands.iter().find(is).map_or(0, |d| d.requests)
    };
    for demand in Demand::ALL {
        let number = Category::ALL.map(|category| requests(demand, category));
        if number == [0, 0] {
            continue;
        }
        let cell = |category: Category| match demand.class() {
            DemandClass::Of(other) if other != category => {
                Cell { text: "–".to_owned(), kind: CellKind::Zero }
            }
            DemandClass::Of(_) | DemandClass::Prohibited => Cell::count(requests(demand, category)),
        };
        let head = match demand.class() {
            DemandClass::Of(_) => super::capital(demand.label()),
            DemandClass::Prohibited => format!("{} (prohibited)", super::capital(demand.label())),
        };
        table.push(head, Category::ALL.map(cell).into(), RowKind::Plain);
    }
    table.notes.push(
        "One request may hold several demands, so these numbers don’t add up to requests. “–” \
         stands where a demand can’t be made in that category."
            .to_owned(),
    );
    Some(table)
}

/// A published figure in words: never a number that could be read as exact where it is none.
pub(super) fn published_value(value: Value) -> String {
    match value {
        Value::Exact(number) => count(number),
        Value::Band { low, high } => format!("between {} and {}", count(low), count(high)),
        Value::Withheld => "withheld".to_owned(),
        Value::NotApplicable => "not applicable".to_owned(),
    }
}

fn published(edition: &Edition) -> Option<Table> {
    let (all, by_country): (Vec<&PublishedFigure>, Vec<_>) = edition
        .figures
        .iter()
        .filter(|figure| !users::is_of_users(figure.measure))
        .filter(|figure| figure.period.last() <= edition.dataset.period.last())
        .partition(|figure| figure.country.is_none());
    if all.is_empty() && by_country.is_empty() {
        return None;
    }
    let caption = format!("Earlier years: each a {PUBLISHED_FIGURE}");
    let mut table = Table::new("published", caption, "Period").columns(["Measure", "As published"]);
    for figure in all {
        let cells =
            vec![Cell::words(figure.measure.label()), Cell::words(published_value(figure.value))];
        table.push(figure.period.label(), cells, RowKind::Plain);
    }
    table.notes.push(
        "These figures were published before the requests were counted here. They are shown as \
         they were published, are in no count of this report, and no rate is made of them."
            .to_owned(),
    );
    if !by_country.is_empty() {
        let number = by_country.len() as u64;
        let is = if number == 1 { "is" } else { "are" };
        table.notes.push(format!(
            "{} more {} by country {is} in report.json.",
            count(number),
            noun_for(number, "figure")
        ));
    }
    Some(table)
}
