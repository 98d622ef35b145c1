//! The board of deadlines: emergencies and what nobody has registered, then what is due when,
//! overdue first, and whose it is.

use app::{Board, BoardFilter, BoardKind, CaseRow, DeadlineCounts, DeadlineRow, Place};
use axum::extract::RawQuery;
use domain::deadline::{Due, Owed};
use domain::id::Actor;

use super::answer::{Answer, Viewer, show};
use super::fields::Fields;
use super::page::{self, Choice, Line, Link, Part};
use super::people::Names;
use super::time::Present;
use super::{secrecy, words};

pub(super) async fn deadlines(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let names = Names::read(&viewer.console).await?;
    let filter = BoardFilter {
        of: match fields.get("whose") {
            "mine" => Some(viewer.who.person),
            id => names.active().map(|known| known.id).find(|known| known.to_string() == id),
        },
        kind: BoardKind::from_code(fields.get("owed")),
        after: Place::read(fields.get("after")),
    };
    let board = viewer.console.candor.board(&filter, &viewer.who).await?;
    let more = board.next.as_ref().map(|place| {
        let place = place.to_string();
        Link::new("Later deadlines", format!("/deadlines?{}", later(&fields, &place)))
    });
    show(&page::Deadlines {
        frame: viewer.frame("/deadlines"),
        sentence: sentence(board.counts),
        late: board.counts.overdue > 0,
        kinds: chosen(BoardKind::ALL.map(kind).into(), fields.get("owed")),
        people: chosen(people(&names, &viewer), fields.get("whose")),
        is_set: filter.of.is_some() || filter.kind.is_some(),
        emergencies: emergencies(&board, &names, &viewer),
        arrivals: arrivals(&board, &viewer),
        parts: parts(&board, &names, &viewer),
        more,
    })
}

/// The query of the page that follows: what is chosen, and where it begins.
pub(super) fn later(fields: &Fields, after: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.sent().iter().filter(|(name, _)| name != "after") {
        query.append_pair(name, value);
    }
    query.append_pair("after", after).finish()
}

fn chosen(mut choices: Vec<Choice>, value: &str) -> Vec<Choice> {
    for choice in &mut choices {
        choice.chosen = choice.value == value;
    }
    choices
}

fn kind(kind: BoardKind) -> Choice {
    let label = match kind {
        BoardKind::Registration => "Registrations of what arrived",
        BoardKind::Owed(Owed::Answer) => "Answers",
        BoardKind::Owed(Owed::Clarification) => "Answers to our questions",
        BoardKind::Owed(Owed::Paperwork) => "Paperwork",
        BoardKind::Owed(Owed::Preservation) => "Ends of preservations",
    };
    Choice::new(kind.code(), label)
}

fn people(names: &Names, viewer: &Viewer) -> Vec<Choice> {
    let others = names.active().filter(|known| known.id != viewer.who.person);
    let other = |known: &app::Person| Choice::new(known.id.to_string(), known.name.to_string());
    [Choice::new("mine", "Me")].into_iter().chain(others.map(other)).collect()
}

fn sentence(counts: DeadlineCounts) -> String {
    let DeadlineCounts { overdue, today, week } = counts;
    if (overdue, today, week) == (0, 0, 0) {
        return "Nothing is overdue, nothing is due today or in the six days after.".to_owned();
    }
    let overdue = match overdue {
        0 => "Nothing is overdue".to_owned(),
        1 => "1 is overdue".to_owned(),
        n => format!("{} are overdue", number(n)),
    };
    format!("{overdue}, {} due today, {} in the six days after.", number(today), number(week))
}

/// "none", "3", "1,000 or more"
fn number(n: i64) -> String {
    match n {
        0 => "none".to_owned(),
        n if n >= app::DEADLINES_COUNTED_MAX => "1,000 or more".to_owned(),
        n => n.to_string(),
    }
}

/// Which heading a deadline stands under, in their order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Overdue,
    Today,
    Week,
    Later,
}

impl When {
    const ALL: [Self; 4] = [Self::Overdue, Self::Today, Self::Week, Self::Later];

    fn of(row: &DeadlineRow, present: Present<'_>) -> Self {
        let is_over = row.due.is_over(present.today, present.now);
        match (row.due.on - present.today).get_days() {
            _ if is_over && row.owed != Owed::Preservation => Self::Overdue,
            ..=0 => Self::Today,
            1..=6 => Self::Week,
            _ => Self::Later,
        }
    }

    fn part(self) -> Part {
        let (id, title) = match self {
            Self::Overdue => ("overdue", "Overdue"),
            Self::Today => ("today", "Today"),
            Self::Week => ("week", "In the six days after"),
            Self::Later => ("later", "Later"),
        };
        Part {
            id,
            title: title.to_owned(),
            says: String::new(),
            late: self == Self::Overdue,
            lines: Vec::new(),
            more: None,
        }
    }
}

fn parts(board: &Board, names: &Names, viewer: &Viewer) -> Vec<Part> {
    let present = viewer.console.present();
    let mut parts = Vec::new();
    for when in When::ALL {
        let mut part = when.part();
        for row in board.due.iter().filter(|row| When::of(row, present) == when) {
            let due = Some(present.due(row.due));
            part.lines.push(line(&row.case, (due, row.owed), board, (names, viewer)));
        }
        parts.push(part);
    }
    let undated = board.undated.iter();
    parts.push(Part {
        id: "undated",
        title: "Without a date".to_owned(),
        says: "Neither a profile, nor the company’s own rule, nor a person set one.".to_owned(),
        late: false,
        lines: undated
            .map(|case| line(case, (None, Owed::Answer), board, (names, viewer)))
            .collect(),
        more: None,
    });
    parts.retain(|part| !part.lines.is_empty());
    parts
}

/// Emergencies to which an answer is owed, before all other.
fn emergencies(board: &Board, names: &Names, viewer: &Viewer) -> Option<Part> {
    let present = viewer.console.present();
    let lines = board.emergencies.iter().map(|case| {
        let due = case.due_on.map(|on| present.due(Due { on, at: case.due_at }));
        line(case, (due, Owed::Answer), board, (names, viewer))
    });
    let lines: Vec<_> = lines.collect();
    let is_late =
        |line: &Line| line.due.as_ref().is_some_and(|due| due.urgency == page::Urgency::Overdue);
    (!lines.is_empty()).then(|| Part {
        id: "emergencies",
        title: "Emergencies".to_owned(),
        says: "Before all other, whatever their date.".to_owned(),
        late: lines.iter().any(is_late),
        lines,
        more: (board.more_emergencies > 0).then(|| {
            let more = words::counted(board.more_emergencies, "more emergency", "more emergencies");
            Link::new(more, "/?urgency=emergency")
        }),
    })
}

/// What nobody has registered or declared to hold no request.
fn arrivals(board: &Board, viewer: &Viewer) -> Option<page::Arrivals> {
    let (console, present) = (&viewer.console, viewer.console.present());
    let within = console.candor.config.deadlines.register_within;
    let lines = board.arrivals.first.iter().map(|(row, due)| page::Waiting {
        due: due.map(|due| present.due(due)),
        number: row.number.to_string(),
        href: format!("/submissions/{}", row.number),
        channel: words::channel(row.channel).to_owned(),
        entered: console.moment(row.entered_at),
        marks: secrecy::marks(row.seen_by, None),
    });
    let lines: Vec<_> = lines.collect();
    let late = |line: &page::Waiting| {
        line.due.as_ref().is_some_and(|due| due.urgency == page::Urgency::Overdue)
    };
    (!lines.is_empty()).then(|| page::Arrivals {
        says: match within.time() {
            Some(time) => {
                format!("Within {} by the company’s own rule, which is no law.", words::time(time))
            }
            None => "The company sets no time for it.".to_owned(),
        },
        late: lines.iter().any(late),
        lines,
        more: (board.arrivals.more > 0).then(|| {
            let more = usize::try_from(board.arrivals.more).unwrap_or(0);
            let more = words::counted(more, "more submission", "more submissions");
            Link::new(more, "/submissions")
        }),
    })
}

fn line(
    case: &CaseRow,
    (due, owed): (Option<page::Due>, Owed),
    board: &Board,
    (names, viewer): (&Names, &Viewer),
) -> Line {
    let authority = board.authorities.get(&case.authority);
    Line {
        due,
        number: case.name.to_string(),
        href: format!("/requests/{}", case.name),
        emergency: case.urgency == domain::fact::Urgency::Emergency,
        owed: match owed {
            Owed::Answer => "our answer",
            Owed::Clarification => "the officer’s answer to our question",
            Owed::Paperwork => "the paperwork of an emergency",
            Owed::Preservation => "end of the preservation",
        }
        .to_owned(),
        authority: authority.map(|known| known.name.clone()).unwrap_or_default(),
        country: case.country.name().to_owned(),
        turn: words::turn(case, names, &viewer.who),
        assigned: case.assigned_to.map(|person| words::who(Actor::Person(person), names)),
    }
}
