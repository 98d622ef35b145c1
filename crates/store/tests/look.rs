//! Files that wait to be looked at: who claims them, and what is kept of what was found.

use databases::on_each;
use domain::event::SubmissionEvent;
use domain::id::{Actor, Sha256Hash, SubmissionId};
use domain::submission::Channel;
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use store::{
    Db, Error, Examination, Examined, FilesStanding, Keys, Location, MasterKey, NewSubmission,
    Particulars, Scan, Scanner, SealedSubmission, Sight, Verdict,
};
use uuid::Uuid;

/// 21 September 2026.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// A letter with so many files.
async fn letter(location: &Location, files: u8) -> (Db, SubmissionId) {
    let key = MasterKey::from_file(&format!("candor-master-key-v1 {}", "07".repeat(32)));
    let db = Db::open(location, Keys::new(&key.expect("a key"))).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.set_time_zone("Europe/Paris").await.expect("sets");
    tx.begin_log("example.com/log").await.expect("begins the log");
    tx.commit().await.expect("commits");
    let id = SubmissionId(Uuid::from_u128(1));
    let submission = NewSubmission::seal(db.keys(), id, &[]).expect("seals");
    let hashes: Vec<_> = (0..files).map(|n| Sha256Hash([n; 32])).collect();
    let kept: Vec<_> = hashes
        .iter()
        .map(|hash| submission.attach(*hash, "order.pdf", (b"the order", "at once")))
        .collect::<Result<_, _>>()
        .expect("seals");
    let received_on = date(2026, 9, 20);
    let event = SubmissionEvent::SubmissionReceived {
        channel: Channel::Letter,
        received_on,
        files: hashes,
    };
    let mut sealer = db.sealer().await.expect("reads");
    let change = sealer.receive(submission, event, &Particulars::default()).expect("seals");
    let mut tx = db.begin().await.expect("begins");
    tx.record(NOW, Actor::OperatorCli, &[change]).await.expect("records");
    tx.insert_attachments(&kept).await.expect("stores");
    tx.commit().await.expect("commits");
    (db, id)
}

async fn sealed(db: &Db, id: SubmissionId) -> SealedSubmission {
    let mut tx = db.snapshot().await.expect("begins");
    tx.sealed_submission(db.keys(), id, Sight::whole()).await.expect("reads").expect("is there")
}

async fn examined(db: &Db, id: SubmissionId) -> Vec<Examined> {
    let submission = sealed(db, id).await;
    let mut tx = db.snapshot().await.expect("begins");
    let files = tx.attachments(&submission).await.expect("reads");
    files.into_iter().map(|file| file.examined).collect()
}

#[test]
fn what_came_of_a_claim_is_kept_sealed_and_goes_with_the_file() {
    on_each(async |location| {
        let (db, id) = letter(&location, 1).await;
        let arrived = Examined {
            look: Some("at once".to_owned()),
            look_waits: true,
            scan: None,
            scan_waits: true,
        };
        assert_eq!(examined(&db, id).await, [arrived]);
        let claim = async |scanner, at: Timestamp| {
            db.claim_file(scanner, at, at + 10.minutes()).await.expect("looks")
        };
        let first = claim(Scanner::Absent, NOW).await.expect("one waits");
        assert_eq!(claim(Scanner::Present, NOW).await, None, "it is claimed");
        // The first was given up.
        let later = NOW + 1.hour();
        let second = claim(Scanner::Absent, later).await.expect("it waits again");
        assert_eq!(second.attempts, 2);

        let submission = sealed(&db, id).await;
        let looked = Examined {
            look: Some("in full".to_owned()),
            look_waits: false,
            scan: None,
            scan_waits: true,
        };
        let came = Examination { examined: looked.clone(), next_at: later, trouble: None };
        let end = async |claim, came: &Examination| {
            let mut tx = db.begin().await.expect("begins");
            tx.end_file_claim(&submission, claim, came).await?;
            tx.commit().await
        };
        let late = end(&first, &came).await.expect_err("somebody else has it");
        assert!(matches!(late, Error::Conflict(_)), "{late}");
        end(&second, &came).await.expect("writes");
        assert_eq!(examined(&db, id).await, std::slice::from_ref(&looked));
        assert_eq!(claim(Scanner::Absent, later).await, None, "nobody scans");

        let third = claim(Scanner::Present, later).await.expect("it waits for a scanner");
        let scan = Scan {
            verdict: Verdict::Found("Eicar".to_owned()),
            at: later,
            scanner: "ClamAV 1".to_owned(),
        };
        let found = Examined { scan: Some(scan), scan_waits: false, ..looked };
        let came = Examination { examined: found.clone(), next_at: later, trouble: None };
        end(&third, &came).await.expect("writes");
        assert_eq!(examined(&db, id).await, std::slice::from_ref(&found));
        assert!(found.is_quarantined());
        assert_eq!(claim(Scanner::Present, later + 720.hours()).await, None, "nothing waits");

        let mut tx = db.begin().await.expect("begins");
        tx.scan_again(&submission, third.sha256, later).await.expect("asks");
        tx.commit().await.expect("commits");
        let standing = db.snapshot().await.expect("begins").files_standing().await;
        let expected = FilesStanding { quarantined: 1, ..FilesStanding::default() };
        assert_eq!(standing.expect("counts"), expected, "what was found stands");
        assert!(claim(Scanner::Present, later).await.is_some(), "it is scanned again");

        let mut tx = db.begin().await.expect("begins");
        let erased = (id, SubmissionEvent::SubmissionErased { rules: None });
        tx.erase(later, Actor::OperatorCli, erased).await.expect("erases");
        assert_eq!(tx.files_standing().await.expect("counts"), FilesStanding::default());
    });
}

#[test]
fn workers_at_once_claim_each_file_once() {
    on_each(async |location| {
        let (db, _) = letter(&location, 24).await;
        let workers: Vec<_> = (0..6)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut claimed = Vec::new();
                    let until = NOW + 1.hour();
                    while let Some(claim) =
                        db.claim_file(Scanner::Present, NOW, until).await.expect("looks")
                    {
                        claimed.push(claim.sha256.0[0]);
                    }
                    claimed
                })
            })
            .collect();
        let mut claimed = Vec::new();
        for worker in workers {
            claimed.extend(worker.await.expect("ends"));
        }
        claimed.sort();
        assert_eq!(claimed, (0..24).collect::<Vec<_>>());
    });
}
