//! A table of invented requests of any size, to measure and to compare with.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, ensure};
use domain::fact::Urgency;
use domain::instrument::Instrument;
use domain::request::{HistoricOutcome, HistoricRequest};
use domain::{Category, Country, Demand, DemandSet, Ground};
use exchange::{RequestLine, RequestWriter};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::chance::Chance;
use crate::usage;

pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    let (mut rows, mut out, mut seed) = (None, None, 1);
    let mut args = args.iter();
    while let Some(name) = args.next() {
        let value = args.next().ok_or_else(|| usage(format!("{name} needs a value")))?;
        let number =
            || value.parse::<u64>().map_err(|_| usage(format!("{name} {value} is no number")));
        match *name {
            "--rows" => rows = Some(number()?),
            "--out" => out = Some(Path::new(value)),
            "--seed" => seed = number()?,
            other => return Err(usage(format!("{other} is not known"))),
        }
    }
    let (Some(rows), Some(out)) = (rows, out) else {
        return Err(usage("`synthetic` needs --rows and --out"));
    };
    write(rows, out, seed)
}

/// Writes `rows` requests; the same seed gives the same file.
pub(crate) fn write(rows: u64, out: &Path, seed: u64) -> anyhow::Result<()> {
    let file = File::create(out).with_context(|| format!("{} could not be made", out.display()))?;
    let mut writer = RequestWriter::new(BufWriter::with_capacity(1 << 20, file))?;
    let mut world = World::new(seed)?;
    for row in 1..=rows {
        let line = world.request(row);
        let faults = line.request.faults();
        ensure!(faults.is_empty(), "{} is impossible: {faults:?}", line.reference);
        writer.write(&line)?;
    }
    let buffered = writer.finish()?;
    buffered.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

/// The countries that ask, those that ask most first.
const COUNTRIES: [&str; 60] = [
    "US", "DE", "FR", "IN", "GB", "BR", "ES", "IT", "RU", "JP", "KR", "PL", "CA", "AU", "MX", "AR",
    "CO", "CL", "PT", "BE", "NL", "SE", "CH", "AT", "CZ", "TR", "SG", "IL", "GR", "HU", "RO", "DK",
    "NO", "FI", "IE", "UA", "ZA", "TH", "MY", "ID", "PH", "VN", "TW", "HK", "NZ", "SK", "SI", "HR",
    "BG", "LT", "LV", "EE", "PE", "EC", "UY", "MA", "JO", "SA", "AE", "KZ",
];

const FIRST_DAY: Date = date(2020, 1, 1);
const DAYS: u64 = 1827;

/// From here on some requests are still pending.
const OPEN_FROM: Date = date(2024, 10, 1);

const INSTRUMENTS: [&str; 7] = [
    "subpoena",
    "court_order",
    "search_warrant",
    "production_order",
    "mlat",
    "emergency_disclosure",
    "none",
];

const USER_DATA: [&[Demand]; 8] = [
    &[Demand::Registration],
    &[Demand::Registration, Demand::Connection],
    &[Demand::Connection],
    &[Demand::Licence],
    &[Demand::Registration, Demand::Licence, Demand::Connection],
    &[Demand::Content],
    &[Demand::Content, Demand::Connection],
    &[Demand::Preservation],
];

const TECHNICAL: [&[Demand]; 6] = [
    &[Demand::Indicators],
    &[Demand::Indicators, Demand::ModusOperandi],
    &[Demand::ReverseEngineering],
    &[Demand::Statistics],
    &[Demand::Research],
    &[Demand::ModusOperandi, Demand::Research],
];

const PROHIBITED: [&[Demand]; 3] =
    [&[Demand::EncryptionKeys], &[Demand::UndeclaredCapabilities], &[Demand::DirectAccess]];

struct World {
    chance: Chance,
    /// Each with the sum of the weights up to it.
    countries: Vec<(u64, Country)>,
    instruments: Vec<Instrument>,
}

impl World {
    fn new(seed: u64) -> anyhow::Result<Self> {
        let mut sum = 0;
        let countries = COUNTRIES.iter().zip(1_u64..).map(|(code, rank)| {
            // Zipf's law: the country of rank n asks about 1/n as often as the first.
            sum += 60_000 / rank;
            Ok((sum, Country::from_code(code).with_context(|| format!("{code} is no country"))?))
        });
        let countries: Vec<_> = countries.collect::<anyhow::Result<_>>()?;
        let instruments = INSTRUMENTS.iter().map(|code| Instrument::new(code));
        let instruments = instruments.collect::<Result<_, _>>()?;
        Ok(Self { chance: Chance::new(seed), countries, instruments })
    }

    fn request(&mut self, row: u64) -> RequestLine {
        let chance = &mut self.chance;
        let weights = self.countries.last().map_or(1, |(sum, _)| *sum);
        let at = chance.below(weights);
        let country = self.countries[self.countries.partition_point(|(sum, _)| *sum <= at)].1;
        let received_on = later(FIRST_DAY, chance.below(DAYS));
        let technical = chance.permille(350);
        let category = if technical { Category::TechnicalExpertise } else { Category::UserData };
        let prohibited = chance.permille(10);
        let demands = match (prohibited, category) {
            (true, _) => chance.pick(&PROHIBITED),
            (false, Category::UserData) => chance.pick(&USER_DATA),
            (false, Category::TechnicalExpertise) => chance.pick(&TECHNICAL),
        };
        let demands = DemandSet::from_iter(demands.iter().copied());
        let emergency = chance.permille(if technical { 10 } else { 60 });
        let outcome = outcome(chance, received_on, prohibited);
        let (accounts_specified, accounts_disclosed) = match category {
            Category::UserData => accounts(chance, outcome),
            Category::TechnicalExpertise => (None, None),
        };
        let request = HistoricRequest {
            received_on,
            country,
            category,
            instrument: chance.pick(&self.instruments).clone(),
            demands,
            urgency: if emergency { Urgency::Emergency } else { Urgency::Ordinary },
            accounts_specified,
            accounts_disclosed,
            outcome,
        };
        let authority = format!("Example Authority {} of {}", 1 + chance.below(40), country.name());
        let line = u32::try_from(row + 1).unwrap_or(u32::MAX);
        RequestLine { line, reference: format!("SYN-{row:08}"), authority, request }
    }
}

fn later(from: Date, days: u64) -> Date {
    from.saturating_add(i64::try_from(days).unwrap_or(i64::MAX).days())
}

fn outcome(chance: &mut Chance, received_on: Date, prohibited: bool) -> HistoricOutcome {
    if received_on >= OPEN_FROM && chance.permille(400) {
        return HistoricOutcome::Pending;
    }
    // Most take days, a few months.
    let most = if chance.permille(80) { 180 } else { 25 };
    let decided_on = later(received_on, chance.below(most));
    if chance.permille(20) {
        return HistoricOutcome::Withdrawn { withdrawn_on: decided_on };
    }
    if prohibited {
        return HistoricOutcome::Rejected { decided_on, ground: Ground::Prohibited };
    }
    let ground = if chance.permille(600) { Ground::NoData } else { Ground::LegalRequirements };
    match chance.below(100) {
        0..50 => HistoricOutcome::Approved { decided_on },
        50..62 => {
            let ground = chance.permille(800).then_some(ground);
            HistoricOutcome::ApprovedInPart { decided_on, ground }
        }
        _ => HistoricOutcome::Rejected { decided_on, ground },
    }
}

fn accounts(chance: &mut Chance, outcome: HistoricOutcome) -> (Option<u32>, Option<u32>) {
    let few = if chance.permille(50) { 200 } else { 4 };
    let specified = u32::try_from(1 + chance.below(few)).ok();
    if chance.permille(100) {
        return (None, None);
    }
    let disclosed = match outcome {
        HistoricOutcome::Approved { .. } => specified,
        HistoricOutcome::ApprovedInPart { .. } => specified.map(|specified| specified / 2),
        HistoricOutcome::Rejected { .. } | HistoricOutcome::Withdrawn { .. } => Some(0),
        HistoricOutcome::Pending => None,
    };
    (specified, disclosed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_valid_and_the_same_each_time() {
        let mut writer = RequestWriter::new(Vec::new()).expect("a buffer");
        let (mut world, mut again) =
            (World::new(5).expect("countries"), World::new(5).expect("countries"));
        for row in 1..=3_000 {
            let line = world.request(row);
            assert_eq!(line, again.request(row));
            writer.write(&line).expect("a buffer");
        }
        let bytes = std::io::Cursor::new(writer.finish().expect("a buffer"));
        let mut table = exchange::Table::open("synthetic.csv", bytes).expect("a table");
        let mut seen = std::collections::HashSet::new();
        let summary = exchange::requests(&mut table, &exchange::Mapping::default(), &mut |line| {
            seen.insert(line.request.fact().standing.code());
        });
        assert_eq!(summary.expect("valid rows").handed_out, 3_000);
        // All but a ground that is not stated.
        assert_eq!(seen.len(), 7);
    }
}
