//! The counterpart of `xtask/peers/tables.py`: reads the same table of requests and writes the
//! same three tables, to compare numbers and time.
//!
//!     cargo run --release -p exchange --example tables -- requests.csv 2020 out/

use std::fs::{self, File};
use std::path::Path;
use std::time::Instant;

use domain::count::{Tally, percent};
use domain::{Category, Period};
use exchange::{Mapping, Table};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, period, out] = &args[..] else { return Err("FILE PERIOD OUT".into()) };
    let period: Period = period.parse()?;
    let begun = Instant::now();
    let mut table = Table::open(file, File::open(file)?)?;
    let opened = begun.elapsed();
    let mut tally = Tally::new(period);
    let summary = exchange::requests(&mut table, &Mapping::default(), &mut |line| {
        tally.add(&line.request.fact())
    })?;
    let dataset = domain::count(tally)?;
    eprintln!(
        "{} requests, first look {opened:.2?}, all {:.2?}",
        summary.handed_out,
        begun.elapsed()
    );

    let mut rows = vec![("TOTAL", &dataset.total)];
    rows.extend(dataset.countries.iter().map(|row| (row.country.name(), &row.row)));
    rows[1..].sort_by_key(|(name, _)| *name);
    fs::create_dir_all(out)?;
    let mut table1 = csv::Writer::from_path(Path::new(out).join("table1.csv"))?;
    table1.write_record(["country", "all", "user_data", "technical"])?;
    for (name, row) in &rows {
        let counts = [row.requests(), row.user_data.requests, row.technical_expertise.requests];
        let [all, user_data, technical] = counts.map(|count| count.to_string());
        table1.write_record([*name, &all, &user_data, &technical])?;
    }
    table1.flush()?;
    for (file, category) in
        [("table2.csv", Category::TechnicalExpertise), ("table3.csv", Category::UserData)]
    {
        let mut table = csv::Writer::from_path(Path::new(out).join(file))?;
        table.write_record(["country", "approved", "approved_pct", "rejected", "rejected_pct"])?;
        for (name, row) in &rows {
            let (counts, all) = (row.of(category), row.requests());
            let cells = [
                counts.approved,
                percent(counts.approved, all),
                counts.rejected,
                percent(counts.rejected, all),
            ];
            let [approved, approved_pct, rejected, rejected_pct] =
                cells.map(|cell| cell.to_string());
            table.write_record([*name, &approved, &approved_pct, &rejected, &rejected_pct])?;
        }
        table.flush()?;
    }
    Ok(())
}
