//! Requests that are handled: their numbers, rows, texts, files, and what the calendar owes them.

use std::collections::BTreeSet;

use databases::on_each;
use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{RequestEvent, Stream, SubmissionEvent};
use domain::fact::{Ground, Standing, Urgency};
use domain::id::{
    Actor, AuthorityId, HoldId, OfficerId, PersonId, RequestId, Sha256Hash, SubmissionId,
};
use domain::instrument::{Instrument, RuleId};
use domain::period::Period;
use domain::request::{
    Aspect, Barred, Confirmed, Defect, DefectSet, Finding, LegalBasis, NextStep, Outcome,
    Registration, Request, StageKind, Step, Verdict,
};
use domain::submission::{Channel, NotARequest};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use store::{
    ArrivalCounts, Arrivals, CaseName, CaseRow, Cases, Conflict, Db, Error, InCommon, JobKind,
    Keys, Location, MasterKey, NewSubmission, NoNumber, Particulars, Resolution, Sight,
    SubmissionRow, Submissions, Tx,
};
use uuid::Uuid;

/// 21 September 2026.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
const DAY: Date = date(2026, 9, 20);

async fn open(location: &Location) -> Db {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.set_time_zone("Europe/Paris").await.expect("sets");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    db
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Every page of what arrived, put one behind the other.
async fn arrivals(db: &Db, which: Arrivals, length: i64, sight: Sight) -> Vec<SubmissionRow> {
    let mut tx = db.snapshot().await.expect("begins");
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = tx.arrivals(which, (after, length), sight).await.expect("reads");
        let Some(last) = page.last() else { return all };
        after = Some(last.number);
        all.extend(page);
    }
}

/// Requests on which somebody acts, by id.
async fn open_cases(tx: &mut Tx) -> Vec<CaseRow> {
    let lines = tx.docket_lines(None, &mut InCommon::default()).await.expect("reads");
    let open = lines.iter().filter(|line| !line.is_finished).map(|line| line.request);
    let mut open: Vec<_> = open.collect();
    open.sort();
    tx.cases_with_ids(&open, Sight::whole()).await.expect("reads")
}

async fn run(db: &Db, sql: &'static str) {
    let mut tx = db.begin().await.expect("begins");
    match &mut tx {
        Tx::Sqlite(c) => sqlx::query(sql).execute(&mut **c).await.expect(sql).rows_affected(),
        Tx::Postgres(c) => sqlx::query(sql).execute(&mut **c).await.expect(sql).rows_affected(),
    };
    tx.commit().await.expect("commits");
}

async fn receive(db: &Db, n: u128, received_on: Date) -> SubmissionId {
    let id = SubmissionId(id(n));
    let submission = NewSubmission::seal(db.keys(), id, &[("reference", "A 1")]).expect("seals");
    let files = vec![Sha256Hash([n as u8; 32])];
    let letter = submission.attach(files[0], "order.pdf", (b"the order", "seen")).expect("seals");
    let event =
        SubmissionEvent::SubmissionReceived { channel: Channel::Letter, received_on, files };
    let mut sealer = db.sealer().await.expect("reads");
    let change = sealer.receive(submission, event, &Particulars::default()).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.insert_attachments(&[letter]).await.expect("stores");
    tx.commit().await.expect("commits");
    id
}

async fn register(db: &Db, submission: SubmissionId, n: u128) -> RequestId {
    let mut tx = db.begin().await.expect("begins");
    let authority = tx
        .enter_authority(db.keys(), AuthorityId(id(n + 1)), (france(), "Bureau of  Samples"))
        .await
        .expect("enters");
    let officer = ("T. Placeholder", "+33 0 00");
    let officer = tx
        .enter_officer(db.keys(), OfficerId(id(n + 2)), authority, officer)
        .await
        .expect("enters");
    let found_in =
        tx.sealed_submission(db.keys(), submission, Sight::whole()).await.expect("reads");
    let found_in = found_in.expect("is there");
    let registration = Registration {
        submission,
        ordinal: found_in.requests + 1,
        received_on: found_in.received_on,
        country: france(),
        authority,
        officer,
        category: Category::UserData,
        instrument: Instrument::new("production_order").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration]),
        urgency: Urgency::Emergency,
        accounts_specified: Some(1),
        due_on: Some(date(2026, 9, 30)),
    };
    let request = RequestId(id(n));
    let events = vec![RequestEvent::RequestRegistered { registration }];
    let mut sealer = tx.sealer(db.keys()).await.expect("reads");
    let change = sealer.register(&found_in, request, events).expect("seals");
    let change = change.with_text(&found_in, "summary", "Wants a name").expect("seals");
    let change = change.with_text(&found_in, "instrument_reference", "PO 77").expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.mark_instruments(db.keys(), &[(request, "PO 77".to_owned())]).await.expect("marks");
    tx.commit().await.expect("commits");
    request
}

fn france() -> Country {
    Country::from_code("FR").expect("a country")
}

async fn happen(db: &Db, request: RequestId, events: Vec<RequestEvent>) {
    let mut tx = db.begin().await.expect("begins");
    let current = tx
        .sealed_request(db.keys(), request, Sight::whole())
        .await
        .expect("reads")
        .expect("is there");
    let mut sealer = tx.sealer(db.keys()).await.expect("reads");
    let change = sealer.advance(&current, events).expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.commit().await.expect("commits");
}

#[test]
fn submissions_are_numbered_in_each_year_of_receipt() {
    on_each(async |location| {
        let db = open(&location).await;
        for (n, day) in [(1, DAY), (2, date(2025, 12, 31)), (3, DAY), (4, date(2025, 1, 1))] {
            receive(&db, n, day).await;
        }
        let all = arrivals(&db, Arrivals::Waiting, 9, Sight::whole()).await;
        let numbers: Vec<_> =
            all.iter().map(|row| (row.number.to_string(), row.submission.0.as_u128())).collect();
        let expected = [("2025-0001", 2), ("2025-0002", 4), ("2026-0001", 1), ("2026-0002", 3)];
        assert_eq!(numbers, expected.map(|(number, n)| (number.to_owned(), n)));
    });
}

#[test]
fn a_submission_waits_until_somebody_says_what_is_in_it() {
    on_each(async |location| {
        let db = open(&location).await;
        let (one, two) = (receive(&db, 1, DAY).await, receive(&db, 2, DAY).await);
        let waiting = async || {
            let rows = arrivals(&db, Arrivals::Waiting, 1, Sight::whole()).await;
            rows.into_iter().map(|row| row.submission).collect::<Vec<_>>()
        };
        assert_eq!(waiting().await, [one, two]);
        register(&db, one, 10).await;
        assert_eq!(waiting().await, [two]);
        let mut tx = db.begin().await.expect("begins");
        let sealed = tx
            .sealed_submission(db.keys(), two, Sight::whole())
            .await
            .expect("reads")
            .expect("there");
        let reason = NotARequest::Advertising;
        let mut sealer = tx.sealer(db.keys()).await.expect("reads");
        let event = SubmissionEvent::DeclaredNotARequest { reason };
        let change = sealer.not_a_request(&sealed, 1, event).expect("seals");
        tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
        tx.commit().await.expect("commits");
        assert_eq!(waiting().await, []);
        let mut tx = db.snapshot().await.expect("begins");
        let resolution = async |tx: &mut store::Tx, of| {
            tx.submissions(Submissions::One(of), Sight::whole()).await.expect("reads")[0].resolution
        };
        assert_eq!(resolution(&mut tx, one).await, Resolution::Requests(1));
        assert_eq!(resolution(&mut tx, two).await, Resolution::NotARequest(reason));
    });
}

#[test]
fn a_request_has_the_row_that_its_events_say() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, DAY).await;
        let request = register(&db, submission, 10).await;
        let again = register(&db, submission, 20).await;
        let mut tx = db.snapshot().await.expect("begins");
        let open = open_cases(&mut tx).await;
        let names: Vec<_> = open.iter().map(|row| row.name.to_string()).collect();
        assert_eq!(names, ["2026-0001-1", "2026-0001-2"]);
        let name = open[1].name;
        assert_eq!("2026-0001-2".parse(), Ok(name));
        assert_eq!(
            tx.cases(Cases::Named(name), Sight::whole()).await.expect("reads"),
            [open[1].clone()]
        );
        for text in ["2026-0001", "2026-1-1", "2026-0001-01", "2026-0001-1-1", "x"] {
            assert_eq!(text.parse::<CaseName>(), Err(NoNumber), "{text}");
        }
        assert_eq!(open[0].stage, StageKind::Received);
        assert_eq!(open[0].due_on, Some(date(2026, 9, 30)));
        // The second letter names the authority with other blanks, and the officer the same.
        assert_eq!((open[0].authority, open[0].officer), (open[1].authority, open[1].officer));
        assert_eq!(
            tx.cases(Cases::Of(open[0].authority), Sight::whole()).await.expect("reads").len(),
            2
        );
        let same = tx.with_reference(db.keys(), "po  77", Sight::whole()).await;
        assert_eq!(same.expect("reads"), [request, again]);
        drop(tx);

        let person = PersonId(id(7));
        let assigned = RequestEvent::RequestAssigned { to: Some(person) };
        happen(&db, request, vec![RequestEvent::VerificationBegun {}, assigned]).await;
        happen(&db, request, vec![RequestEvent::DeadlineExtended { due_on: date(2026, 10, 9) }])
            .await;
        let mut tx = db.snapshot().await.expect("begins");
        let row = tx.case(request, Sight::whole()).await.expect("reads").expect("is there");
        assert_eq!(row.stage, StageKind::InVerification);
        assert_eq!(row.assigned_to, Some(person));
        assert_eq!(row.due_on, Some(date(2026, 10, 9)));
        assert_eq!(row.standing, Standing::Open);
        assert_eq!(row.next.map(|next| next.step), Some(Step::Verify));
        let lines = tx.docket_lines(None, &mut InCommon::default()).await.expect("reads");
        let line = lines.iter().find(|line| line.request == request).expect("is there");
        assert_eq!(line.due_on, row.due_on);
        drop(tx);

        let finding = Finding {
            by: person,
            rule: RuleId::new("rule").expect("a code"),
            checked: Default::default(),
            verdict: Verdict::DoesNotStand { defects: DefectSet::one(Defect::Overbroad) },
            verification: None,
        };
        happen(
            &db,
            request,
            vec![RequestEvent::FindingRecorded { aspect: Aspect::Scope, finding }],
        )
        .await;
        let mut tx = db.snapshot().await.expect("begins");
        let row = tx.case(request, Sight::whole()).await.expect("reads").expect("is there");
        let barred = Barred::These([person].into());
        assert_eq!(row.next, Some(NextStep { step: Step::Propose, barred }));
        drop(tx);

        let outcome = Outcome::Rejected { ground: Ground::LegalRequirements };
        let decided = RequestEvent::Decided {
            outcome,
            decided_on: DAY,
            confirmed: Confirmed::ByRule,
            inventory: None,
        };
        happen(&db, request, vec![decided, RequestEvent::Closed {}]).await;
        let mut tx = db.snapshot().await.expect("begins");
        let finished = tx.case(request, Sight::whole()).await.expect("reads").expect("is there");
        assert_eq!(finished.standing, Standing::Rejected(Ground::LegalRequirements));
        let open: Vec<_> = open_cases(&mut tx).await.iter().map(|row| row.request).collect();
        assert_eq!(open, [again]);
    });
}

#[test]
fn texts_and_files_open_until_their_submission_is_erased() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, DAY).await;
        let request = register(&db, submission, 10).await;
        let mut tx = db.begin().await.expect("begins");
        let sealed =
            tx.sealed_submission(db.keys(), submission, Sight::whole()).await.expect("reads");
        let sealed = sealed.expect("is there");
        let texts = tx.case_texts(&sealed, request).await.expect("opens");
        let told: BTreeSet<_> =
            texts.iter().map(|t| (t.version, t.name.as_str(), t.text.as_str())).collect();
        let expected = [(1, "instrument_reference", "PO 77"), (1, "summary", "Wants a name")];
        assert_eq!(told, BTreeSet::from(expected));
        let files = tx.attachments(&sealed).await.expect("opens");
        assert_eq!((files[0].name.as_str(), files[0].size_bytes), ("order.pdf", 9));
        let bytes = tx.attachment(&sealed, files[0].sha256).await.expect("opens");
        assert_eq!(bytes.as_deref(), Some(b"the order".as_slice()));
        let none = tx.attachment(&sealed, Sha256Hash([99; 32])).await.expect("looks");
        assert_eq!(none, None);
        tx.destroy_key(submission).await.expect("destroys");
        tx.commit().await.expect("commits");
        let mut tx = db.snapshot().await.expect("begins");
        assert!(
            tx.sealed_submission(db.keys(), submission, Sight::whole())
                .await
                .expect("reads")
                .is_none()
        );
        assert!(
            tx.submissions(Submissions::One(submission), Sight::whole()).await.expect("reads")[0]
                .is_erased
        );
    });
}

/// Everything that leads to a case asks with whose eyes.
#[test]
fn what_lies_in_a_compartment_is_there_for_whom_it_names() {
    on_each(async |location| {
        let db = open(&location).await;
        let (closed, other) = (receive(&db, 1, DAY).await, receive(&db, 2, DAY).await);
        let request = register(&db, closed, 10).await;
        let (named, outsider) = (PersonId(id(7)), PersonId(id(8)));
        compartment(&db, closed, SubmissionEvent::CompartmentClosed { people: [named].into() })
            .await;
        let whole = seen(&db, (closed, request), Sight::whole()).await;
        assert_eq!(whole, [1; 14]);
        assert_eq!(seen(&db, (closed, request), Sight::of(named)).await, whole);
        for nobody in [Sight::of(outsider), Sight::without_compartments()] {
            assert_eq!(seen(&db, (closed, request), nobody).await, [0; 14]);
            let mut rows = arrivals(&db, Arrivals::Waiting, 1, nobody).await;
            rows.extend(arrivals(&db, Arrivals::Resolved, 1, nobody).await);
            assert_eq!(rows.iter().map(|row| row.submission).collect::<Vec<_>>(), [other]);
            let mut tx = db.snapshot().await.expect("begins");
            let counts = tx.count_arrivals(nobody).await.expect("counts");
            assert_eq!(counts, ArrivalCounts { all: 1, waiting: 1 });
        }
        // What is told to whoever publishes names nothing that lies in a compartment.
        let mut tx = db.snapshot().await.expect("begins");
        let waits = tx.unresolved(Period::half(2026, 2)).await.expect("counts");
        assert_eq!(waits, Some((1, Some(other))));
        assert_eq!(tx.abandoned_compartments(&[named]).await.expect("reads"), []);
        assert_eq!(tx.abandoned_compartments(&[outsider]).await.expect("reads"), [closed]);
        drop(tx);
        // An authority that is met elsewhere too is known by that.
        let second = register(&db, other, 30).await;
        let mut tx = db.snapshot().await.expect("begins");
        let sight = Sight::of(outsider);
        assert_eq!(tx.authorities(db.keys(), sight).await.expect("reads").len(), 1);
        let same = tx.with_reference(db.keys(), "PO 77", sight).await;
        assert_eq!(same.expect("reads"), [second]);
        drop(tx);
        let people = [named, outsider].into();
        compartment(&db, closed, SubmissionEvent::CompartmentChanged { people }).await;
        assert_eq!(seen(&db, (closed, request), Sight::of(outsider)).await[0], 1);
        compartment(&db, closed, SubmissionEvent::CompartmentOpened {}).await;
        assert_eq!(seen(&db, (closed, request), Sight::without_compartments()).await[0], 1);
        let refold = db.snapshot().await.expect("begins").refold().await.expect("folds");
        assert_eq!((refold.compartments, refold.compartments_differing), (0, Vec::new()));
    });
}

async fn compartment(db: &Db, id: SubmissionId, event: SubmissionEvent) {
    let mut tx = db.begin().await.expect("begins");
    let sealed = tx.sealed_submission(db.keys(), id, Sight::whole()).await.expect("reads");
    let sealed = sealed.expect("is there");
    let seen = tx.version(Stream::Submission(id)).await.expect("reads");
    let change = tx.compartment_change(&sealed, seen, event).await.expect("makes it");
    let change = change.with_text(&sealed, "reason", "Order 12").expect("seals");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    let texts = tx.submission_texts(&sealed).await.expect("opens");
    assert_eq!(texts[&(seen + 1)], "Order 12");
    tx.commit().await.expect("commits");
}

/// How much of a submission and its request each query shows.
async fn seen(
    db: &Db,
    (submission, request): (SubmissionId, RequestId),
    sight: Sight,
) -> [usize; 14] {
    let keys = db.keys();
    let mut tx = db.snapshot().await.expect("begins");
    let one = Submissions::One(submission);
    let row = tx.cases(Cases::One(request), Sight::whole()).await.expect("reads").remove(0);
    let field = tx.field(keys, (submission, "reference"), sight).await.expect("reads");
    let authorities = tx.authorities(keys, sight).await.expect("reads").len();
    let known = [row.authority];
    let with_id = tx.authorities_with_ids(keys, &known, sight).await.expect("reads").len();
    let texts = tx.fields(keys, (&[submission], "reference"), sight).await.expect("reads").len();
    let arrived = tx.arrivals_found(keys, "A 1", (None, 9), sight).await.expect("reads");
    let arrived = arrived.iter().filter(|row| row.submission == submission).count();
    let found = tx.with_reference(keys, "PO 77", sight).await;
    [
        tx.case(request, sight).await.expect("reads").iter().count(),
        tx.submissions(one, sight).await.expect("reads").len(),
        tx.sealed_submission(keys, submission, sight).await.expect("reads").iter().count(),
        tx.sealed_request(keys, request, sight).await.expect("reads").iter().count(),
        field.iter().count(),
        tx.stream_events(Stream::Request(request), sight).await.expect("reads").len(),
        tx.officer(keys, row.officer, sight).await.expect("reads").iter().count(),
        tx.officers(keys, sight).await.expect("reads").len(),
        authorities,
        found.expect("reads").len(),
        tx.cases_with_ids(&[request], sight).await.expect("reads").len(),
        with_id,
        texts,
        arrived,
    ]
}

#[test]
fn an_officer_is_forgotten_with_the_last_submission_that_speaks_of_them() {
    on_each(async |location| {
        let db = open(&location).await;
        let (one, two) = (receive(&db, 1, DAY).await, receive(&db, 2, DAY).await);
        register(&db, one, 10).await;
        let request = register(&db, two, 20).await;
        let mut tx = db.snapshot().await.expect("begins");
        let officer =
            tx.case(request, Sight::whole()).await.expect("reads").expect("is there").officer;
        drop(tx);
        for (submission, is_there) in [(one, true), (two, false)] {
            let mut tx = db.begin().await.expect("begins");
            let erased = (submission, SubmissionEvent::SubmissionErased { rules: None });
            tx.erase(NOW, Actor::OperatorCli, erased).await.expect("erases");
            let known = tx.officer(db.keys(), officer, Sight::whole()).await.expect("reads");
            assert_eq!(known.is_some(), is_there);
            tx.commit().await.expect("commits");
        }
        // The authority is no person, and its requests are counted still.
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(tx.authorities(db.keys(), Sight::whole()).await.expect("reads").len(), 1);
        assert_eq!(open_cases(&mut tx).await.len(), 2);
    });
}

/// Whoever knows the docket of a position gets what happened to a request since, and who alone sees
/// what.
#[test]
fn a_docket_is_followed_by_what_changed() {
    on_each(async |location| {
        let db = open(&location).await;
        let one = receive(&db, 1, DAY).await;
        let (first, second) = (register(&db, one, 10).await, register(&db, one, 20).await);
        let mut tx = db.snapshot().await.expect("begins");
        let (known, all) = (
            tx.head().await.expect("reads"),
            tx.docket_lines(None, &mut InCommon::default()).await,
        );
        assert_eq!(all.expect("reads").len(), 2);
        assert_eq!(tx.compartments_since(None).await.expect("reads"), Some(Default::default()));
        assert_eq!(
            tx.docket_lines(Some(known), &mut InCommon::default()).await.expect("reads"),
            []
        );
        assert_eq!(tx.compartments_since(Some(known)).await.expect("reads"), None);
        drop(tx);

        let people = [PersonId(id(7))];
        let assigned = RequestEvent::RequestAssigned { to: Some(people[0]) };
        happen(&db, second, vec![RequestEvent::VerificationBegun {}, assigned]).await;
        compartment(&db, one, SubmissionEvent::CompartmentClosed { people: people.into() }).await;
        receive(&db, 2, DAY).await;
        let mut tx = db.snapshot().await.expect("begins");
        let mut changed =
            tx.docket_lines(Some(known), &mut InCommon::default()).await.expect("reads");
        // Something happened to one of them, and to the letter of both.
        changed.sort_by_key(|line| line.request);
        let told: Vec<_> = changed
            .iter()
            .map(|line| (line.request, line.stage, line.assigned_to, line.name.to_string()))
            .collect();
        let expected = [
            (first, StageKind::Received, None, "2026-0001-1".to_owned()),
            (second, StageKind::InVerification, Some(people[0]), "2026-0001-2".to_owned()),
        ];
        assert_eq!(told, expected);
        // It is what the row says.
        let row = tx.case(second, Sight::whole()).await.expect("reads").expect("is there");
        assert_eq!(changed[1].next.as_deref(), row.next.as_ref());
        let closed = tx.compartments_since(Some(known)).await.expect("reads");
        assert_eq!(closed, Some([(one, people.into())].into()));
        let ids = [second, RequestId(id(99)), first];
        let rows = tx.cases_with_ids(&ids, Sight::whole()).await.expect("reads");
        assert_eq!(rows.iter().map(|row| row.request).collect::<Vec<_>>(), [second, first]);
    });
}

/// What is the same again is found by its reference or by a file, also where it arrived before
/// there were marks; of what was erased nothing is known.
#[test]
fn a_submission_is_known_again_by_its_reference_and_its_files() {
    on_each(async |location| {
        let db = open(&location).await;
        let mut all = Vec::new();
        for n in 1..=3 {
            all.push(receive(&db, n, DAY).await);
        }
        let alike = async || {
            let mut tx = db.snapshot().await.expect("begins");
            let rows = tx.alike(all[0], 9, Sight::whole()).await.expect("reads");
            rows.into_iter().map(|row| row.submission).collect::<Vec<_>>()
        };
        assert_eq!(alike().await, [all[2], all[1]]);
        let is_marked = async || {
            let mut tx = db.snapshot().await.expect("begins");
            tx.are_submissions_marked().await.expect("reads")
        };
        assert!(is_marked().await);
        run(&db, "DELETE FROM submission_mark").await;
        run(&db, "UPDATE submission SET is_marked = 0").await;
        assert_eq!(alike().await, []);
        assert!(!is_marked().await);
        for expected in [2, 1, 0] {
            let mut tx = db.begin().await.expect("begins");
            assert_eq!(tx.mark_submissions(db.keys(), 2).await.expect("marks"), expected);
            tx.commit().await.expect("commits");
        }
        assert!(is_marked().await);
        assert_eq!(alike().await, [all[2], all[1]]);
        for text in ["a  1", "2026-0002"] {
            let mut tx = db.snapshot().await.expect("begins");
            let page = (None, 9);
            let found = tx.arrivals_found(db.keys(), text, page, Sight::whole()).await;
            let found = found.expect("reads");
            assert!(found.iter().any(|row| row.submission == all[1]), "{text}");
            assert_eq!(found.len(), if text == "2026-0002" { 1 } else { 3 }, "{text}");
        }
        let mut tx = db.begin().await.expect("begins");
        tx.destroy_key(all[2]).await.expect("destroys");
        tx.commit().await.expect("commits");
        assert_eq!(alike().await, [all[1]]);
    });
}

/// An erasure moves no version of a request: what was read before it is refused all the same.
/// The same of an instrument: by its reference from whichever authority, also where its mark was
/// made by an earlier version.
#[test]
fn an_instrument_is_known_again_by_its_reference() {
    on_each(async |location| {
        let db = open(&location).await;
        let (kept, erased) = (receive(&db, 1, DAY).await, receive(&db, 2, DAY).await);
        let (first, second) = (register(&db, kept, 11).await, register(&db, erased, 21).await);
        let keys = db.keys();
        let found = async || {
            let mut tx = db.snapshot().await.expect("begins");
            tx.with_reference(keys, "po  77", Sight::whole()).await.expect("finds")
        };
        assert_eq!(found().await, [first, second]);
        let earlier = "UPDATE instrument_mark SET has_authority = 1, \
             mark_mac = (SELECT name_mac FROM authority LIMIT 1)";
        run(&db, earlier).await;
        assert_eq!(found().await, []);
        let mut tx = db.begin().await.expect("begins");
        let event = SubmissionEvent::SubmissionErased { rules: None };
        tx.erase(NOW, Actor::OperatorCli, (erased, event)).await.expect("erases");
        assert!(!tx.are_instruments_marked().await.expect("reads"));
        for expected in [1, 1, 0] {
            assert_eq!(tx.mark_instruments_anew(keys, 1).await.expect("marks"), expected);
        }
        assert!(tx.are_instruments_marked().await.expect("reads"));
        tx.commit().await.expect("commits");
        // Of what was erased nothing is known again.
        assert_eq!(found().await, [first]);
    });
}

#[test]
fn nothing_is_recorded_under_a_key_that_was_destroyed_since_it_was_read() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, DAY).await;
        let request = register(&db, submission, 10).await;
        let mut tx = db.snapshot().await.expect("begins");
        let keys = db.keys();
        let current = tx.sealed_request(keys, request, Sight::whole()).await.expect("reads");
        let current = current.expect("is there");
        let found_in = tx.sealed_submission(keys, submission, Sight::whole()).await.expect("reads");
        let found_in = found_in.expect("is there");
        drop(tx);
        let mut tx = db.begin().await.expect("begins");
        let erased = (submission, SubmissionEvent::SubmissionErased { rules: None });
        tx.erase(NOW, Actor::OperatorCli, erased).await.expect("erases");
        tx.commit().await.expect("commits");

        let mut sealer = db.sealer().await.expect("reads");
        let appeal = sealer
            .advance(&current, vec![RequestEvent::Appealed { accounts_disclosed: None }])
            .expect("seals");
        let appeal = appeal.with_text(&current.submission, "reason", "Why").expect("seals");
        let Request::Handled(handled) = &current.request else { panic!("it is handled") };
        let again = Registration { ordinal: 2, ..handled.registration.clone() };
        let again = vec![RequestEvent::RequestRegistered { registration: again }];
        let again = sealer.register(&found_in, RequestId(id(20)), again).expect("seals");
        let mut tx = db.begin().await.expect("begins");
        let hold = SubmissionEvent::LegalHoldPlaced { hold: HoldId(id(30)) };
        let hold = tx.hold_change(&found_in, hold).await.expect("reads");
        drop(tx);
        for change in [appeal, again, hold] {
            let mut tx = db.begin().await.expect("begins");
            let recorded = tx.record(NOW, Actor::OperatorCli, &[change]).await;
            assert!(matches!(recorded, Err(Error::Conflict(Conflict))), "{recorded:?}");
        }
    });
}

/// The rows follow from the events, and are seen by those who see the submission.
#[test]
fn a_hold_stands_until_it_is_lifted() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, DAY).await;
        let hold = HoldId(id(30));
        let change = async |event: SubmissionEvent| {
            let mut tx = db.begin().await.expect("begins");
            let of = tx.sealed_submission(db.keys(), submission, Sight::whole()).await;
            let of = of.expect("reads").expect("is there");
            let change = tx.hold_change(&of, event).await.expect("reads");
            tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
            tx.commit().await.expect("commits");
        };
        let held = async |sight: Sight| {
            let mut tx = db.snapshot().await.expect("begins");
            let all = tx.submissions_held(sight).await.expect("reads");
            let of = tx.submission_of_hold(hold, sight).await.expect("reads");
            let holds = tx.holds(submission, sight).await.expect("reads");
            assert_eq!(all, Vec::from_iter(of));
            assert_eq!(holds.keys().copied().collect::<Vec<_>>(), Vec::from_iter(of.map(|_| hold)));
            all
        };
        assert_eq!(held(Sight::whole()).await, []);
        change(SubmissionEvent::LegalHoldPlaced { hold }).await;
        assert_eq!(held(Sight::whole()).await, [submission]);
        change(SubmissionEvent::CompartmentClosed { people: [PersonId(id(40))].into() }).await;
        assert_eq!(held(Sight::of(PersonId(id(41)))).await, []);
        assert_eq!(held(Sight::of(PersonId(id(40)))).await, [submission]);
        let refold = db.begin().await.expect("begins").refold().await.expect("folds");
        assert_eq!((refold.holds, refold.holds_differing), (1, Vec::new()));
        change(SubmissionEvent::LegalHoldLifted { hold }).await;
        assert_eq!(held(Sight::whole()).await, []);
        let refold = db.begin().await.expect("begins").refold().await.expect("folds");
        assert_eq!((refold.holds, refold.holds_differing), (0, Vec::new()));
    });
}

fn asked(answer_due_on: Date) -> RequestEvent {
    RequestEvent::ClarificationAsked { asked_on: DAY, answer_due_on, stopped_at: None }
}

#[test]
fn a_job_is_claimed_by_one_and_done_once() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, DAY).await;
        let request = register(&db, submission, 10).await;
        happen(&db, request, vec![RequestEvent::VerificationBegun {}, asked(date(2026, 9, 25))])
            .await;
        // Midnight in Paris after the day on which the answer is due.
        let due_at: Timestamp = "2026-09-25T22:00:00Z".parse().expect("a time");
        let claim = async |now: Timestamp| {
            db.claim_job(now, now.saturating_add(5.minutes()).expect("in time")).await
        };
        assert_eq!(claim(due_at - 1.second()).await.expect("looks"), None);
        let job = claim(due_at).await.expect("looks").expect("is due");
        assert_eq!((job.kind, job.request), (JobKind::LapseClarification, request));
        assert_eq!((job.due_at, job.attempts), (due_at, 1));
        assert_eq!(claim(due_at + 4.minutes()).await.expect("looks"), None, "claimed");

        // Whoever had it did not come back in time.
        let second = claim(due_at + 5.minutes()).await.expect("looks").expect("is abandoned");
        assert_eq!(second.attempts, 2);
        let mut tx = db.begin().await.expect("begins");
        let late = tx.finish_job(&job).await;
        assert!(matches!(late, Err(Error::Conflict(Conflict))), "the first one lost it");
        drop(tx);
        db.retry_job(&second, due_at + 10.minutes(), "no ink").await.expect("gives it back");
        let lost = db.retry_job(&job, due_at, "").await;
        assert!(matches!(lost, Err(Error::Conflict(Conflict))));
        let mut tx = db.snapshot().await.expect("begins");
        let due = tx.jobs_due(due_at).await.expect("counts");
        assert_eq!((due.due, due.failed), (1, 1));
        drop(tx);
        assert_eq!(claim(due_at + 9.minutes()).await.expect("looks"), None, "waits");
        let third = claim(due_at + 10.minutes()).await.expect("looks").expect("is due again");

        // What it did and its end are one: rolled back, both are undone.
        let mut tx = db.begin().await.expect("begins");
        tx.finish_job(&third).await.expect("is ours");
        drop(tx);
        let mut tx = db.begin().await.expect("begins");
        tx.finish_job(&third).await.expect("is still ours");
        tx.commit().await.expect("commits");
        assert_eq!(claim(due_at + 1.hour()).await.expect("looks"), None, "done");
    });
}

#[test]
fn what_is_called_for_again_takes_the_place_of_what_was() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, DAY).await;
        let request = register(&db, submission, 10).await;
        let answered = RequestEvent::ClarificationAnswered { answered_on: DAY };
        let again = asked(date(2026, 10, 25));
        happen(&db, request, vec![asked(date(2026, 9, 25)), answered, again]).await;
        let owed = RequestEvent::FindingRecorded {
            aspect: Aspect::Instrument,
            finding: Finding {
                by: PersonId(id(7)),
                rule: RuleId::new("rule").expect("a code"),
                checked: Default::default(),
                verdict: Verdict::Owed {
                    until: date(2026, 9, 23),
                    basis: LegalBasis::EuEmergencyOrder,
                },
                verification: None,
            },
        };
        let answered = RequestEvent::ClarificationAnswered { answered_on: DAY };
        happen(&db, request, vec![answered, owed]).await;
        let mut due = Vec::new();
        let late: Timestamp = "2027-01-01T00:00:00Z".parse().expect("a time");
        while let Some(job) = db.claim_job(late, late + 1.hour()).await.expect("looks") {
            due.push((job.kind, job.due_at.to_string()));
        }
        assert_eq!(
            due,
            [
                // By winter it is UTC+1 in Paris.
                (JobKind::ReportInstrumentOverdue, "2026-09-23T22:00:00Z".to_owned()),
                (JobKind::LapseClarification, "2026-10-25T23:00:00Z".to_owned()),
            ]
        );
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(tx.version(Stream::Request(request)).await.expect("reads"), 6);
    });
}

/// Eight workers on the database at once do each of forty jobs once.
#[test]
fn workers_at_once_do_each_job_once() {
    on_each(async |location| {
        let db = open(&location).await;
        let submission = receive(&db, 1, DAY).await;
        for n in 0..40 {
            let request = register(&db, submission, 100 + 10 * n).await;
            happen(&db, request, vec![asked(date(2026, 9, 25))]).await;
        }
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().expect("a time");
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    while let Some(job) = db.claim_job(now, now + 1.hour()).await.expect("looks") {
                        let mut tx = db.begin().await.expect("begins");
                        tx.finish_job(&job).await.expect("is ours");
                        tx.commit().await.expect("commits");
                        done.push(job.request.0);
                    }
                    done
                })
            })
            .collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(worker.await.expect("ends"));
        }
        done.sort();
        let expected: Vec<_> = (0..40).map(|n| id(100 + 10 * n)).collect();
        assert_eq!(done, expected);
        let mut tx = db.snapshot().await.expect("begins");
        assert_eq!(tx.jobs_due(now).await.expect("counts").due, 0);
    });
}
