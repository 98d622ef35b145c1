//! What is owed and until when, and how much work there is, on both databases.

use databases::on_each;
use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::deadline::{Counted as CountedByRule, Due, Owed, RuleOf};
use domain::event::{RequestEvent, SubmissionEvent};
use domain::fact::{Ground, Urgency};
use domain::id::{Actor, AuthorityId, OfficerId, PersonId, RequestId, SubmissionId};
use domain::instrument::{Instrument, RuleId};
use domain::request::{
    Aspect, ChallengeResult, Confirmed, Finding, LegalBasis, Outcome, Registration, Verdict,
};
use domain::submission::Channel;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use sqlx::AssertSqlSafe;
use store::{
    Db, DeadlineCounts, DeadlineRow, Deadlines, Keys, Location, MasterKey, NewSubmission,
    Particulars, Sight, Tx, Undated,
};
use uuid::Uuid;

/// 21 September 2026, 14:13 in UTC.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const TODAY: Date = date(2026, 9, 21);
const BOTH: [Category; 2] = Category::ALL;
const ADA: PersonId = PersonId(Uuid::from_u128(900));

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

/// A request in a submission of its own.
#[derive(Clone, Copy)]
struct New {
    n: u128,
    received_on: Date,
    due_on: Option<Date>,
    category: Category,
    country: &'static str,
}

const NEW: New = New {
    n: 1,
    received_on: TODAY,
    due_on: Some(date(2026, 10, 1)),
    category: Category::UserData,
    country: "FR",
};

async fn register(db: &Db, new: New) -> RequestId {
    let id = SubmissionId(Uuid::from_u128(10 * new.n));
    let submission = NewSubmission::seal(db.keys(), id, &[]).expect("seals");
    let channel = Channel::Letter;
    let event = SubmissionEvent::SubmissionReceived {
        channel,
        received_on: new.received_on,
        files: Vec::new(),
    };
    let mut sealer = db.sealer().await.expect("reads");
    let change = sealer.receive(submission, event, &Particulars::default()).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    let found_in = tx.sealed_submission(db.keys(), id, Sight::whole()).await.expect("reads");
    let found_in = found_in.expect("is there");
    let demand = match new.category {
        Category::UserData => Demand::Registration,
        Category::TechnicalExpertise => Demand::Indicators,
    };
    let country = Country::from_code(new.country).expect("a country");
    let authority = AuthorityId(Uuid::from_u128(10 * new.n + 1));
    let authority = tx.enter_authority(db.keys(), authority, (country, "Bureau")).await;
    let authority = authority.expect("enters");
    let officer = OfficerId(Uuid::from_u128(10 * new.n + 2));
    let officer = tx.enter_officer(db.keys(), officer, authority, ("T. Placeholder", "")).await;
    let registration = Registration {
        submission: id,
        ordinal: 1,
        received_on: new.received_on,
        country,
        authority,
        officer: officer.expect("enters"),
        category: new.category,
        instrument: Instrument::new("production_order").expect("a code"),
        demands: DemandSet::from_iter([demand]),
        urgency: Urgency::Ordinary,
        accounts_specified: None,
        due_on: new.due_on,
    };
    let request = RequestId(Uuid::from_u128(10 * new.n + 5));
    let events = vec![RequestEvent::RequestRegistered { registration }];
    let change = tx.sealer(db.keys()).await.expect("reads");
    let change = { change }.register(&found_in, request, events).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
    request
}

async fn happen(db: &Db, request: RequestId, events: Vec<RequestEvent>) {
    let mut tx = db.begin().await.expect("begins");
    let current = tx.sealed_request(db.keys(), request, Sight::whole()).await.expect("reads");
    let current = current.expect("is there");
    let mut sealer = tx.sealer(db.keys()).await.expect("reads");
    let change = sealer.advance(&current, events).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
}

const ALL: Deadlines<'_> = Deadlines {
    categories: &BOTH,
    of: None,
    owed: &Owed::ALL,
    preserved_from: TODAY,
    after: None,
    limit: 100,
};

async fn list(db: &Db, which: &Deadlines<'_>) -> Vec<DeadlineRow> {
    db.snapshot().await.expect("begins").deadlines(which, Sight::whole()).await.expect("reads")
}

fn told(rows: &[DeadlineRow]) -> Vec<(u128, Owed, Due)> {
    rows.iter().map(|row| (row.case.request.0.as_u128(), row.owed, row.due)).collect()
}

fn on(on: Date) -> Due {
    Due { on, at: None }
}

/// An hour comes before the end of its day, and pages of any length show the same.
#[test]
fn what_is_due_first_comes_first_on_pages_of_any_length() {
    on_each(async |location| {
        let db = open(&location).await;
        let day = date(2026, 10, 1);
        let late = register(&db, NEW).await;
        let hours = register(&db, New { n: 2, ..NEW }).await;
        let at = Some(NOW + 250.hours());
        happen(
            &db,
            hours,
            vec![
                RequestEvent::DeadlineCounted {
                    deadline: CountedByRule::Answer,
                    from: TODAY,
                    due_on: day,
                    due_at: at,
                    rule: RuleOf::Law,
                },
                RequestEvent::DeadlineCounted {
                    deadline: CountedByRule::Preservation,
                    from: TODAY,
                    due_on: day,
                    due_at: None,
                    rule: RuleOf::Law,
                },
            ],
        )
        .await;
        let asked = register(&db, New { n: 3, ..NEW }).await;
        let question = RequestEvent::ClarificationAsked {
            asked_on: TODAY,
            answer_due_on: date(2026, 9, 25),
            stopped_at: None,
        };
        happen(&db, asked, vec![RequestEvent::VerificationBegun {}, question]).await;
        let none = register(&db, New { n: 4, due_on: None, ..NEW }).await;

        let all = list(&db, &ALL).await;
        let expected = [
            (35, Owed::Clarification, on(date(2026, 9, 25))),
            (25, Owed::Answer, Due { on: day, at }),
            (15, Owed::Answer, on(day)),
            (25, Owed::Preservation, on(day)),
        ];
        assert_eq!(told(&all), expected);
        for limit in 1..4 {
            let (mut pages, mut after) = (Vec::new(), None);
            loop {
                let page = list(&db, &Deadlines { after: after.as_ref(), limit, ..ALL }).await;
                let Some(last) = page.last() else { break };
                let key = last.key();
                assert_eq!(key.to_string().parse(), Ok(key.clone()));
                after = Some(key);
                pages.extend(page);
            }
            assert_eq!(told(&pages), expected, "{limit} on a page");
        }
        let mut tx = db.snapshot().await.expect("begins");
        let undated = Undated { categories: &BOTH, of: None, after: None, limit: 9 };
        let undated = tx.cases_without_date(&undated, Sight::whole()).await.expect("reads");
        assert_eq!(undated.iter().map(|row| row.request).collect::<Vec<_>>(), [none]);
        assert_eq!(all[2].case.request, late);
        assert_eq!((all[1].case.due_at, all[2].case.due_at), (at, None));
        // What was to be preserved until yesterday is not owed any more.
        let tomorrow = Deadlines { preserved_from: date(2026, 10, 2), ..ALL };
        assert_eq!(list(&db, &tomorrow).await.len(), 3);
    });
}

#[test]
fn a_list_is_of_one_person_one_category_and_one_kind() {
    on_each(async |location| {
        let db = open(&location).await;
        let hers = register(&db, NEW).await;
        happen(&db, hers, vec![RequestEvent::RequestAssigned { to: Some(ADA) }]).await;
        let technical = Category::TechnicalExpertise;
        register(&db, New { n: 2, category: technical, ..NEW }).await;
        let of = async |which: Deadlines<'_>| told(&list(&db, &which).await).len();
        assert_eq!(of(ALL).await, 2);
        assert_eq!(of(Deadlines { of: Some(ADA), ..ALL }).await, 1);
        assert_eq!(of(Deadlines { categories: &[technical], ..ALL }).await, 1);
        assert_eq!(of(Deadlines { owed: &[Owed::Paperwork], ..ALL }).await, 0);
        let between = async |from, to| {
            let mut tx = db.snapshot().await.expect("begins");
            tx.deadlines_between((from, to)).await.expect("reads").len()
        };
        let day = date(2026, 10, 1);
        assert_eq!(between(TODAY, date(2026, 9, 30)).await, 0);
        assert_eq!((between(day, day).await, between(date(2026, 10, 2), Date::MAX).await), (2, 0));
        // What is answered is due no more.
        let released = RequestEvent::ResponseReleased { by: ADA, accounts_disclosed: None };
        happen(&db, hers, vec![released]).await;
        assert_eq!(of(ALL).await, 1);
    });
}

#[test]
fn what_is_overdue_is_counted_by_who_may_see_it() {
    on_each(async |location| {
        let db = open(&location).await;
        register(&db, New { due_on: Some(date(2026, 9, 20)), ..NEW }).await;
        register(&db, New { n: 2, due_on: Some(TODAY), ..NEW }).await;
        let technical = Category::TechnicalExpertise;
        let due_on = Some(date(2026, 9, 27));
        register(&db, New { n: 3, due_on, category: technical, ..NEW }).await;
        register(&db, New { n: 4, due_on: Some(date(2026, 9, 28)), ..NEW }).await;
        let hours = register(&db, New { n: 5, due_on: Some(TODAY), ..NEW }).await;
        let counted = |at: Timestamp| RequestEvent::DeadlineCounted {
            deadline: CountedByRule::Answer,
            from: TODAY,
            due_on: TODAY,
            due_at: Some(at),
            rule: RuleOf::Law,
        };
        happen(&db, hours, vec![counted(NOW)]).await;
        let mut tx = db.snapshot().await.expect("begins");
        let all = Sight::whole();
        let counts = tx.count_deadlines(&BOTH, (TODAY, NOW), all).await.expect("counts");
        assert_eq!(counts, DeadlineCounts { overdue: 2, today: 1, week: 1 });
        let before = NOW - 1.microsecond();
        let overdue = tx.count_overdue(&BOTH, (TODAY, before), all).await.expect("counts");
        assert_eq!(overdue, 1, "the hour is not over");
        let counts = tx.count_deadlines(&[technical], (TODAY, NOW), all).await.expect("counts");
        assert_eq!(counts, DeadlineCounts { overdue: 0, today: 0, week: 1 });
        let none = tx.count_overdue(&[], (TODAY, NOW), all).await.expect("counts");
        assert_eq!(none, 0);
    });
}

/// What lies in a compartment is there for whom it names.
#[test]
fn who_is_not_named_learns_of_no_deadline() {
    on_each(async |location| {
        let db = open(&location).await;
        let due_on = Some(date(2026, 9, 20));
        register(&db, New { due_on, ..NEW }).await;
        register(&db, New { n: 2, due_on: None, ..NEW }).await;
        let id = match location {
            Location::Sqlite(_) => format!("x'{:032x}'", ADA.0.as_u128()),
            Location::Postgres(_) => format!("'{}'", ADA.0),
        };
        let named = format!("INSERT INTO compartment SELECT submission_id, {id} FROM submission");
        run(&db, &named).await;
        let ben = PersonId(Uuid::from_u128(901));
        let mut tx = db.snapshot().await.expect("begins");
        for (person, seen) in [(ADA, 1), (ben, 0)] {
            let sight = Sight::of(person);
            let due = tx.deadlines(&ALL, sight).await.expect("reads");
            assert_eq!(due.len(), seen);
            let overdue = tx.count_overdue(&BOTH, (TODAY, NOW), sight).await.expect("counts");
            assert_eq!(overdue, seen as i64);
            let undated = Undated { categories: &BOTH, of: None, after: None, limit: 9 };
            let undated = tx.cases_without_date(&undated, sight).await.expect("reads");
            assert_eq!(undated.len(), seen);
        }
    });
}

/// The statements of the migration that fill what it makes, without comments.
fn filling(location: &Location) -> Vec<String> {
    let text = match location {
        Location::Sqlite(_) => include_str!("../migrations/sqlite/0010_deadline.sql"),
        Location::Postgres(_) => include_str!("../migrations/postgres/0010_deadline.sql"),
    };
    let code: Vec<_> = text.lines().filter(|line| !line.starts_with("--")).collect();
    let statements = code.join("\n");
    let fills = |text: &&str| text.starts_with("UPDATE") || text.starts_with("INSERT");
    statements.split(';').map(str::trim).filter(fills).map(str::to_owned).collect()
}

async fn run(db: &Db, sql: &str) {
    let mut tx = db.begin().await.expect("begins");
    match &mut tx {
        Tx::Sqlite(c) => {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut **c).await.expect(sql);
        }
        Tx::Postgres(c) => {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut **c).await.expect(sql);
        }
    }
    tx.commit().await.expect("commits");
}

/// Rows that were written before there were these tables get what their events say.
#[test]
fn what_was_registered_before_is_taken_over() {
    on_each(async |location| {
        let db = open(&location).await;
        let found = |verdict| RequestEvent::FindingRecorded {
            aspect: Aspect::Instrument,
            finding: Finding {
                by: ADA,
                verification: None,
                rule: RuleId::new("order.instrument").expect("a code"),
                checked: Default::default(),
                verdict,
            },
        };
        let owed = || {
            let basis = LegalBasis::VitalInterests;
            found(Verdict::Owed { until: date(2026, 9, 28), basis })
        };
        let question = |answer_due_on| RequestEvent::ClarificationAsked {
            asked_on: TODAY,
            answer_due_on,
            stopped_at: None,
        };
        let rejected = RequestEvent::Decided {
            outcome: Outcome::Rejected { ground: Ground::LegalRequirements },
            decided_on: date(2026, 9, 24),
            confirmed: Confirmed::ByRule,
            inventory: None,
        };
        let lives = [
            vec![],
            vec![
                question(date(2026, 9, 24)),
                RequestEvent::ClarificationAnswered { answered_on: TODAY },
                question(date(2026, 9, 25)),
            ],
            vec![owed()],
            vec![owed(), RequestEvent::InstrumentArrived { finding: arrived() }],
            vec![owed(), found(Verdict::Stands)],
            vec![owed(), RequestEvent::InstrumentOverdue { was_due_on: TODAY }],
            vec![owed(), RequestEvent::ChallengeResolved { result: ChallengeResult::Quashed }],
            vec![owed(), RequestEvent::ChallengeResolved { result: ChallengeResult::Narrowed }],
            vec![owed(), RequestEvent::Withdrawn { withdrawn_on: TODAY, accounts_disclosed: None }],
            vec![rejected.clone(), RequestEvent::Appealed { accounts_disclosed: None }],
            vec![rejected, RequestEvent::RequestAssigned { to: Some(ADA) }],
        ];
        for (n, events) in (1..).zip(lives) {
            let request = register(&db, New { n, ..NEW }).await;
            for event in events {
                happen(&db, request, vec![event]).await;
            }
        }
        let (expected, statements) = (list(&db, &ALL).await, filling(&location));
        assert_eq!(statements.len(), 5);
        run(&db, "DELETE FROM deadline").await;
        run(&db, "UPDATE handled_request SET instrument = 'none', decided_in_days = NULL").await;
        for sql in &statements {
            run(&db, sql).await;
        }
        let sound = db.snapshot().await.expect("begins").refold().await.expect("folds");
        assert!(sound.cases_differing.is_empty(), "{sound:?}");
        let all = list(&db, &ALL).await;
        assert_eq!(told(&all), told(&expected));
        assert!(all.iter().any(|row| row.owed == Owed::Paperwork));
    });
}

fn arrived() -> Finding {
    let rule = RuleId::new("order.instrument").expect("a code");
    Finding {
        by: ADA,
        rule,
        verification: None,
        checked: Default::default(),
        verdict: Verdict::Stands,
    }
}
