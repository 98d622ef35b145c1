//! Requests as the table that [`requests`](crate::requests()) reads.

use std::io::Write;

use domain::fact::Urgency;

use crate::requests::{OutcomeWord, REQUEST_COLUMNS, RequestLine};

/// Writes a table of requests as CSV, row by row; the lines of its requests are not used.
pub struct RequestWriter<W: Write> {
    out: csv::Writer<W>,
    demands: String,
}

impl<W: Write> RequestWriter<W> {
    /// Writes the header.
    pub fn new(out: W) -> csv::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(REQUEST_COLUMNS)?;
        Ok(Self { out, demands: String::new() })
    }

    pub fn write(&mut self, line: &RequestLine) -> csv::Result<()> {
        let RequestLine { line: _, reference, authority, request } = line;
        self.demands.clear();
        for demand in request.demands.iter() {
            if !self.demands.is_empty() {
                self.demands.push(';');
            }
            self.demands.push_str(demand.code());
        }
        let emergency = match request.urgency {
            Urgency::Emergency => "yes",
            Urgency::Ordinary => "no",
        };
        let number = |accounts: Option<u32>| accounts.map_or(String::new(), |n| n.to_string());
        let (outcome, ground, settled_on) = OutcomeWord::of(request.outcome);
        self.out.write_record([
            reference.as_str(),
            &request.received_on.to_string(),
            request.country.name(),
            authority,
            request.category.code(),
            request.instrument.as_str(),
            &self.demands,
            emergency,
            &number(request.accounts_specified),
            &number(request.accounts_disclosed),
            outcome.code(),
            ground.map_or("", |ground| ground.code()),
            &settled_on.map_or(String::new(), |date| date.to_string()),
        ])
    }

    /// Flushes and gives the output back. Without it the end of the table may be lost.
    pub fn finish(self) -> csv::Result<W> {
        self.out.into_inner().map_err(|error| error.into_error().into())
    }
}

/// A table to begin with: the header, and one row to write over.
pub fn template_csv() -> String {
    let example = "2021-0001,2021-03-04,Germany,Example Police of Germany,user_data,court_order,\
                   registration;connection,no,2,0,rejected,no_data,2021-03-18";
    format!("{}\n{example}\n", REQUEST_COLUMNS.join(","))
}
