//! Plainly invented requests: one that waits for its second person, one that is just verified.

use super::super::{
    Act, Category, Choice, Closed, Declination, Fault, FileCheck, FileTold, Fill, Frame, Group,
    Link, Mark, Officer, Secrecy, State,
};
use super::super::{act, correct};
use super::decide::Proposable;
use super::verify::FindingAsks;
use super::{
    Checked, Clock, Decision, Document, Finding, FindingState, Happening, Meta, Note, Related,
    Request, Review, Reviewed, Row, ScopeRow, Side, Track, Turn,
};

const NUMBER: &str = "2026-0147-1";

impl Request {
    pub fn sample() -> Self {
        Self {
            frame: Frame::sample("/"),
            number: NUMBER.to_owned(),
            crumbs: vec![
                Link::new("Requests", "/"),
                Link::new("Submission 2026-0147", "/submissions/2026-0147"),
            ],
            here: "1 of 2".to_owned(),
            state: State::Proposed,
            turn: Turn::You("for you: second approval".to_owned()),
            wants: "Wants four kinds of data about three accounts, in an inquiry into fraud with \
                    licence keys."
                .to_owned(),
            meta: meta(),
            officer: Officer::sample(),
            findings: findings(),
            findings_note: "Recorded by R. Ejemplo, who therefore can’t decide.".to_owned(),
            documents: documents(),
            decision: proposed(Decision::confirm(NUMBER, "approve in part", "K. Beispiel")),
            acts: few_acts(),
            secrecy: Secrecy::sample(NUMBER),
            marks: vec!["named people only", "withheld"],
            acts_closed: vec![
                Closed::new("Close the request", "it is not answered yet."),
                Closed::new("Release the response", "nothing is approved yet."),
            ],
            reviews: reviews(),
            notes: notes(),
            happenings: happenings(),
            clock: clock(),
            duplicates: Vec::new(),
            related: related(),
            zone: "UTC".to_owned(),
        }
    }

    /// Every act there is, which no request ever offers at once.
    pub fn sample_with_all_acts() -> Self {
        let sent = [("question".to_owned(), "Which accounts?".to_owned())];
        let fault = Fault::new("answer_due_on", "Give a day after today");
        let mut acts = acts();
        acts[0].form = acts[0].form.clone().keep(&sent).faulted(&[fault]);
        Self { acts, decision: not_yet(), ..Self::sample() }
    }

    /// The second person sent the form half filled.
    pub fn sample_faulty() -> Self {
        let form = Decision::confirm(NUMBER, "approve in part", "K. Beispiel").faulted(&[
            Fault::new("agree", "Say whether you agree with the proposal"),
            Fault::new("reason", "Give your reason in a sentence or more"),
        ]);
        Self { decision: proposed(form), ..Self::sample() }
    }

    /// Counsel verifies: one finding is recorded, one can be, one waits for its profile.
    pub fn sample_in_verification() -> Self {
        let elements = Group::plain(vec![
            Choice::new("po.1", "The order names the issuing court").hint("Atlantis Code 4.1(a)"),
            Choice::new("po.2", "A judge of that court has signed it")
                .hint("Atlantis Code 4.1(b)")
                .flag("source not checked"),
            Choice::new("po.3", "The order is dated and in force").hint("Atlantis Code 4.1(c)"),
            Choice::new("po.4", "The offence is one for which this order is open")
                .hint("Atlantis Code 4.3"),
        ]);
        let form =
            Finding::record(NUMBER, "instrument", elements, FindingAsks::EmergencyInstrument)
                .main()
                .keep(&[("verdict".to_owned(), "does_not_stand".to_owned())])
                .faulted(&[Fault::new("defect", "Say why it does not stand")]);
        let [officer, instrument, scope] = findings().try_into().expect("three");
        let instrument = Finding {
            state: FindingState::NotRecorded,
            checked: Vec::new(),
            by: String::new(),
            rule: None,
            form: Some(form),
            ..instrument
        };
        let scope = Finding {
            state: FindingState::NotRecorded,
            scope: Vec::new(),
            by: String::new(),
            rule: None,
            drafts: Some(Link::new("Confirm the profile “Atlantis, scope”", "/profiles/xa-scope")),
            ..scope
        };
        Self {
            state: State::InVerification,
            turn: Turn::You("for you: findings".to_owned()),
            findings: vec![officer, instrument, scope],
            findings_note: "Who records one can’t decide.".to_owned(),
            decision: not_yet(),
            notes: Vec::new(),
            clock: Clock {
                left: "2 hours overdue".to_owned(),
                overdue: true,
                track: None,
                ..clock()
            },
            ..Self::sample()
        }
    }

    /// Nobody has verified the officer, and somebody is about to.
    pub fn sample_of_a_new_officer() -> Self {
        Self { officer: Officer::sample_faulty(), findings: Vec::new(), ..Self::sample_verified() }
    }

    /// It asks for keys and is declined; nobody has signed the text yet.
    pub fn sample_prohibited() -> Self {
        Self {
            state: State::Prohibited,
            turn: Turn::You("for you: the text that declines it".to_owned()),
            marks: vec!["no signed text"],
            wants: "Wants the keys with which the messages of three accounts are encrypted."
                .to_owned(),
            decision: by_rule(Declination::sample(NUMBER)),
            ..Self::sample()
        }
    }

    /// What was sent lacks a word and a tick.
    pub fn sample_prohibited_faulty() -> Self {
        let decision = by_rule(Declination::sample_faulty(NUMBER));
        Self { decision, ..Self::sample_prohibited() }
    }

    pub fn sample_declined() -> Self {
        let close = act::close(NUMBER);
        Self {
            turn: Turn::You("for you: closing".to_owned()),
            marks: Vec::new(),
            decision: by_rule(Declination::sample_signed(NUMBER)),
            acts: vec![act::Act { form: close.form.main(), ..close }],
            ..Self::sample_prohibited()
        }
    }

    /// All three stand; the first person proposes.
    pub fn sample_verified() -> Self {
        let granted = vec![
            Choice::new("licence", "licence data"),
            Choice::new("connection", "connection data"),
        ];
        let closed = vec![Closed::new("Approve in full", "two of four kinds can’t be released.")];
        let open = [Proposable::ApproveInPart, Proposable::RejectNoData, Proposable::RejectLegal];
        let form = Decision::propose(
            NUMBER,
            &open,
            closed,
            (granted, "No data inventory is declared, so nothing would stand behind it."),
        );
        let first = Side {
            place: "1".to_owned(),
            title: "You, I. Esempio".to_owned(),
            more: "recorded none of the findings".to_owned(),
            form: Some(form),
            ..Side::default()
        };
        let second = Side {
            place: "2".to_owned(),
            title: "Somebody else confirms".to_owned(),
            more: "who neither recorded the findings nor proposes".to_owned(),
            text: "K. Beispiel and O. Primer may. They see it in their list once you have \
                   proposed."
                .to_owned(),
            ..Side::default()
        };
        Self {
            state: State::Verified,
            turn: Turn::You("for you: a proposal".to_owned()),
            decision: Decision {
                stands: "0 of 2 people".to_owned(),
                sides: vec![first, second],
                ..proposed(Decision::confirm(NUMBER, "", ""))
            },
            ..Self::sample()
        }
    }
}

fn meta() -> Vec<Meta> {
    let mark = Mark { category: Category::UserData, fill: Fill::Open };
    vec![
        Meta::new(
            "Authority",
            "Bureau of Samples, Cyber Desk",
            "Atlantis (XA) · officer T. Placeholder",
        ),
        Meta::new("Category", "User data", "4 kinds, 3 accounts").mark(mark),
        Meta::new("Instrument", "Production order", "PO-77/2026 · 18 Sep 2026"),
        Meta::new(
            "Issuing body",
            "Court of First Examples, Port Sample",
            "judge’s seal checked by telephone",
        ),
        Meta::new("Emergency", "No", "channel: portal"),
    ]
}

fn findings() -> Vec<Finding> {
    let checked = |text: &str, citation: &str| Checked {
        text: text.to_owned(),
        met: true,
        citation: citation.to_owned(),
    };
    let row =
        |kind: &str, ordered, held| ScopeRow { kind: kind.to_owned(), asked: true, ordered, held };
    let finding = |title: &str, state, by: &str| Finding {
        title: title.to_owned(),
        state,
        checked: Vec::new(),
        scope: Vec::new(),
        by: by.to_owned(),
        why: Vec::new(),
        note: None,
        rule: None,
        drafts: None,
        form: None,
    };
    vec![
        Finding {
            checked: vec![
                checked(
                    "Called back on the number registered 3 March 2026, not on the one in the letter",
                    "",
                ),
                checked("Key of the officer matches the one on file", ""),
                checked("Post confirmed by the duty office", ""),
            ],
            ..finding(
                "Officer is real",
                FindingState::Stands,
                "R. Ejemplo, 22 Sep, 10:12 · valid until 21 Dec 2026",
            )
        },
        Finding {
            checked: vec![
                checked("Order names court, judge, date and offence", "Atlantis Code 4.1"),
                checked("Court is competent for the offence", "Atlantis Code 4.3"),
                checked("In force until 30 Nov 2026", ""),
            ],
            rule: Some(Link::new("Atlantis, production order", "/profiles/xa-production-order")),
            ..finding("Instrument is valid", FindingState::Stands, "R. Ejemplo, 22 Sep, 10:48")
        },
        Finding {
            scope: vec![
                row("Licence e-mail", true, true),
                row("Activation dates", true, true),
                row("Payment card", true, false),
                row("Messages", false, false),
            ],
            rule: Some(Link::new("data inventory 14", "/inventory")),
            ..finding(
                "Scope is lawful",
                FindingState::StandsFor("2 of 4".to_owned()),
                "R. Ejemplo, 24 Sep, 09:05",
            )
        },
    ]
}

fn documents() -> Vec<Document> {
    let document = |name: &str, what: &str, arrived: &str, size: &str, hash: &str| Document {
        name: name.to_owned(),
        href: "/submissions/2026-0147/files/7c1e90b2".to_owned(),
        told: FileTold {
            what: what.to_owned(),
            warnings: Vec::new(),
            check: FileCheck::Told("no malware found, 21 Sep 2026, 09:41".to_owned()),
            preview: Some(Link::new("Preview", "/submissions/2026-0147/files/7c/preview/1")),
        },
        arrived: arrived.to_owned(),
        size: size.to_owned(),
        sha256_begins: hash.to_owned(),
    };
    vec![
        document(
            "Letter of 19 September",
            "demand, 2 pages",
            "21 Sep, 09:40",
            "184 KB",
            "7c1e 90b2",
        ),
        document("Order PO-77/2026", "instrument, 3 pages", "21 Sep, 09:40", "402 KB", "e04a 5d13"),
        document(
            "Answer to our question",
            "clarification, 1 page",
            "23 Sep, 14:20",
            "61 KB",
            "19f7 c86e",
        ),
    ]
}

fn proposed(form: super::Form) -> Decision {
    let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let first = Side {
        place: "1".to_owned(),
        done: true,
        title: "K. Beispiel proposes: approve in part".to_owned(),
        more: "legal counsel · 24 Sep 2026, 16:42 UTC".to_owned(),
        rows: vec![
            Row::new("Release", lines(&["licence e-mail and activation dates of 3 accounts"])),
            Row::new(
                "Refuse",
                lines(&[
                    "payment card: no data found",
                    "messages: legal requirements not met (wider than the order)",
                ]),
            ),
            Row::new(
                "Held against",
                lines(&[
                    "Data inventory, version 14, in force since 3 Mar 2026, 09:00.",
                    "Licence data: held, kept 90 days after the end",
                ]),
            ),
            Row::new(
                "Reason",
                lines(&["The order names three licence accounts and the offence; both kinds are \
                     needed to tie a key to its buyer. Nothing wider is."]),
            ),
            Row::new("User notice", lines(&["forbidden by the order until 1 Jan 2027, then due"])),
        ],
        closed: vec![
            Closed::new("Approve in full", "two of four kinds can’t be released."),
            Closed::new("Decide alone", "user data needs two people."),
        ],
        ..Side::default()
    };
    let second = Side {
        place: "2".to_owned(),
        title: "You, I. Esempio".to_owned(),
        more: "neither recorded the findings nor made the proposal".to_owned(),
        form: Some(form),
        ..Side::default()
    };
    Decision {
        title: "Decision: two people".to_owned(),
        note: "User data leaves only when both have said yes.".to_owned(),
        stands: "1 of 2 people".to_owned(),
        sides: vec![first, second],
        declination: None,
    }
}

fn by_rule(text: Declination) -> Decision {
    let side = Side {
        done: true,
        title: "Decided: reject, prohibited".to_owned(),
        more: "21 Sep 2026".to_owned(),
        text: "What it asks for is prohibited: it can only be declined, whoever asks and whatever \
               stands behind it."
            .to_owned(),
        closed: vec![Closed::new("Approve it", "a prohibited demand can only be declined.")],
        ..Side::default()
    };
    Decision {
        title: "Decision: by rule".to_owned(),
        note: "Decided by rule, without people.".to_owned(),
        stands: "by rule".to_owned(),
        sides: vec![side],
        declination: Some(text),
    }
}

fn not_yet() -> Decision {
    let side = |place: &str, title: &str, text: &str| Side {
        place: place.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
        ..Side::default()
    };
    Decision {
        title: "Decision: two people".to_owned(),
        note: "User data leaves only when both have said yes.".to_owned(),
        stands: "0 of 2 people".to_owned(),
        sides: vec![
            Side {
                loud: Some("No data inventory was declared when this was answered.".to_owned()),
                ..side("1", "Somebody proposes", "Once the three findings are recorded.")
            },
            side("2", "Somebody else confirms", "Who neither recorded a finding nor proposed."),
        ],
        declination: None,
    }
}

/// Those that are open while a proposal waits.
fn few_acts() -> Vec<Act> {
    let open = ["extend", "withdraw", "reclassify", "assign", "note"];
    acts().into_iter().filter(|act| open.contains(&act.form.id.as_str())).collect()
}

fn acts() -> Vec<Act> {
    let people = vec![Choice::new("p1", "K. Beispiel"), Choice::new("p2", "R. Ejemplo").chosen()];
    let demands = vec![
        Group::new(
            "User data",
            vec![
                Choice::new("registration", "registration data"),
                Choice::new("licence", "licence data"),
            ],
        ),
        Group::new(
            "Prohibited",
            vec![
                Choice::new("encryption_keys", "encryption keys"),
                Choice::new("undeclared_capabilities", "undeclared capabilities"),
                Choice::new("direct_access", "direct access"),
            ],
        )
        .note("Can only be declined."),
    ];
    vec![
        act::clarification(NUMBER),
        act::answer(NUMBER),
        act::extend(NUMBER, "2 Oct 2026"),
        act::challenge(NUMBER),
        act::challenge_result(NUMBER),
        act::withdraw(NUMBER),
        act::close(NUMBER),
        act::appeal(NUMBER),
        act::reclassify(NUMBER, demands),
        act::reclassify_confirm(
            NUMBER,
            "K. Beispiel proposes to move it into the prohibited demands.",
        ),
        correct::propose(NUMBER, Group::plain(vec![Choice::new("none", "No instrument")])),
        correct::confirm(NUMBER, "K. Beispiel proposes: country: Atlantis instead of Ruritania."),
        correct::send_back(NUMBER),
        act::begin(NUMBER),
        act::prepare(NUMBER),
        act::screen(NUMBER),
        act::release(NUMBER, Some(3)),
        act::assign(NUMBER, people),
        act::note(NUMBER),
        act::review(NUMBER),
    ]
}

fn reviews() -> Vec<Review> {
    let review = |at: &str, finding, text: &str| Review {
        by: "N. Exempel".to_owned(),
        at: at.to_owned(),
        finding,
        text: text.to_owned(),
    };
    vec![
        review("25 Sep, 11:30", Reviewed::Sound, "The answer to the question settles it."),
        review(
            "23 Sep, 15:02",
            Reviewed::Objection,
            "The finding on the scope was recorded before the officer had said which accounts the \
             order means.",
        ),
    ]
}

fn notes() -> Vec<Note> {
    vec![
        Note {
            by: "K. Beispiel".to_owned(),
            at: "24 Sep, 16:50".to_owned(),
            text: "The order is silent on messages. If the court widens it, a new request follows."
                .to_owned(),
            privileged: true,
        },
        Note {
            by: "R. Ejemplo".to_owned(),
            at: "22 Sep, 10:14".to_owned(),
            text: "The duty office answers between 9 and 17.".to_owned(),
            privileged: false,
        },
    ]
}

fn happenings() -> Vec<Happening> {
    let happened = |at: &str, who: &str, what: &str, sealed: &str| Happening {
        at: at.to_owned(),
        who: who.to_owned(),
        what: what.to_owned(),
        other: None,
        sealed: sealed.to_owned(),
    };
    vec![
        happened(
            "24 Sep, 16:42",
            "K. Beispiel",
            "proposed to approve two kinds and refuse two",
            "audit chain",
        ),
        happened(
            "24 Sep, 09:05",
            "R. Ejemplo",
            "found: scope stands for two of four kinds. All three findings are in; the request is verified.",
            "audit chain",
        ),
        happened(
            "23 Sep, 14:20",
            "T. Placeholder, officer",
            "answered: “the inquiry concerns the three accounts named, no others”. The clock ran on.",
            "audit chain",
        ),
        happened(
            "22 Sep, 11:05",
            "R. Ejemplo",
            "asked which accounts the order means. The clock stopped.",
            "audit chain",
        ),
        happened("22 Sep, 10:48", "R. Ejemplo", "found: instrument stands", "audit chain"),
        happened(
            "22 Sep, 10:12",
            "R. Ejemplo",
            "found: officer stands, called back on the registered number",
            "audit chain",
        ),
        happened(
            "21 Sep, 09:52",
            "O. Primer, intake",
            "split the submission into two requests; this one asks for user data",
            "leaf 4,101",
        ),
        Happening {
            other: Some(Link::new("2026-0102-1", "/requests/2026-0102-1")),
            ..happened(
                "21 Sep, 09:50",
                "O. Primer, intake",
                "linked it: it amends another request: “Two accounts more.”",
                "audit chain",
            )
        },
        Happening {
            sealed: "chain of events".to_owned(),
            ..happened(
                "21 Sep, 09:40",
                "portal",
                "received the submission and gave the officer a signed receipt. The clock started.",
                "",
            )
        },
    ]
}

fn clock() -> Clock {
    Clock {
        left: "7 days 2 hours left".to_owned(),
        overdue: false,
        due: Some("Fri 2 Oct 2026, 12:55 UTC".to_owned()),
        track: Some(Track {
            gone: 36.2,
            stopped: vec![(9.5, 10.2)],
            begins: "21 Sep".to_owned(),
            ends: "2 Oct".to_owned(),
            says: "36 percent of the time from receipt to deadline has gone; a pause of 1 day 3 \
                   hours is not counted."
                .to_owned(),
        }),
        says: "10 days from receipt. Striped: 1 day 3 hours stopped while a question was out."
            .to_owned(),
        rule: Some(Link::new("Rule: Atlantis 4.2", "/profiles/xa-production-order")),
    }
}

fn related() -> Vec<Related> {
    vec![
        Related {
            title: "In the same submission".to_owned(),
            links: vec![Link::new("2026-0147-2", "/requests/2026-0147-2")],
            text: "technical expertise".to_owned(),
            more: "Approved and answered 23 Sep".to_owned(),
        },
        Related {
            title: "This authority before".to_owned(),
            links: Vec::new(),
            text: "5 requests since 2025: 3 approved, 2 rejected".to_owned(),
            more: "No prohibited demand, no failed call-back".to_owned(),
        },
        Related {
            title: "In the report".to_owned(),
            links: Vec::new(),
            text: "Counts in the second half of 2026 as one request for user data from Atlantis."
                .to_owned(),
            more: "Approved in part counts as approved, with both refused kinds shown.".to_owned(),
        },
    ]
}
