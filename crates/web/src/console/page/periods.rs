//! How long submissions are kept: the periods, and where each comes from.

use askama::Template;

use super::{Field, Form, Frame, Kind, Page, Version, Width};

#[derive(Debug, Template)]
#[template(path = "console/periods.html")]
pub struct Periods {
    pub frame: Frame,
    /// "Version 2, in force since 1 Sep 2026."
    pub sentence: String,
    pub periods: Vec<Period>,
    /// The time in which an authority may appeal.
    pub appeal: Period,
    /// Newest first.
    pub versions: Vec<Version>,
    /// For those who may declare them.
    pub form: Option<Form>,
}

/// How long one kind is kept.
#[derive(Clone, Debug)]
pub struct Period {
    /// In the names of its fields.
    pub code: String,
    /// "user data, approved"
    pub name: String,
    /// Months, or days for an appeal, as a number; empty where nothing is declared.
    pub time: String,
    pub source: String,
}

impl Periods {
    /// POST /retention/periods: for each `months_X` and `source_X`, and `days_appeal` with
    /// `source_appeal`.
    pub fn form(periods: &[Period], appeal: &Period) -> Form {
        let form = Form::new("periods", "/retention/periods", "Put the new periods in force");
        let from = |code: &str, source: &str| {
            Field::line(format!("source_{code}"), "Where it comes from", Kind::Text)
                .width(Width::Half)
                .value(source)
        };
        let form = periods.iter().fold(form, |form, period| {
            let Period { code, name, time, source } = period;
            form.part(capitalized(name), "")
                .field(
                    Field::line(format!("months_{code}"), "Months", Kind::Number)
                        .width(Width::Quarter)
                        .value(time),
                )
                .field(from(code, source))
        });
        form.part(
            "Appeals",
            "For so many days after a decision was closed nothing of it is erased, however short \
             its period.",
        )
        .field(
            Field::line("days_appeal", "Days", Kind::Number)
                .width(Width::Quarter)
                .value(&appeal.time),
        )
        .field(from("appeal", &appeal.source))
        .undone("Nothing is erased by it yet. The versions before stay in the list below.")
        .main()
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Page for Periods {
    fn title(&self) -> String {
        "How long submissions are kept".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.form.iter().collect()
    }
}

#[cfg(test)]
impl Periods {
    pub fn sample() -> Self {
        let period = |code: &str, name: &str, time: &str, source: &str| Period {
            code: code.to_owned(),
            name: name.to_owned(),
            time: time.to_owned(),
            source: source.to_owned(),
        };
        let periods = vec![
            period("user_data_approved", "user data, approved", "36", "decision of the board"),
            period("user_data_withdrawn", "user data, withdrawn", "", ""),
            period("not_a_request", "not a request", "3", "decision of the board"),
        ];
        let appeal = period("appeal", "appeals", "30", "decision of the board");
        Self {
            frame: Frame::sample("/retention"),
            sentence: "Version 1, in force since 1 Sep 2026.".to_owned(),
            form: Some(Self::form(&periods, &appeal)),
            periods,
            appeal,
            versions: vec![Version {
                number: 1,
                since: "1 Sep 2026".to_owned(),
                by: "P. Exemple".to_owned(),
                what: "user data, approved: 36 months.".to_owned(),
            }],
        }
    }

    pub fn sample_faulty() -> Self {
        let sample = Self::sample();
        let form = Self::form(&sample.periods, &sample.appeal).faulted(&[super::Fault::new(
            "source_user_data_approved",
            "User data, approved: say where the period comes from",
        )]);
        Self { form: Some(form), ..sample }
    }
}
