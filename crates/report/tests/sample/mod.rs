//! Editions for tests and for the preview, made from the numbers of a table.

use domain::category::DemandSet;
use domain::count::{Accounts, Cell, Flow, Sums, Tally};
use domain::fact::{Ground, Urgency};
use domain::figure::{Measure, PublishedFigure, Value};
use domain::{Category, Country, Dataset, Demand, Period, Standing, count};
use jiff::civil::{Date, date};
use report::{DEFAULT_PRINCIPLES, Edition, Provenance, Publisher, Status};

/// A country by name: technical approved and rejected, user data approved and rejected.
pub type Line = (&'static str, u64, u64, u64, u64);

pub const YEAR_2020: [Line; 15] = [
    ("Brazil", 2, 0, 0, 0),
    ("Chile", 1, 0, 0, 0),
    ("Colombia", 1, 0, 0, 0),
    ("Ecuador", 2, 0, 0, 0),
    ("France", 10, 0, 0, 1),
    ("Germany", 7, 0, 0, 0),
    ("India", 2, 0, 0, 0),
    ("Japan", 11, 0, 0, 0),
    ("Jordan", 1, 0, 0, 0),
    ("Morocco", 1, 0, 0, 0),
    ("Russia", 35, 31, 0, 27),
    ("Saudi Arabia", 1, 0, 0, 0),
    ("Singapore", 3, 0, 0, 0),
    ("South Korea", 23, 0, 0, 0),
    ("Spain", 1, 0, 0, 0),
];

pub const HALF_2021: [Line; 17] = [
    ("Belgium", 1, 0, 0, 0),
    ("Brazil", 2, 0, 0, 0),
    ("Chile", 1, 0, 0, 0),
    ("Colombia", 1, 0, 0, 0),
    ("Denmark", 0, 0, 0, 1),
    ("Ecuador", 1, 0, 0, 0),
    ("France", 6, 0, 0, 0),
    ("Germany", 3, 0, 0, 0),
    ("India", 1, 0, 0, 0),
    ("Italy", 3, 1, 0, 1),
    ("Japan", 10, 0, 0, 0),
    ("Jordan", 2, 0, 0, 0),
    ("Russia", 10, 25, 0, 14),
    ("Singapore", 3, 0, 0, 0),
    ("South Korea", 12, 0, 0, 0),
    ("Spain", 5, 0, 0, 0),
    ("Vietnam", 2, 0, 0, 0),
];

pub fn country(name: &str) -> Country {
    Country::from_text(name).expect("a country of the table")
}

/// Adds requests alike and keeps what the reconciliation asks for: a day of decision for each
/// decided one and a flow that fits.
pub struct Builder {
    tally: Tally,
    flow: Flow,
}

impl Builder {
    pub fn new(period: &str) -> Self {
        let period: Period = period.parse().expect("a period");
        Self { tally: Tally::new(period), flow: Flow::default() }
    }

    pub fn add(&mut self, country: Country, category: Category, standing: Standing, requests: u64) {
        self.add_urgent(country, category, standing, Urgency::Ordinary, requests);
    }

    pub fn add_urgent(
        &mut self,
        country: Country,
        category: Category,
        standing: Standing,
        urgency: Urgency,
        requests: u64,
    ) {
        if requests == 0 {
            return;
        }
        let accounts = match category {
            Category::UserData => Accounts { accounts: requests * 2, recorded_on: requests },
            Category::TechnicalExpertise => Accounts::default(),
        };
        let sums = Sums { requests, specified: accounts, disclosed: Accounts::default() };
        self.tally.add_cell(Cell { country, category, standing, urgency }, sums);
        self.flow.received += requests;
        match standing {
            Standing::Open => self.flow.open_at_end += requests,
            Standing::Withdrawn => self.flow.closed += requests,
            Standing::Approved | Standing::ApprovedInPart | Standing::Rejected(_) => {
                self.flow.closed += requests;
                self.tally.add_days(category, 4, requests);
            }
        }
        let demand = match (standing, category) {
            (Standing::Rejected(Ground::Prohibited), _) => Demand::EncryptionKeys,
            (_, Category::UserData) => Demand::Registration,
            (_, Category::TechnicalExpertise) => Demand::Indicators,
        };
        self.tally.add_demands(category, DemandSet::from_iter([demand]), requests);
    }

    pub fn dataset(mut self) -> Dataset {
        self.tally.set_flow(self.flow);
        count(self.tally).expect("the sample adds up")
    }
}

/// A period from its table; every rejection is of one ground.
pub fn dataset(period: &str, lines: &[Line], ground: Ground) -> Dataset {
    let mut builder = Builder::new(period);
    for (name, technical_approved, technical_rejected, user_approved, user_rejected) in lines {
        let country = country(name);
        let (technical, user) = (Category::TechnicalExpertise, Category::UserData);
        builder.add(country, technical, Standing::Approved, *technical_approved);
        builder.add(country, technical, Standing::Rejected(ground), *technical_rejected);
        builder.add(country, user, Standing::Approved, *user_approved);
        builder.add(country, user, Standing::Rejected(ground), *user_rejected);
    }
    builder.dataset()
}

/// Sixty countries, some hundred thousand requests, every outcome and ground.
pub fn large(period: &str) -> Dataset {
    let mut builder = Builder::new(period);
    let grounds =
        [Ground::NoData, Ground::LegalRequirements, Ground::NotStated, Ground::Prohibited];
    for (i, country) in Country::all().step_by(4).take(60).enumerate() {
        let size = 200_000 / (i as u64 + 1) / (i as u64 + 2) + 3;
        for category in Category::ALL {
            builder.add(country, category, Standing::Approved, size);
            builder.add(country, category, Standing::ApprovedInPart, size / 7);
            for (share, ground) in grounds.into_iter().enumerate() {
                let part = size / (3 + 20 * share as u64);
                builder.add(country, category, Standing::Rejected(ground), part);
            }
            builder.add(country, category, Standing::Open, size / 11);
            builder.add(country, category, Standing::Withdrawn, size / 17);
            let urgent = Urgency::Emergency;
            builder.add_urgent(country, category, Standing::Approved, urgent, size / 30);
        }
    }
    builder.dataset()
}

/// A few dozen requests with every outcome, so that each has its mark.
pub fn mixed(period: &str) -> Dataset {
    let mut builder = Builder::new(period);
    for (i, name) in ["France", "Germany", "Japan", "United States", "INTERPOL"].iter().enumerate()
    {
        let size = 9 - i as u64;
        for category in Category::ALL {
            builder.add(country(name), category, Standing::Approved, size);
            builder.add(country(name), category, Standing::ApprovedInPart, size / 4);
            builder.add(country(name), category, Standing::Rejected(Ground::NoData), size / 2);
            builder.add(country(name), category, Standing::Rejected(Ground::Prohibited), size / 5);
            builder.add(country(name), category, Standing::Open, size / 3);
            builder.add(country(name), category, Standing::Withdrawn, size / 4);
        }
    }
    builder.dataset()
}

pub fn published() -> Status {
    Status::Published { revision: 0, published_on: date(2021, 10, 1), corrections: Vec::new() }
}

/// An edition as the example publisher would make it.
pub fn edition(dataset: Dataset, earlier: Vec<Dataset>, status: Status) -> Edition {
    let imported = dataset.total.requests();
    Edition {
        publisher: Publisher {
            name: "Example publisher".to_owned(),
            notice: Some("Example edition: layout and wording are candor’s.".to_owned()),
            principles: DEFAULT_PRINCIPLES.to_owned(),
        },
        status,
        dataset,
        earlier,
        figures: figures(),
        provenance: Provenance {
            cutoff: None,
            imported,
            imported_on: Some(date(2021, 9, 20)),
            log: None,
        },
    }
}

fn figures() -> Vec<PublishedFigure> {
    let figure = |period: &str, measure, value| PublishedFigure {
        period: period.parse().expect("a period"),
        country: None,
        measure,
        value,
    };
    vec![
        figure("2020", Measure::UserRequests, Value::Exact(503)),
        figure("2021-H1", Measure::UserRequests, Value::Exact(1_199)),
    ]
}

/// The two reference periods.
pub fn reference() -> [Edition; 2] {
    let year = || dataset("2020", &YEAR_2020, Ground::NotStated);
    let half = dataset("2021-H1", &HALF_2021, Ground::NotStated);
    [edition(year(), Vec::new(), published()), edition(half, vec![year()], published())]
}

pub fn compiled_on() -> Date {
    date(2021, 8, 1)
}
