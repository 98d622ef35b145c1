//! From facts to the numbers of a report.
//!
//! A [`Tally`] takes facts in any order and however many at once: one by one from a spreadsheet,
//! or grouped from a database. [`count`] makes a [`Dataset`] of it and refuses one that does not
//! add up. The rules stand at each number below.

mod paperwork;

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::paperwork::{PaperworkCounts, PaperworkOfAll};
use crate::band::{Bands, Exact, Process, Structure};
use crate::category::{Category, Demand, DemandSet};
use crate::country::Country;
use crate::fact::{Counted, Fact, Ground, Paperwork, Standing, Urgency};
use crate::period::Period;

/// Requests alike in everything that a table tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    pub country: Country,
    pub category: Category,
    pub standing: Standing,
    pub urgency: Urgency,
}

/// How many requests, and what was recorded of their accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub requests: u64,
    pub specified: Accounts,
    pub disclosed: Accounts,
}

/// Accounts, and on how many requests the number was recorded at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    pub accounts: u64,
    pub recorded_on: u64,
}

impl Accounts {
    fn of(recorded: Option<u32>) -> Self {
        Self { accounts: recorded.map_or(0, u64::from), recorded_on: u64::from(recorded.is_some()) }
    }

    fn add(&mut self, other: Self) {
        self.accounts += other.accounts;
        self.recorded_on += other.recorded_on;
    }
}

/// The requests of one category in one row: `requests = approved + rejected + open + withdrawn`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCounts {
    pub requests: u64,
    /// Those in part included.
    pub approved: u64,
    pub approved_in_part: u64,
    /// All grounds together.
    pub rejected: u64,
    pub no_data: u64,
    pub legal_requirements: u64,
    pub prohibited: u64,
    pub ground_not_stated: u64,
    /// Undecided, under challenge or under appeal at the cutoff.
    pub open: u64,
    pub withdrawn: u64,
    /// Of all of the above.
    pub emergencies: u64,
    pub specified: Accounts,
    pub disclosed: Accounts,
}

impl CategoryCounts {
    fn add(&mut self, standing: Standing, urgency: Urgency, sums: Sums) {
        let n = sums.requests;
        self.requests += n;
        match standing {
            Standing::Open => self.open += n,
            Standing::Approved => self.approved += n,
            Standing::ApprovedInPart => {
                self.approved += n;
                self.approved_in_part += n;
            }
            Standing::Rejected(ground) => {
                self.rejected += n;
                match ground {
                    Ground::NoData => self.no_data += n,
                    Ground::LegalRequirements => self.legal_requirements += n,
                    Ground::Prohibited => self.prohibited += n,
                    Ground::NotStated => self.ground_not_stated += n,
                }
            }
            Standing::Withdrawn => self.withdrawn += n,
        }
        match urgency {
            Urgency::Ordinary => {}
            Urgency::Emergency => self.emergencies += n,
        }
        self.specified.add(sums.specified);
        self.disclosed.add(sums.disclosed);
    }

    /// The numbers with their names, in the order of the fields.
    pub fn named(&self) -> [(&'static str, u64); 15] {
        [
            ("requests", self.requests),
            ("approved", self.approved),
            ("approved_in_part", self.approved_in_part),
            ("rejected", self.rejected),
            ("no_data", self.no_data),
            ("legal_requirements", self.legal_requirements),
            ("prohibited", self.prohibited),
            ("ground_not_stated", self.ground_not_stated),
            ("open", self.open),
            ("withdrawn", self.withdrawn),
            ("emergencies", self.emergencies),
            ("accounts_specified", self.specified.accounts),
            ("accounts_specified_recorded_on", self.specified.recorded_on),
            ("accounts_disclosed", self.disclosed.accounts),
            ("accounts_disclosed_recorded_on", self.disclosed.recorded_on),
        ]
    }
}

/// Both categories of one country, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub user_data: CategoryCounts,
    pub technical_expertise: CategoryCounts,
}

impl Row {
    pub fn requests(&self) -> u64 {
        self.user_data.requests + self.technical_expertise.requests
    }

    pub fn approved(&self) -> u64 {
        self.user_data.approved + self.technical_expertise.approved
    }

    pub fn rejected(&self) -> u64 {
        self.user_data.rejected + self.technical_expertise.rejected
    }

    pub fn open(&self) -> u64 {
        self.user_data.open + self.technical_expertise.open
    }

    pub fn withdrawn(&self) -> u64 {
        self.user_data.withdrawn + self.technical_expertise.withdrawn
    }

    pub fn prohibited(&self) -> u64 {
        self.user_data.prohibited + self.technical_expertise.prohibited
    }

    pub fn emergencies(&self) -> u64 {
        self.user_data.emergencies + self.technical_expertise.emergencies
    }

    pub fn of(&self, category: Category) -> &CategoryCounts {
        match category {
            Category::UserData => &self.user_data,
            Category::TechnicalExpertise => &self.technical_expertise,
        }
    }

    fn of_mut(&mut self, category: Category) -> &mut CategoryCounts {
        match category {
            Category::UserData => &mut self.user_data,
            Category::TechnicalExpertise => &mut self.technical_expertise,
        }
    }
}

/// One country's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountryRow {
    pub country: Country,
    #[serde(flatten)]
    pub row: Row,
}

/// What came in and went out, by the day on which it happened, whatever the day of receipt:
/// `open_at_start + received - closed = open_at_end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Received before the period, not settled before it.
    pub open_at_start: u64,
    pub received: u64,
    /// Decided or withdrawn within the period.
    pub closed: u64,
    /// Received by the last day, not settled by it.
    pub open_at_end: u64,
}

impl Flow {
    fn add(&mut self, period: &Period, fact: &Fact) {
        let Fact { received_on, settled_on, .. } = *fact;
        let open_before = |day: Date| received_on < day && settled_on.is_none_or(|on| on >= day);
        let open_after = |day: Date| received_on <= day && settled_on.is_none_or(|on| on > day);
        self.open_at_start += u64::from(open_before(period.first()));
        self.received += u64::from(period.contains(received_on));
        self.closed += u64::from(settled_on.is_some_and(|on| period.contains(on)));
        self.open_at_end += u64::from(open_after(period.last()));
    }
}

/// Requests by the day on which they came and the day on which they were settled: gives the flow of
/// any period, where the periods are not known beforehand.
#[derive(Clone, Debug, Default)]
pub struct DayCounts {
    received: Days,
    settled: Days,
}

/// How often each day occurs, by year. A year is an array, since days are counted a million times.
#[derive(Clone, Debug, Default)]
struct Days(BTreeMap<i16, Box<[u64; 366]>>);

impl Days {
    fn add(&mut self, day: Date) {
        let year = self.0.entry(day.year()).or_insert_with(|| Box::new([0; 366]));
        year[usize::from(day.day_of_year().unsigned_abs()) - 1] += 1;
    }

    /// How many days of these lie before a day.
    fn before(&self, day: Date) -> u64 {
        let years = self.0.range(..day.year()).flat_map(|(_, days)| days.iter());
        let days = usize::from(day.day_of_year().unsigned_abs()) - 1;
        let year = self.0.get(&day.year()).into_iter().flat_map(|year| &year[..days]);
        years.chain(year).sum()
    }

    fn on(&self, day: Date) -> u64 {
        let place = usize::from(day.day_of_year().unsigned_abs()) - 1;
        self.0.get(&day.year()).map_or(0, |days| days[place])
    }
}

impl DayCounts {
    pub fn add(&mut self, fact: &Fact) {
        if fact.counted == Counted::InSum {
            self.received.add(fact.received_on);
            if let Some(settled_on) = fact.settled_on {
                self.settled.add(settled_on);
            }
        }
    }

    pub fn flow(&self, period: &Period) -> Flow {
        let (first, last) = (period.first(), period.last());
        let within = |days: &Days| days.before(last) + days.on(last) - days.before(first);
        // Nothing is settled before it is received, so what is open is the difference.
        let open_at_start = self.received.before(first) - self.settled.before(first);
        let (received, closed) = (within(&self.received), within(&self.settled));
        Flow { open_at_start, received, closed, open_at_end: open_at_start + received - closed }
    }
}

/// Numbers that stand outside the sum, each for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Requests that ask to preserve and for nothing else.
    pub preservation: u64,
    /// Requests that renew, amend or duplicate another.
    pub linked: u64,
    /// Requests that law or order forbids to count yet; `None` where there is none, and where not
    /// even their number may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<u64>,
}

/// Median days from receipt to decision, in half days (2 of them are a day), and of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionTime {
    pub decided: u64,
    /// `None` where nothing was decided. The mean of the two middle ones where `decided` is even.
    pub median_half_days: Option<u64>,
}

/// How often a kind of demand occurs in requests of a category. Demands are counted beside
/// requests and never added up to them: one request may hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemandCount {
    pub demand: Demand,
    pub category: Category,
    pub requests: u64,
}

/// All numbers of one period, reconciled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    pub period: Period,
    pub total: Row,
    /// Countries with a request in the period, by English name.
    pub countries: Vec<CountryRow>,
    /// Demands that occur, in the order of [`Demand::ALL`].
    pub demands: Vec<DemandCount>,
    pub user_data_time: DecisionTime,
    pub technical_expertise_time: DecisionTime,
    pub flow: Flow,
    pub outside: Outside,
    /// Of emergencies; `None` where there is none, and in numbers that were frozen before this was
    /// counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paperwork: Option<PaperworkOfAll>,
    /// National-security process, where the settings say how it is told and the period is one of
    /// the law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Bands>,
}

/// A percentage as it is printed: whole, rounded half up. Of nothing it is 0.
pub fn percent(count: u64, of: u64) -> u64 {
    if of == 0 { 0 } else { (200 * count + of) / (2 * of) }
}

/// Facts of one period, added up.
#[derive(Clone, Debug)]
pub struct Tally {
    period: Period,
    by_country: Vec<Option<Row>>,
    total: Row,
    /// By demand and category.
    demands: BTreeMap<(Demand, Category), u64>,
    /// Decisions by days taken.
    days: BTreeMap<(Category, u32), u64>,
    flow: Flow,
    outside: Outside,
    paperwork: PaperworkOfAll,
    /// What is told in bands, exactly.
    banded: BTreeMap<Process, Exact>,
    bands: Option<Structure>,
}

impl Tally {
    pub fn new(period: Period) -> Self {
        Self {
            period,
            by_country: vec![None; Country::COUNT],
            total: Row::default(),
            demands: BTreeMap::new(),
            days: BTreeMap::new(),
            flow: Flow::default(),
            outside: Outside::default(),
            paperwork: PaperworkOfAll::default(),
            banded: BTreeMap::new(),
            bands: None,
        }
    }

    /// The numbers tell in this way what they may tell in bands alone; without one they are silent
    /// about it.
    pub fn in_bands(mut self, structure: Option<Structure>) -> Self {
        self.bands = structure;
        self
    }

    pub fn period(&self) -> Period {
        self.period
    }

    /// Adds one request. It is in the cohort if it was received in the period; the flow looks at
    /// requests of any day.
    pub fn add(&mut self, fact: &Fact) {
        if fact.counted == Counted::InSum {
            self.flow.add(&self.period, fact);
        }
        self.add_to_cohort(fact);
    }

    /// Adds one request to the cohort and not to the flow, which is then [set](Self::set_flow).
    pub fn add_to_cohort(&mut self, fact: &Fact) {
        if !self.period.contains(fact.received_on) {
            return;
        }
        let sums = Sums {
            requests: 1,
            specified: Accounts::of(fact.accounts_specified),
            disclosed: Accounts::of(fact.accounts_disclosed),
        };
        if fact.counted != Counted::InSum {
            self.add_outside(fact.counted, sums);
            return;
        }
        let Fact { country, category, standing, urgency, .. } = *fact;
        self.add_cell(Cell { country, category, standing, urgency }, sums);
        self.add_demands(category, fact.demands, 1);
        self.add_paperwork(category, fact.paperwork, 1);
        if let Some(days) = fact.days_to_decision() {
            self.add_days(category, days, 1);
        }
    }

    /// Adds requests of the cohort that are in the sum.
    pub fn add_cell(&mut self, cell: Cell, sums: Sums) {
        let row = self.by_country[cell.country.index()].get_or_insert_default();
        row.of_mut(cell.category).add(cell.standing, cell.urgency, sums);
        self.total.of_mut(cell.category).add(cell.standing, cell.urgency, sums);
    }

    /// Adds `requests` requests of the cohort with the same demands.
    pub fn add_demands(&mut self, category: Category, demands: DemandSet, requests: u64) {
        for demand in demands.iter() {
            *self.demands.entry((demand, category)).or_default() += requests;
        }
    }

    /// Adds `requests` requests of the cohort of whose paperwork the same became.
    pub fn add_paperwork(&mut self, category: Category, paperwork: Paperwork, requests: u64) {
        self.paperwork.of_mut(category).add(paperwork, requests);
    }

    /// Adds `requests` decisions of the cohort that took `days` days.
    pub fn add_days(&mut self, category: Category, days: u32, requests: u64) {
        *self.days.entry((category, days)).or_default() += requests;
    }

    /// Adds requests of the cohort that are not in the sum.
    pub fn add_outside(&mut self, counted: Counted, sums: Sums) {
        let Sums { requests, specified, disclosed: _ } = sums;
        match counted {
            Counted::Preservation => self.outside.preservation += requests,
            Counted::Linked => self.outside.linked += requests,
            Counted::Withheld => *self.outside.withheld.get_or_insert(0) += requests,
            Counted::Banded(process) => {
                let exact = Exact { received: requests, selectors: specified.accounts };
                self.banded.entry(process).or_default().add(exact);
            }
            // In its cell.
            Counted::InSum => {}
        }
    }

    /// Sets the flow, counted apart from the cells.
    pub fn set_flow(&mut self, flow: Flow) {
        self.flow = flow;
    }

    /// Told where there is nothing too, and in the periods of the law alone.
    fn bands(&self) -> Option<Bands> {
        let structure = self.bands.filter(|structure| structure.fits(&self.period))?;
        let exact = |process| self.banded.get(&process).copied().unwrap_or_default();
        Some(Bands::of(structure, exact))
    }

    fn decision_time(&self, category: Category) -> DecisionTime {
        let days = || self.days.range((category, 0)..=(category, u32::MAX));
        let decided: u64 = days().map(|(_, n)| n).sum();
        // The k-th smallest, from 1.
        let nth = |k: u64| {
            days()
                .scan(0, |seen, ((_, days), n)| {
                    *seen += n;
                    Some((*seen, u64::from(*days)))
                })
                .find(|(seen, _)| *seen >= k)
                .map(|(_, days)| days)
        };
        let middle = nth(decided.div_ceil(2)).zip(nth(decided / 2 + 1));
        let median_half_days = middle.filter(|_| decided > 0).map(|(low, high)| low + high);
        DecisionTime { decided, median_half_days }
    }
}

/// Makes the numbers of a period, and holds them against each other.
pub fn count(tally: Tally) -> Result<Dataset, NotReconciled> {
    let dataset = Dataset {
        period: tally.period,
        user_data_time: tally.decision_time(Category::UserData),
        technical_expertise_time: tally.decision_time(Category::TechnicalExpertise),
        demands: tally
            .demands
            .iter()
            .map(|(&(demand, category), &requests)| DemandCount { demand, category, requests })
            .collect(),
        bands: tally.bands(),
        paperwork: (tally.total.emergencies() > 0).then_some(tally.paperwork),
        countries: Country::all()
            .zip(tally.by_country)
            .filter_map(|(country, row)| Some(CountryRow { country, row: row? }))
            .collect(),
        total: tally.total,
        flow: tally.flow,
        outside: tally.outside,
    };
    reconcile(&dataset)?;
    Ok(dataset)
}

/// Numbers that should be equal and are not, each with the cell that holds it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct NotReconciled(pub Vec<Discrepancy>);

impl fmt::Display for NotReconciled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the numbers do not add up, so they can't be published:")?;
        self.0.iter().try_for_each(|discrepancy| write!(f, "\n  {discrepancy}"))
    }
}

/// One equation that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discrepancy {
    /// The cell: `TOTAL` or a country code, the category, the number.
    pub cell: String,
    pub value: u64,
    /// What the cell should equal, in words.
    pub rule: &'static str,
    pub expected: u64,
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cell, value, rule, expected } = self;
        write!(f, "{cell} is {value}, but {rule} is {expected}")
    }
}

/// Checks every equation of the counting rules, and names each cell that breaks one.
pub fn reconcile(dataset: &Dataset) -> Result<(), NotReconciled> {
    let mut check = Check::default();
    check.row("TOTAL", &dataset.total);
    for CountryRow { country, row } in &dataset.countries {
        check.row(country.code(), row);
    }
    for category in Category::ALL {
        let total = dataset.total.of(category);
        let rows = || dataset.countries.iter().map(|c| c.row.of(category).named());
        for (i, (name, value)) in total.named().into_iter().enumerate() {
            let cell = format!("TOTAL {} {name}", category.code());
            check.equal(cell, value, "the sum over the countries", rows().map(|r| r[i].1).sum());
        }
        if let Some(paperwork) = dataset.paperwork.as_ref().map(|of| of.of(category)) {
            let cell = format!("TOTAL {} emergencies with paperwork", category.code());
            let told = paperwork.answered_before() + paperwork.not_recorded;
            check.at_most(cell, told, "emergencies", total.emergencies);
        }
        let time = match category {
            Category::UserData => &dataset.user_data_time,
            Category::TechnicalExpertise => &dataset.technical_expertise_time,
        };
        let cell = format!("TOTAL {} decisions timed", category.code());
        check.equal(cell, time.decided, "approved + rejected", total.approved + total.rejected);
        for demand in dataset.demands.iter().filter(|d| d.category == category) {
            let cell = format!("{} {}", category.code(), demand.demand.code());
            check.at_most(cell, demand.requests, "requests", total.requests);
        }
    }
    let prohibited =
        dataset.demands.iter().filter(|d| DemandSet::from_iter([d.demand]).has_prohibited());
    let asked = prohibited.map(|d| d.requests).sum();
    let rejected = dataset.total.prohibited();
    check.at_most("TOTAL prohibited".to_owned(), rejected, "prohibited demands", asked);
    let flow = &dataset.flow;
    check.equal("received".to_owned(), flow.received, "all requests", dataset.total.requests());
    check.equal(
        "open at end + closed".to_owned(),
        flow.open_at_end + flow.closed,
        "open at start + received",
        flow.open_at_start + flow.received,
    );
    if check.failed.is_empty() { Ok(()) } else { Err(NotReconciled(check.failed)) }
}

#[derive(Default)]
struct Check {
    failed: Vec<Discrepancy>,
}

impl Check {
    fn equal(&mut self, cell: String, value: u64, rule: &'static str, expected: u64) {
        if value != expected {
            self.failed.push(Discrepancy { cell, value, rule, expected });
        }
    }

    fn at_most(&mut self, cell: String, value: u64, rule: &'static str, limit: u64) {
        if value > limit {
            self.failed.push(Discrepancy { cell, value, rule, expected: limit });
        }
    }

    fn row(&mut self, name: &str, row: &Row) {
        for category in Category::ALL {
            let c = row.of(category);
            let cell = |number: &str| format!("{name} {} {number}", category.code());
            self.equal(
                cell("requests"),
                c.requests,
                "approved + rejected + open + withdrawn",
                c.approved + c.rejected + c.open + c.withdrawn,
            );
            self.equal(
                cell("rejected"),
                c.rejected,
                "the sum of its grounds",
                c.no_data + c.legal_requirements + c.prohibited + c.ground_not_stated,
            );
            self.at_most(cell("approved_in_part"), c.approved_in_part, "approved", c.approved);
            self.at_most(cell("emergencies"), c.emergencies, "requests", c.requests);
            for (number, accounts) in [("specified", c.specified), ("disclosed", c.disclosed)] {
                self.at_most(cell(number), accounts.recorded_on, "requests", c.requests);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_half_up() {
        for (count, of, expected) in [
            (28, 160, 18),
            (101, 160, 63),
            (1, 3, 33),
            (2, 3, 67),
            (0, 0, 0),
            (1, 200, 1),
            (1, 201, 0),
        ] {
            assert_eq!(percent(count, of), expected, "{count} of {of}");
        }
    }

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn fact(
        received_on: &str,
        country: &str,
        standing: Standing,
        settled_on: Option<&str>,
    ) -> Fact {
        Fact {
            received_on: date(received_on),
            country: Country::from_code(country).expect("a country"),
            category: Category::UserData,
            demands: DemandSet::from_iter([Demand::Registration]),
            urgency: Urgency::Ordinary,
            standing,
            settled_on: settled_on.map(date),
            counted: Counted::InSum,
            accounts_specified: Some(2),
            accounts_disclosed: None,
            paperwork: Paperwork::NotOwed,
        }
    }

    fn example() -> Dataset {
        let mut tally = Tally::new(Period::half(2021, 1));
        for fact in [
            fact("2020-12-20", "FR", Standing::Approved, Some("2021-01-10")),
            fact("2021-01-01", "FR", Standing::Approved, Some("2021-01-03")),
            fact("2021-03-01", "DE", Standing::Rejected(Ground::NoData), Some("2021-03-08")),
            fact("2021-06-30", "DE", Standing::Rejected(Ground::NoData), Some("2021-07-08")),
            fact("2021-06-30", "DE", Standing::Open, None),
            fact("2021-07-01", "DE", Standing::Open, None),
        ] {
            tally.add(&fact);
        }
        count(tally).expect("adds up")
    }

    #[test]
    fn the_day_of_receipt_decides_the_cohort_and_the_flow_stands_apart() {
        let dataset = example();
        assert_eq!(dataset.total.requests(), 4);
        assert_eq!(dataset.total.user_data.rejected, 2);
        let expected = Flow { open_at_start: 1, received: 4, closed: 3, open_at_end: 2 };
        assert_eq!(dataset.flow, expected);
        // 2, 7 and 8 days; the one received in 2020 is not of this cohort.
        let time = DecisionTime { decided: 3, median_half_days: Some(14) };
        assert_eq!(dataset.user_data_time, time);
        let names: Vec<_> = dataset.countries.iter().map(|c| c.country.name()).collect();
        assert_eq!(names, ["France", "Germany"]);
        let specified = Accounts { accounts: 8, recorded_on: 4 };
        assert_eq!(dataset.total.user_data.specified, specified);
    }

    #[test]
    fn days_give_the_same_flow_as_requests_one_by_one() {
        let facts = [
            fact("2020-12-20", "FR", Standing::Approved, Some("2021-01-10")),
            fact("2020-12-20", "FR", Standing::Approved, Some("2020-12-31")),
            fact("2021-06-30", "DE", Standing::Rejected(Ground::NoData), Some("2021-07-08")),
            fact("2021-06-30", "DE", Standing::Open, None),
            fact("2021-07-01", "DE", Standing::Withdrawn, Some("2021-07-01")),
        ];
        let mut days = DayCounts::default();
        facts.iter().for_each(|fact| days.add(fact));
        for period in ["2020", "2021", "2020-H2", "2021-H1", "2021-06-30/2021-07-01"] {
            let period: Period = period.parse().expect("a period");
            let mut flow = Flow::default();
            facts.iter().for_each(|fact| flow.add(&period, fact));
            assert_eq!(days.flow(&period), flow, "{period}");
        }
    }

    #[test]
    fn a_preservation_request_stands_outside_the_sum() {
        let mut tally = Tally::new(Period::year(2021));
        let asked = fact("2021-02-01", "FR", Standing::Approved, Some("2021-02-02"));
        tally.add(&Fact { counted: Counted::Preservation, ..asked });
        tally.add(&Fact { counted: Counted::Withheld, ..asked });
        tally.add(&Fact { counted: Counted::Banded(Process::OrderForContents), ..asked });
        let dataset = count(tally).expect("adds up");
        assert_eq!(dataset.bands, None, "nothing says how it is told");
        assert_eq!(dataset.total.requests(), 0);
        assert_eq!(dataset.outside, Outside { preservation: 1, linked: 0, withheld: Some(1) });
        assert_eq!(dataset.flow, Flow::default());
    }

    #[test]
    fn emergencies_are_told_by_what_became_of_their_paperwork() {
        assert_eq!(example().paperwork, None, "there is no emergency");
        let mut tally = Tally::new(Period::year(2021));
        let asked = fact("2021-02-01", "FR", Standing::Approved, Some("2021-02-02"));
        for paperwork in Paperwork::ALL {
            tally.add(&Fact { urgency: Urgency::Emergency, paperwork, ..asked });
        }
        let missing = Paperwork::Missing;
        let counted = Counted::Withheld;
        let urgency = Urgency::Emergency;
        tally.add(&Fact { urgency, paperwork: missing, counted, ..asked });
        let dataset = count(tally).expect("adds up");
        let paperwork = dataset.paperwork.expect("there are emergencies");
        let one_each =
            PaperworkCounts { came_in_time: 1, came_late: 1, owed: 1, missing: 1, not_recorded: 1 };
        assert_eq!(paperwork.user_data, one_each, "and what is withheld is in none");
        assert_eq!(paperwork.user_data.answered_before(), 4);
        assert_eq!(paperwork.technical_expertise, PaperworkCounts::default());
        let mut wrong = dataset;
        wrong.paperwork = Some(PaperworkOfAll {
            user_data: PaperworkCounts { missing: 9, ..one_each },
            ..PaperworkOfAll::default()
        });
        let refused = reconcile(&wrong).expect_err("more than there are").to_string();
        let words = "TOTAL user_data emergencies with paperwork is 13, but emergencies is 6";
        assert!(refused.contains(words), "{refused}");
    }

    #[track_caller]
    fn breaks(change: impl FnOnce(&mut Dataset), message: &str) {
        let mut dataset = example();
        change(&mut dataset);
        let refused = reconcile(&dataset).expect_err("does not add up").to_string();
        assert!(refused.contains(message), "{refused}\nlacks\n{message}");
    }

    #[test]
    fn what_does_not_add_up_is_named() {
        breaks(
            |d| d.countries[1].row.user_data.approved += 1,
            "DE user_data requests is 3, but approved + rejected + open + withdrawn is 4",
        );
        breaks(
            |d| d.countries[1].row.user_data.no_data -= 1,
            "DE user_data rejected is 2, but the sum of its grounds is 1",
        );
        breaks(
            |d| d.total.user_data.requests += 1,
            "TOTAL user_data requests is 5, but the sum over the countries is 4",
        );
        breaks(|d| d.flow.received += 1, "received is 5, but all requests is 4");
        breaks(
            |d| d.flow.closed = 0,
            "open at end + closed is 2, but open at start + received is 5",
        );
        breaks(
            |d| d.user_data_time.decided = 9,
            "TOTAL user_data decisions timed is 9, but approved + rejected is 3",
        );
        breaks(|d| d.demands[0].requests = 5, "user_data registration is 5, but requests is 4");
        breaks(
            |d| d.total.user_data.specified.accounts = 7,
            "TOTAL user_data accounts_specified is 7, but the sum over the countries is 8",
        );
    }
}
