//! The numbers and words of an edition as the file's own types.

use domain::category::DemandClass;
use domain::count::{self, percent};
use domain::figure::{PublishedFigure, Value};
use domain::{Category, Dataset, Period};

use super::bands::Bands;
use super::paperwork::Paperwork;
use super::{
    Accounts, CategoryCode, CategoryCounts, Correction, CountryRow, DemandCount, Edited, Figure,
    FigureValue, Flow, Grounds, Numbers, Outside, Percentage, Provenance, Publisher, Report, Row,
    SealedLog, Span, Time, Times, VERSION,
};
use crate::{Edition, Status};

impl From<&Edition> for Report {
    fn from(edition: &Edition) -> Self {
        let Edition { publisher, status, dataset, earlier, figures, provenance } = edition;
        Self {
            schema: "report.schema.json".to_owned(),
            version: VERSION,
            publisher: Publisher { name: publisher.name.clone(), notice: publisher.notice.clone() },
            status: Edited::from(status),
            provenance: Provenance {
                cutoff: provenance.cutoff.map(|position| position.0),
                imported: provenance.imported,
                imported_on: provenance.imported_on.map(|day| day.to_string()),
                log: provenance
                    .log
                    .as_ref()
                    .map(|log| SealedLog { origin: log.origin.clone(), leaves: log.leaves }),
            },
            numbers: Numbers::from(dataset),
            earlier: earlier.iter().map(Numbers::from).collect(),
            published_figures: figures.iter().map(Figure::from).collect(),
        }
    }
}

impl From<&Status> for Edited {
    fn from(status: &Status) -> Self {
        match status {
            Status::Draft { compiled_on } => Self::Draft { compiled_on: compiled_on.to_string() },
            Status::Published { revision, published_on, corrections } => Self::Published {
                revision: *revision,
                published_on: published_on.to_string(),
                corrections: corrections
                    .iter()
                    .map(|correction| Correction {
                        revision: correction.revision,
                        published_on: correction.published_on.to_string(),
                        reason: correction.reason.clone(),
                    })
                    .collect(),
            },
        }
    }
}

impl From<&Period> for Span {
    fn from(period: &Period) -> Self {
        Self {
            code: period.to_string(),
            label: period.label(),
            first_day: period.first().to_string(),
            last_day: period.last().to_string(),
        }
    }
}

impl From<&Dataset> for Numbers {
    fn from(dataset: &Dataset) -> Self {
        let Dataset { flow, outside, .. } = *dataset;
        Self {
            period: Span::from(&dataset.period),
            total: Row::from(&dataset.total),
            countries: dataset
                .countries
                .iter()
                .map(|country| CountryRow {
                    country: country.country.code().to_owned(),
                    country_name: country.country.name().to_owned(),
                    numbers: Row::from(&country.row),
                })
                .collect(),
            demands: dataset.demands.iter().map(DemandCount::from).collect(),
            decision_time: Times {
                user_data: Time::from(dataset.user_data_time),
                technical_expertise: Time::from(dataset.technical_expertise_time),
            },
            flow: Flow {
                open_at_start: flow.open_at_start,
                received: flow.received,
                closed: flow.closed,
                open_at_end: flow.open_at_end,
            },
            outside: Outside {
                preservation: outside.preservation,
                linked: outside.linked,
                withheld: outside.withheld,
            },
            paperwork: dataset.paperwork.as_ref().map(Paperwork::from),
            bands: dataset.bands.as_ref().map(Bands::from),
        }
    }
}

impl From<&count::Row> for Row {
    fn from(row: &count::Row) -> Self {
        let share = |count| Percentage(percent(count, row.requests()));
        let category = |category| CategoryCounts::of(row, category);
        Self {
            requests: row.requests(),
            approved: row.approved(),
            approved_pct: share(row.approved()),
            rejected: row.rejected(),
            rejected_pct: share(row.rejected()),
            open: row.open(),
            withdrawn: row.withdrawn(),
            prohibited: row.prohibited(),
            emergencies: row.emergencies(),
            user_data: category(Category::UserData),
            technical_expertise: category(Category::TechnicalExpertise),
        }
    }
}

impl CategoryCounts {
    fn of(row: &count::Row, category: Category) -> Self {
        let counts = row.of(category);
        let share = |count| Percentage(percent(count, row.requests()));
        Self {
            requests: counts.requests,
            approved: counts.approved,
            approved_pct: share(counts.approved),
            approved_in_part: counts.approved_in_part,
            rejected: counts.rejected,
            rejected_pct: share(counts.rejected),
            grounds: Grounds {
                no_data: counts.no_data,
                legal_requirements: counts.legal_requirements,
                prohibited: counts.prohibited,
                not_stated: counts.ground_not_stated,
            },
            open: counts.open,
            withdrawn: counts.withdrawn,
            emergencies: counts.emergencies,
            accounts_specified: Accounts::from(counts.specified),
            accounts_disclosed: Accounts::from(counts.disclosed),
        }
    }
}

impl From<count::Accounts> for Accounts {
    fn from(count::Accounts { accounts, recorded_on }: count::Accounts) -> Self {
        Self { accounts, recorded_on }
    }
}

impl From<&count::DemandCount> for DemandCount {
    fn from(count: &count::DemandCount) -> Self {
        Self {
            demand: count.demand.code().to_owned(),
            label: count.demand.label().to_owned(),
            category: match count.category {
                Category::UserData => CategoryCode::UserData,
                Category::TechnicalExpertise => CategoryCode::TechnicalExpertise,
            },
            prohibited: count.demand.class() == DemandClass::Prohibited,
            requests: count.requests,
        }
    }
}

impl From<count::DecisionTime> for Time {
    fn from(time: count::DecisionTime) -> Self {
        // Half days of any real period are far below 2^53, where a float is exact.
        let median_days = time.median_half_days.map(|half_days| half_days as f64 / 2.0);
        Self { decided: time.decided, median_days }
    }
}

impl From<&PublishedFigure> for Figure {
    fn from(figure: &PublishedFigure) -> Self {
        Self {
            period: Span::from(&figure.period),
            country: figure.country.map(|country| country.code().to_owned()),
            country_name: figure.country.map(|country| country.name().to_owned()),
            measure: figure.measure.code().to_owned(),
            label: figure.measure.label().to_owned(),
            value: match figure.value {
                Value::Exact(count) => FigureValue::Exact { count },
                Value::Band { low, high } => FigureValue::Band { low, high },
                Value::Withheld => FigureValue::Withheld,
                Value::NotApplicable => FigureValue::NotApplicable,
            },
            backed_by_requests: false,
        }
    }
}
