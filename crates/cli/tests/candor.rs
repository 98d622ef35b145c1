//! The binary as a script meets it: exit codes, messages, and a kill in the middle.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use access::TotpSecret;
use app::{Arrival, By, Candor, CaseRow, Clock, Invitee, NewPeriods, Particulars, SignIn};
use databases::on_each;
use domain::access::Role;
use domain::id::{Actor, SubmissionId};
use domain::request::StageKind;
use domain::retention::{Months, RetentionClass};
use domain::submission::{Channel, NotARequest};
use jiff::SignedDuration;
use store::{InCommon, Location, Sight};

fn candor(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_candor"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("candor runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn wrong_usage_is_2_and_failed_work_is_1_with_the_mend() {
    assert_eq!(candor(&["import"]).status.code(), Some(2));
    assert_eq!(candor(&["report", "build", "--period", "2020-H3"]).status.code(), Some(2));
    let missing = candor(&["serve", "--dir", "nowhere"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("candor init"), "{}", stderr(&missing));
    assert!(stderr(&missing).contains("nowhere/candor.toml"), "{}", stderr(&missing));
}

#[test]
fn every_command_tells_what_it_is_for() {
    for command in [
        vec!["demo"],
        vec!["init"],
        vec!["import"],
        vec!["report"],
        vec!["report", "draft"],
        vec!["report", "build"],
        vec!["report", "publish"],
        vec!["serve"],
        vec!["backup"],
        vec!["restore"],
        vec!["export"],
        vec!["erase"],
        vec!["doctor"],
        vec!["completions"],
    ] {
        let help = candor(&[command.clone(), vec!["--help"]].concat());
        assert_eq!(help.status.code(), Some(0), "{command:?}");
        assert!(stdout(&help).lines().count() > 5, "{command:?}: {}", stdout(&help));
    }
    let completions = candor(&["completions", "bash"]);
    assert!(stdout(&completions).contains("_candor()"));
}

/// Whoever adds a command, a measure or a demand documents it.
#[test]
fn the_documents_know_every_command_measure_demand_and_mapping() {
    let readme = include_str!("../../../README.md");
    let import = include_str!("../../../docs/import.md");
    let help = stdout(&candor(&["--help"]));
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.filter_map(|line| line.split_whitespace().next());
    let pages = [readme, include_str!("../../../CHANGELOG.md")].concat();
    for command in commands.take_while(|word| *word != "help") {
        assert!(pages.contains(command), "{command} is not documented");
    }
    for measure in domain::figure::Measure::ALL {
        assert!(import.contains(&format!("`{}`", measure.code())), "{measure:?}");
    }
    for demand in domain::Demand::ALL {
        assert!(readme.contains(&format!("`{}`", demand.code())), "{demand:?}");
    }
    assert!(import.contains(exchange::Mapping::EXAMPLE));
}

#[test]
fn a_directory_in_use_is_not_initialized_again() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    assert_eq!(candor(&["init", path(&data)]).status.code(), Some(0));
    let again = candor(&["init", path(&data)]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("not empty"), "{}", stderr(&again));
    let zone = candor(&["init", path(&dir.path().join("other")), "--time-zone", "Atlantis"]);
    assert_eq!(zone.status.code(), Some(1));
    assert!(stderr(&zone).contains("Europe/Paris"), "{}", stderr(&zone));
}

#[test]
fn settings_that_are_wrong_are_named_with_their_line() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    candor(&["init", path(&data)]);
    let settings = data.join("candor.toml");
    let text = std::fs::read_to_string(&settings).expect("reads");
    std::fs::write(&settings, format!("{text}\n[serve]\nport = 80\n")).expect("writes");
    let refused = candor(&["doctor", "--dir", path(&data)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("candor.toml:"), "{}", stderr(&refused));
}

#[test]
fn a_key_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    candor(&["init", path(&data)]);
    assert_eq!(candor(&["doctor", "--dir", path(&data)]).status.code(), Some(0));
    let key = data.join("keys/master.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("sets");
    let told = candor(&["doctor", "--dir", path(&data)]);
    assert_eq!(told.status.code(), Some(1));
    assert!(stdout(&told).contains("chmod 600"), "{}", stdout(&told));
}

/// Rows of a file that takes a moment to import.
const ROWS: u64 = 1_500;

/// A file whose references no other round's file has.
fn many_requests(round: u32) -> String {
    let mut text = "reference,received_on,country,authority,category,instrument,demand,emergency,\
        accounts_specified,accounts_disclosed,outcome,ground,decided_on\n"
        .to_owned();
    for n in 0..ROWS {
        let day = n % 28 + 1;
        writeln!(
            text,
            "R-{round}-{n},2020-03-{day:02},France,Example Court,user_data,mlat,content,no,1,,\
             rejected,no_data,2020-04-01"
        )
        .expect("writes");
    }
    text
}

/// Kills imports at moments spread over the time that one takes. Afterwards either all of the file
/// is there or nothing. `CANDOR_KILL_ROUNDS` says how often.
#[test]
fn a_kill_in_the_middle_of_an_import_leaves_all_or_nothing() {
    let rounds: u32 =
        std::env::var("CANDOR_KILL_ROUNDS").map_or(5, |n| n.parse().expect("a number"));
    on_each(async |location| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (data, file) = (dir.path().join("data"), dir.path().join("requests.csv"));
        let mut init = vec!["init", path(&data)];
        if let Location::Postgres(url) = &location {
            init.extend(["--database-url", url]);
        }
        assert_eq!(candor(&init).status.code(), Some(0));
        let import = ["import", "--json", "--dir", path(&data), path(&file)];
        std::fs::write(&file, many_requests(0)).expect("writes");
        let begun = Instant::now();
        assert_eq!(candor(&import).status.code(), Some(0));
        let took = begun.elapsed();
        let mut left_nothing = 0;
        for round in 1..=rounds {
            std::fs::write(&file, many_requests(round)).expect("writes");
            let mut child = Command::new(env!("CARGO_BIN_EXE_candor"))
                .args(import)
                .stdout(Stdio::null())
                .spawn()
                .expect("candor runs");
            std::thread::sleep(took * round / (rounds + 1));
            child.kill().expect("is killed");
            child.wait().expect("ends");
            let again = candor(&import);
            let told: serde_json::Value = serde_json::from_str(&stdout(&again)).expect("JSON");
            match (told["new"].as_u64(), told["unchanged"].as_u64()) {
                (Some(ROWS), Some(0)) => left_nothing += 1,
                (Some(0), Some(ROWS)) => {}
                _ => panic!("round {round} left a part: {told}"),
            }
        }
        assert!(left_nothing > 0, "no kill came before the end");
        let doctor = candor(&["doctor", "--refold", "--dir", path(&data)]);
        assert_eq!(doctor.status.code(), Some(0), "{}", stdout(&doctor));
    });
}

#[test]
fn the_environment_opens_key_files_over_the_settings() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (data, passphrase) = (dir.path().join("data"), dir.path().join("passphrase"));
    std::fs::write(&passphrase, "correct horse\n").expect("writes");
    let made = candor(&["init", path(&data), "--passphrase-file", path(&passphrase)]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert!(stdout(&made).contains("encrypted"), "{}", stdout(&made));
    let doctor = |variable: &str, file: &Path| {
        Command::new(env!("CARGO_BIN_EXE_candor"))
            .args(["doctor", "--dir", path(&data)])
            .env(variable, file)
            .stdin(Stdio::null())
            .output()
            .expect("candor runs")
    };
    let moved = dir.path().join("moved");
    std::fs::rename(&passphrase, &moved).expect("moves");
    let refused = candor(&["doctor", "--dir", path(&data)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains(path(&passphrase)), "{}", stderr(&refused));
    let opened = doctor("CANDOR_PASSPHRASE_FILE", &moved);
    assert_eq!(opened.status.code(), Some(0), "{}", stderr(&opened));
    let refused = doctor("CANDOR_IDENTITY", &moved);
    assert!(stderr(&refused).contains("AGE-SECRET-KEY-1"), "{}", stderr(&refused));
}

/// Kills restores at moments spread over the time that one takes. Afterwards the directory is
/// complete or not there, and what is not there is restored by the same command again.
#[test]
fn a_kill_in_the_middle_of_a_restore_leaves_no_half_of_it() {
    const ROUNDS: u32 = 4;
    const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    const IDENTITY: &str =
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n";
    let dir = tempfile::tempdir().expect("a temporary folder");
    let place = |name: &str| dir.path().join(name);
    let (data, file, backup) = (place("data"), place("requests.csv"), place("backup.age"));
    let (keys, identity) = (data.join("keys"), place("identity.txt"));
    std::fs::write(&identity, IDENTITY).expect("writes");
    let requests: String = many_requests(0).split_inclusive('\n').take(500).collect();
    std::fs::write(&file, requests).expect("writes");
    assert_eq!(candor(&["init", path(&data)]).status.code(), Some(0));
    assert_eq!(candor(&["import", "--dir", path(&data), path(&file)]).status.code(), Some(0));
    let make = ["backup", "--dir", path(&data), "--out", path(&backup), "--recipient", RECIPIENT];
    let made = candor(&make);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert!(stdout(&made).contains("data/keys"), "{}", stdout(&made));
    assert_eq!(candor(&make).status.code(), Some(1), "no backup takes another's place");
    let new = place("new");
    let restore = [
        "restore",
        path(&backup),
        "--dir",
        path(&new),
        "--keys",
        path(&keys),
        "--identity",
        path(&identity),
    ];
    assert_eq!(candor(&restore).status.code(), Some(2), "published, or never published?");
    let restore = [&restore[..], &["--never-published"]].concat();
    let begun = Instant::now();
    let restored = candor(&restore);
    assert_eq!(restored.status.code(), Some(0), "{}", stderr(&restored));
    assert!(stdout(&restored).contains("can be read again"), "{}", stdout(&restored));
    let took = begun.elapsed();
    let mut left_nothing = 0;
    for round in 1..=ROUNDS {
        std::fs::remove_dir_all(&new).expect("removes");
        let mut child = Command::new(env!("CARGO_BIN_EXE_candor"))
            .args(&restore)
            .stdout(Stdio::null())
            .spawn()
            .expect("candor runs");
        std::thread::sleep(took * round / (ROUNDS + 1));
        child.kill().expect("is killed");
        child.wait().expect("ends");
        if !new.join("candor.toml").exists() {
            left_nothing += 1;
            let again = candor(&restore);
            assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        }
        let doctor = candor(&["doctor", "--refold", "--dir", path(&new)]);
        assert_eq!(doctor.status.code(), Some(0), "{}", stdout(&doctor));
    }
    assert!(left_nothing > 0, "no kill came before the end");
}

/// Runs the demo, and kills it as soon as it has come so far.
fn demo_killed_when(demo: &Path, has_come_so_far: impl Fn() -> bool) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_candor"))
        .args(["demo", "--no-serve", "--dir", path(demo)])
        .stdout(Stdio::null())
        .spawn()
        .expect("candor runs");
    while !has_come_so_far() {
        assert!(child.try_wait().expect("is looked at").is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("is killed");
    child.wait().expect("ends");
}

/// How many leaves the last checkpoint is over that was signed here.
fn signed_leaves(demo: &Path) -> u64 {
    let checkpoint = std::fs::read_to_string(demo.join("checkpoint")).unwrap_or_default();
    checkpoint.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or(0)
}

/// All requests that the demo handles, and the number of events.
async fn handled(candor: &Candor) -> (Vec<CaseRow>, i64) {
    let mut tx = candor.db.snapshot().await.expect("begins");
    let mut ids: Vec<_> = tx.docket_lines(None, &mut InCommon::default()).await.expect("reads");
    ids.sort_by_key(|line| line.request);
    let ids: Vec<_> = ids.iter().map(|line| line.request).collect();
    let cases = tx.cases_with_ids(&ids, Sight::whole()).await.expect("reads");
    (cases, tx.head().await.expect("reads").0)
}

#[test]
fn a_demo_that_was_killed_is_finished_by_the_next_run_and_then_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let runtime = tokio::runtime::Runtime::new().expect("worker threads start");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (demo, logins) = (dir.path().join("demo"), dir.path().join("demo/logins.txt"));
    let run = || {
        let done = candor(&["demo", "--no-serve", "--dir", path(&demo)]);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        stdout(&done)
    };
    // While the example is published, while people join, and in the middle of the week.
    demo_killed_when(&demo, || signed_leaves(&demo) > 0);
    demo_killed_when(&demo, || logins.exists());
    let before = signed_leaves(&demo);
    demo_killed_when(&demo, || signed_leaves(&demo) > before + 15);
    let told = run();
    assert!(told.contains("technical expert"), "{told}");
    let open = || runtime.block_on(Candor::open(&demo, Clock::System)).expect("opens");

    let candor_of_demo = open();
    let (cases, events) = runtime.block_on(handled(&candor_of_demo));
    assert_eq!(cases.len(), 18);
    let stages: BTreeSet<_> = cases.iter().map(|case| case.stage.code()).collect();
    assert_eq!(stages, StageKind::ALL.map(StageKind::code).into());
    let standing = runtime.block_on(async {
        let mut tx = candor_of_demo.db.snapshot().await.expect("begins");
        tx.files_standing().await.expect("counts")
    });
    assert_eq!(standing.quarantined, 1, "what the forgers attached");
    runtime.block_on(candor_of_demo.close());
    let mode = std::fs::metadata(&logins).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let known = std::fs::read_to_string(&logins).expect("reads");
    let told_again = run();
    assert!(told_again.contains("2020 is published, revision 0"), "{told_again}");
    assert_eq!(std::fs::read_to_string(&logins).expect("reads"), known);
    let line = told_again.lines().find(|line| line.starts_with("intake")).expect("a login");
    let [_, email, password, code, _] = line.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{line}")
    };
    let candor_of_demo = open();
    assert_eq!(runtime.block_on(handled(&candor_of_demo)), (cases, events));
    let with = SignIn { email, password, code, user_agent: "Example browser 1.0" };
    runtime.block_on(candor_of_demo.sign_in(with)).expect("signs in");
    runtime.block_on(candor_of_demo.close());
    // The code was used, so there are new ones, and everybody else keeps theirs.
    let told_anew = run();
    let changed = told_again.lines().zip(told_anew.lines()).filter(|(was, is)| was != is);
    let changed: Vec<_> = changed.map(|(_, is)| is).collect();
    assert!(matches!(changed[..], [line] if line.starts_with("intake")), "{changed:?}");

    let doctor = candor(&["doctor", "--refold", "--dir", path(&demo)]);
    assert_eq!(doctor.status.code(), Some(0), "{}", stdout(&doctor));
}

#[test]
fn a_demo_leaves_other_data_directories_alone() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    assert_eq!(candor(&["init", path(&data)]).status.code(), Some(0));
    let refused = candor(&["demo", "--no-serve", "--dir", path(&data)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("not one of a demo"), "{}", stderr(&refused));
    let folder = dir.path().join("folder");
    std::fs::create_dir_all(folder.join("something")).expect("makes it");
    let refused = candor(&["demo", "--no-serve", "--dir", path(&folder)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("if it holds something"), "{}", stderr(&refused));
    let left: Vec<_> = std::fs::read_dir(dir.path()).expect("reads").collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// Three letters that held no request, two years ago; by the periods that the privacy officer
/// declared they are to go, and a legal hold stands on one of them.
async fn two_years_ago(data: &Path) -> Vec<SubmissionId> {
    let then = Clock::System.now() - SignedDuration::from_hours(2 * 366 * 24);
    let candor = Candor::open(data, Clock::Fixed(then)).await.expect("opens");
    let invitee = Invitee {
        name: "P. Exemple",
        email: "p.exemple@publisher.example",
        roles: [Role::PrivacyOfficer].into_iter().collect(),
    };
    let link = candor.invite(invitee, By::OperatorCli).await.expect("invites").link.reveal();
    let authenticator = candor.begin_joining(&link).await.expect("begins");
    let secret = TotpSecret::read(&authenticator.secret_in_groups.replace(' ', ""));
    let code = secret.expect("a secret").code_at(then);
    let joined = candor.join(&link, ("seven green ladders", &code), "Example browser 1.0").await;
    let session = joined.expect("joins").session.reveal();
    let officer = candor.session(&session).await.expect("reads").expect("is signed in");
    let mut letters = Vec::new();
    for reference in ["AD 1", "AD 2", "AD 3"] {
        let arrival = Arrival {
            channel: Channel::Letter,
            received_on: candor.today(),
            files: Vec::new(),
            particulars: Particulars { reference: Some(reference.to_owned()), nonce: None },
        };
        let received = candor.receive(arrival, Actor::OperatorCli).await.expect("seals");
        let (reason, by) = (NotARequest::Advertising, By::OperatorCli);
        candor.declare_not_a_request(received.submission, reason, by).await.expect("declares");
        letters.push(received.submission);
    }
    let months = Months::try_from(12).expect("a period");
    let period = (months, "Decision of the board, no. 12".to_owned());
    let periods = NewPeriods {
        periods: [(RetentionClass::NotARequest, period)].into_iter().collect(),
        appeal: None,
    };
    candor.declare_periods(periods, &officer).await.expect("declares");
    let year = candor.today().year();
    let number = format!("{year}-0002").parse().expect("a number");
    candor.place_hold(number, "Proceedings, 4 S 12/26.", &officer).await.expect("places");
    candor.close().await;
    letters
}

/// The number of events, and which of the submissions can be read.
async fn stands(data: &Path, letters: &[SubmissionId]) -> (i64, Vec<bool>) {
    let candor = Candor::open(data, Clock::System).await.expect("opens");
    let mut tx = candor.db.snapshot().await.expect("begins");
    let mut readable = Vec::new();
    for id in letters {
        readable.push(tx.is_readable(*id).await.expect("reads"));
    }
    let events = tx.head().await.expect("reads").0;
    drop(tx);
    candor.close().await;
    (events, readable)
}

#[test]
fn a_dry_run_of_retention_tells_what_would_go_and_erases_nothing() {
    let runtime = tokio::runtime::Runtime::new().expect("worker threads start");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    assert_eq!(candor(&["init", path(&data)]).status.code(), Some(0));
    let dry = || candor(&["retention", "--dry-run", "--dir", path(&data)]);
    let told = stdout(&dry());
    assert!(told.contains("No period is declared, so nothing is ever due."), "{told}");
    let letters = runtime.block_on(two_years_ago(&data));
    let before = runtime.block_on(stands(&data, &letters));
    assert_eq!(before.1, [true; 3]);
    for _ in 0..2 {
        let output = dry();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let told = stdout(&output);
        let due: Vec<_> = told.lines().filter(|line| line.contains("is due since")).collect();
        assert_eq!(due.len(), 2, "{told}");
        assert!(due[0].contains("-0001 (") && due[1].contains("-0003 ("), "{told}");
        let held = told.lines().find(|line| line.contains("-0002 (")).expect("is told");
        assert!(held.contains("and stays: a legal hold stands"), "{told}");
        let sum = "2 submissions are due to be erased, 1 is held back. Nothing was changed.";
        assert!(told.contains(sum), "{told}");
        assert_eq!(runtime.block_on(stands(&data, &letters)), before, "nothing was");
        assert!(!data.join("erasures").exists());
    }
    let erased = candor(&["retention", "--dir", path(&data)]);
    assert_eq!(erased.status.code(), Some(0), "{}", stderr(&erased));
    assert_eq!(stdout(&erased).matches("Erased.").count(), 2, "{}", stdout(&erased));
    let after = runtime.block_on(stands(&data, &letters));
    assert_eq!(after, (before.0 + 2, vec![false, true, false]));
    let told = stdout(&dry());
    assert!(told.contains("0 submissions are due to be erased, 1 is held back."), "{told}");
}
