//! Editions to make files of.

use domain::band::{Process, Structure};
use domain::count::Tally;
use domain::fact::{Counted, Paperwork, Urgency};
use domain::figure::{Measure, PublishedFigure, Value};
use domain::{Category, Country, Dataset, Demand, DemandSet, Fact, Ground, Period, Standing};
use jiff::ToSpan;
use jiff::civil::date;
use report::{Edition, Provenance, Publisher, SealedLog, Status};

/// Country, technical expertise approved and rejected, user data rejected.
pub type Line = (&'static str, u64, u64, u64);

/// The published tables of 2020.
pub const YEAR_2020: &[Line] = &[
    ("BR", 2, 0, 0),
    ("CL", 1, 0, 0),
    ("CO", 1, 0, 0),
    ("EC", 2, 0, 0),
    ("FR", 10, 0, 1),
    ("DE", 7, 0, 0),
    ("IN", 2, 0, 0),
    ("JP", 11, 0, 0),
    ("JO", 1, 0, 0),
    ("MA", 1, 0, 0),
    ("RU", 35, 31, 27),
    ("SA", 1, 0, 0),
    ("SG", 3, 0, 0),
    ("KR", 23, 0, 0),
    ("ES", 1, 0, 0),
];

/// The published tables of January to June 2021.
pub const HALF_2021: &[Line] = &[
    ("BE", 1, 0, 0),
    ("BR", 2, 0, 0),
    ("CL", 1, 0, 0),
    ("CO", 1, 0, 0),
    ("DK", 0, 0, 1),
    ("EC", 1, 0, 0),
    ("FR", 6, 0, 0),
    ("DE", 3, 0, 0),
    ("IN", 1, 0, 0),
    ("IT", 3, 1, 1),
    ("JP", 10, 0, 0),
    ("JO", 2, 0, 0),
    ("RU", 10, 25, 14),
    ("SG", 3, 0, 0),
    ("KR", 12, 0, 0),
    ("ES", 5, 0, 0),
    ("VN", 2, 0, 0),
];

/// Facts that count up to the lines, each decided three days after it came.
fn facts(period: Period, lines: &[Line]) -> impl Iterator<Item = Fact> {
    let received_on = period.first();
    lines.iter().flat_map(move |&(country, approved, rejected, user_rejected)| {
        let fact = move |category, demand, standing| Fact {
            received_on,
            country: Country::from_code(country).expect("a code"),
            category,
            demands: DemandSet::from_iter([demand]),
            urgency: Urgency::Ordinary,
            standing,
            settled_on: Some(received_on + 3.days()),
            counted: Counted::InSum,
            accounts_specified: None,
            accounts_disclosed: None,
            paperwork: Paperwork::NotOwed,
        };
        let technical = Category::TechnicalExpertise;
        let (refused, no_data) =
            (Standing::Rejected(Ground::LegalRequirements), Standing::Rejected(Ground::NoData));
        let times = |n: u64, fact: Fact| (0..n).map(move |_| fact);
        times(approved, fact(technical, Demand::Indicators, Standing::Approved))
            .chain(times(rejected, fact(technical, Demand::Statistics, refused)))
            .chain(times(user_rejected, fact(Category::UserData, Demand::Registration, no_data)))
    })
}

pub fn dataset(period: Period, lines: &[Line]) -> Dataset {
    let mut tally = Tally::new(period);
    facts(period, lines).for_each(|fact| tally.add(&fact));
    domain::count(tally).expect("adds up")
}

/// The published tables as an edition in draft.
pub fn first_half_of_2021() -> Edition {
    let users = |period, count| PublishedFigure {
        period,
        country: None,
        measure: Measure::UserRequests,
        value: Value::Exact(count),
    };
    Edition {
        publisher: Publisher {
            name: "Example publisher".to_owned(),
            notice: Some("Example edition.".to_owned()),
            principles: "## Nobody connects\n\nNo authority reaches into our **systems**.\n\n\
                         ## The law first\n\nEach request is checked:\n\n- the officer\n- the order\n"
                .to_owned(),
        },
        status: Status::Draft { compiled_on: date(2021, 7, 15) },
        dataset: dataset(Period::half(2021, 1), HALF_2021),
        earlier: vec![dataset(Period::year(2020), YEAR_2020)],
        figures: vec![users(Period::year(2020), 503), users(Period::half(2021, 1), 1199)],
        provenance: Provenance {
            cutoff: None,
            imported: 105,
            imported_on: Some(date(2021, 7, 14)),
            log: Some(SealedLog { origin: "example.com/log".to_owned(), leaves: 798 }),
        },
    }
}

/// Every kind of number that an edition can hold, in few requests: an approval in part, every
/// ground, open and withdrawn ones, an emergency, accounts, a preservation request, a figure of
/// every form.
pub fn of_everything() -> Edition {
    let period = Period::quarter(2022, 2);
    let base = Fact {
        received_on: date(2022, 4, 1),
        country: Country::from_code("CI").expect("a code"),
        category: Category::UserData,
        demands: DemandSet::from_iter([Demand::Registration, Demand::Connection]),
        urgency: Urgency::Ordinary,
        standing: Standing::Approved,
        settled_on: Some(date(2022, 4, 3)),
        counted: Counted::InSum,
        accounts_specified: Some(3),
        accounts_disclosed: Some(1),
        paperwork: Paperwork::NotOwed,
    };
    let technical = Fact {
        category: Category::TechnicalExpertise,
        demands: DemandSet::from_iter([Demand::Indicators]),
        accounts_specified: None,
        accounts_disclosed: None,
        country: Country::from_code("QM").expect("a code"),
        ..base
    };
    let prohibited = DemandSet::from_iter([Demand::EncryptionKeys]);
    let facts = [
        base,
        Fact {
            standing: Standing::ApprovedInPart,
            urgency: Urgency::Emergency,
            paperwork: Paperwork::Missing,
            ..base
        },
        Fact {
            standing: Standing::Rejected(Ground::NoData),
            settled_on: Some(date(2022, 4, 6)),
            ..base
        },
        Fact { standing: Standing::Rejected(Ground::LegalRequirements), ..base },
        Fact { standing: Standing::Rejected(Ground::Prohibited), demands: prohibited, ..base },
        Fact { standing: Standing::Open, settled_on: None, ..base },
        Fact { standing: Standing::Withdrawn, ..base },
        Fact {
            demands: DemandSet::from_iter([Demand::Preservation]),
            counted: Counted::Preservation,
            ..base
        },
        Fact { received_on: date(2022, 3, 31), settled_on: None, standing: Standing::Open, ..base },
        technical,
        Fact { standing: Standing::Rejected(Ground::NotStated), ..technical },
    ];
    let mut tally = Tally::new(period);
    facts.iter().for_each(|fact| tally.add(fact));
    let figure = |measure, country, value| PublishedFigure { period, country, measure, value };
    Edition {
        dataset: domain::count(tally).expect("adds up"),
        earlier: Vec::new(),
        figures: vec![
            figure(Measure::UserRequests, None, Value::Exact(12)),
            figure(
                Measure::Emergencies,
                Country::from_code("US"),
                Value::Band { low: 0, high: 499 },
            ),
            figure(Measure::Prohibited, None, Value::Withheld),
            figure(Measure::Preservation, None, Value::NotApplicable),
        ],
        ..first_half_of_2021()
    }
}

/// A half-year in which 1,001 letters came that are told in bands, with 7,654 selectors each, and
/// nothing of the other kinds.
pub fn in_bands(structure: Structure) -> Edition {
    let period = Period::half(2021, 1);
    let letter = Fact {
        received_on: date(2021, 3, 1),
        country: Country::from_code("US").expect("a code"),
        category: Category::UserData,
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Ordinary,
        standing: Standing::Open,
        settled_on: None,
        counted: Counted::Banded(Process::NationalSecurityLetter),
        accounts_specified: Some(7_654),
        accounts_disclosed: None,
        paperwork: Paperwork::NotOwed,
    };
    let mut tally = Tally::new(period).in_bands(Some(structure));
    facts(period, HALF_2021).for_each(|fact| tally.add(&fact));
    (0..1_001).for_each(|_| tally.add(&letter));
    Edition { dataset: domain::count(tally).expect("adds up"), ..first_half_of_2021() }
}

/// A published revision with one correction.
pub fn published(edition: Edition) -> Edition {
    let correction = report::Correction {
        revision: 1,
        published_on: date(2021, 9, 1),
        reason: "Two letters were found that arrived in June.".to_owned(),
    };
    let status = Status::Published {
        revision: 1,
        published_on: date(2021, 9, 1),
        corrections: vec![correction],
    };
    Edition { status, ..edition }
}

/// `countries` countries, each with as many requests as its place in the list.
pub fn wide(countries: usize) -> Edition {
    let lines: Vec<Line> = Country::all()
        .zip(1..)
        .take(countries)
        .map(|(country, place)| (country.code(), place, place / 3, place / 5))
        .collect();
    let dataset = dataset(Period::half(2021, 1), &lines);
    Edition { dataset, earlier: Vec::new(), figures: Vec::new(), ..first_half_of_2021() }
}
