//! Reads the legal profiles: those built in, and over them those of the data directory.

use std::io::Read;
use std::path::{Path, PathBuf};

use domain::id::Sha256Hash;
use domain::profile::{Fault, Profiles, Step, Written};
use sha2::{Digest, Sha256};
use toml::de::{DeTable, DeValue};

use crate::Error;

/// The folder of a data directory whose `*.toml` are profiles.
pub(crate) const FOLDER: &str = "jurisdictions";

/// The largest profile that is shipped has 25 kB.
const FILE_BYTES_MAX: u64 = 1 << 20;

macro_rules! built_in {
    ($($name:literal),+) => {
        [$((
            concat!("jurisdictions/", $name),
            include_str!(concat!("../../../jurisdictions/", $name)),
        )),+]
    };
}

const BUILT_IN: [(&str, &str); 4] = built_in!["eu.toml", "us.toml", "uk.toml", "general.toml"];

/// The text of a file of law or holidays, and what messages call it.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The legal profiles of a data directory: `DIR/jurisdictions/*.toml`, in order of their names, and
/// those built in whose code is none of theirs. The directory may have no such folder.
///
/// # Errors
///
/// A folder that can't be read; or everything that is wrong in the files, one line each:
/// `FILE:LINE: what; mend`.
pub fn read_profiles(dir: &Path) -> Result<Profiles, Error> {
    let (own, mut wrong) = own_files(&dir.join(FOLDER), &LEGAL_PROFILES)?;
    let built_in = BUILT_IN.map(|(name, text)| File { name: name.into(), text: text.into() });
    match profiles(own, built_in.into()) {
        Ok(profiles) if wrong.is_empty() => return Ok(profiles),
        Ok(_) => {}
        Err(more) => wrong.extend(more),
    }
    Err(Error::Config(wrong.join("\n")))
}

/// What messages call a folder and each file of it.
pub(crate) struct Called {
    pub(crate) folder_unreadable: &'static str,
    pub(crate) file_unreadable: &'static str,
    pub(crate) too_large: &'static str,
}

const LEGAL_PROFILES: Called = Called {
    folder_unreadable: "the folder of legal profiles can't be read",
    file_unreadable: "the legal profile can't be read",
    too_large: "it is larger than 1 MiB; split it into several profiles",
};

/// Whether a file of such a folder is read.
pub(crate) fn is_read(name: &Path) -> bool {
    name.extension().is_some_and(|extension| extension == "toml")
}

/// The files of a folder that are read, in order of their names; none where there is no folder.
pub(crate) fn own_paths(folder: &Path, unreadable: &'static str) -> Result<Vec<PathBuf>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::file(folder, unreadable)(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::file(folder, unreadable))?.path();
        if is_read(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The files of a folder, and what is wrong with those that can't be taken.
pub(crate) fn own_files(folder: &Path, called: &Called) -> Result<(Vec<File>, Vec<String>), Error> {
    let (mut files, mut wrong) = (Vec::new(), Vec::new());
    for path in own_paths(folder, called.folder_unreadable)? {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        std::fs::File::open(&path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
            .map_err(Error::file(&path, called.file_unreadable))?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            wrong.push(format!("{name}:1: {}", called.too_large));
            continue;
        }
        match String::from_utf8(bytes) {
            Ok(text) => files.push(File { name, text }),
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
                wrong.push(format!("{name}:{line}: this is not UTF-8; save the file as UTF-8"));
            }
        }
    }
    Ok((files, wrong))
}

/// The profiles of these files, the built-in ones only where none of `own` has their code; or what
/// is wrong with any of them.
fn profiles(own: Vec<File>, built_in: Vec<File>) -> Result<Profiles, Vec<String>> {
    let (mut files, mut written, mut wrong) = (Vec::new(), Vec::<Written>::new(), Vec::new());
    let own_count = own.len();
    let mut replaced = Vec::new();
    for (at, file) in own.into_iter().chain(built_in).enumerate() {
        match toml::from_str::<Written>(&file.text) {
            Ok(profile) if at < own_count => {
                replaced.push(profile.code().to_owned());
                written.push(profile);
                files.push(file);
            }
            Ok(profile) if replaced.iter().any(|code| code == profile.code()) => {}
            Ok(profile) => {
                written.push(profile);
                files.push(file);
            }
            Err(error) => wrong.push(unreadable(&file, &error)),
        }
    }
    let sha256 = |bytes: &[u8]| Sha256Hash(Sha256::digest(bytes).into());
    match Profiles::new(&written, sha256) {
        Ok(profiles) if wrong.is_empty() => Ok(profiles),
        Ok(_) => Err(wrong),
        Err(faults) => {
            wrong.extend(faults.iter().map(|fault| told(&files[fault.profile], fault)));
            Err(wrong)
        }
    }
}

pub(crate) fn unreadable(file: &File, error: &toml::de::Error) -> String {
    let line = line_at(&file.text, error.span().map_or(0, |span| span.start));
    let what = error.message().replace('\n', ", ");
    format!("{}:{line}: {what}; docs/profiles.md has every key and what it takes", file.name)
}

pub(crate) fn told(file: &File, fault: &Fault) -> String {
    format!("{}:{}: {fault}", file.name, line_of(&file.text, &fault.path))
}

/// The line to which a path leads, or of the last thing on the way that is there.
fn line_of(text: &str, path: &[Step]) -> usize {
    let Ok(document) = DeTable::parse(text) else { return 1 };
    let root = DeValue::Table(document.into_inner());
    let (mut value, mut start) = (&root, 0);
    for step in path {
        let next = match step {
            Step::Key(key) => value.get(*key),
            Step::At(place) => value.get(*place),
        };
        let Some(next) = next else { break };
        start = next.span().start;
        value = next.get_ref();
    }
    line_at(text, start)
}

/// The line of a byte, from 1, as an editor counts.
fn line_at(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::category::{Category, Demand, DemandClass};
    use domain::instrument::{Instrument, RuleId};
    use domain::profile::Source;
    use domain::request::Aspect;

    use super::*;

    const DOCS: &str = include_str!("../../../docs/profiles.md");

    fn shipped() -> Profiles {
        read_profiles(Path::new("/nowhere")).expect("the shipped profiles have no faults")
    }

    fn instrument(code: &str) -> Instrument {
        Instrument::new(code).expect("a code")
    }

    fn rule(code: &str) -> RuleId {
        RuleId::new(code).expect("a code")
    }

    fn confirm_all(profiles: &Profiles) -> BTreeMap<RuleId, Sha256Hash> {
        profiles.elements().map(|element| (element.code.clone(), element.sha256())).collect()
    }

    /// A data directory with these profiles.
    fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join(FOLDER);
        std::fs::create_dir(&folder).expect("a folder in it");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("a file in it");
        }
        dir
    }

    fn faults(files: &[(&str, &str)]) -> String {
        let dir = directory(files);
        let error = read_profiles(dir.path()).expect_err("it has faults").to_string();
        error.replace(&format!("{}/", dir.path().join(FOLDER).display()), "")
    }

    /// The example of the documentation.
    fn example() -> &'static str {
        let (_, after) = DOCS.split_once("```toml\n").expect("an example");
        after.split_once("```").expect("its end").0
    }

    #[test]
    fn the_shipped_profiles_ask_about_every_aspect_of_every_instrument() {
        let profiles = shipped();
        let codes: Vec<_> = profiles.all().iter().map(|profile| profile.code.as_str()).collect();
        assert_eq!(codes, ["eu", "us", "uk", "general"]);
        for law in profiles.instruments() {
            for aspect in Aspect::ALL {
                let count = law.elements_for(aspect).count();
                assert!((2..=5).contains(&count), "{}: {count}", law.rule(aspect));
            }
            let scope: Vec<_> =
                law.elements_for(Aspect::Scope).map(|element| element.code.as_str()).collect();
            for asked in ["no_wider", "transfer"] {
                assert!(scope.contains(&format!("{}.{asked}", law.code).as_str()), "{scope:?}");
            }
            let channel = rule(&format!("{}.channel", law.code));
            assert!(law.elements_for(Aspect::Officer).any(|element| element.code == channel));
        }
        for element in profiles.elements() {
            assert!(element.text.ends_with('?'), "{} is a question", element.code);
        }
    }

    #[test]
    fn the_codes_of_the_example_data_are_instruments() {
        let profiles = shipped();
        let text = include_str!("../../../examples/first-report/requests.csv");
        let mut rows = text.lines().map(|row| row.split(','));
        let header = rows.next().expect("a header").collect::<Vec<_>>();
        let column = header.iter().position(|name| *name == "instrument").expect("its column");
        for mut row in rows {
            let code = instrument(row.nth(column).expect("a cell"));
            assert!(profiles.instrument(&code).is_some(), "{code}");
        }
    }

    #[test]
    fn without_an_instrument_no_user_data_can_be_asked_for() {
        let none = instrument("none");
        let profiles = shipped();
        let demands = profiles.instrument(&none).and_then(|none| none.demands).expect("demands");
        let of_no_user =
            |demand: &Demand| demand.class() == DemandClass::Of(Category::TechnicalExpertise);
        let expertise: Vec<_> = Demand::ALL.into_iter().filter(of_no_user).collect();
        assert_eq!(demands.iter().collect::<Vec<_>>(), expertise, "all of the one category");
        assert_eq!(demands.fault_in(Category::TechnicalExpertise), None);
        assert!(demands.fault_in(Category::UserData).is_some(), "and none of the other");
    }

    #[test]
    fn an_element_changed_in_a_copy_is_a_draft_again() {
        let before = shipped();
        let confirmed = confirm_all(&before);
        let rules = before.instruments().count() * 3;
        let confirmation = before.confirmation(&confirmed);
        assert_eq!((confirmation.rules.len(), confirmation.drafts.len()), (rules, 0));
        assert!(before.confirmation(&BTreeMap::new()).rules.is_empty());

        let (_, eu) = BUILT_IN[0];
        let edited =
            eu.replacen("identifiers, kind of data and recipient", "identifiers, recipient", 1);
        assert_ne!(edited, eu);
        let dir = directory(&[("ours.toml", &edited)]);
        let after = read_profiles(dir.path()).expect("no faults");
        assert_eq!(after.instruments().count(), before.instruments().count());
        let confirmation = after.confirmation(&confirmed);
        let changed: Vec<_> = confirmation.changed.iter().map(RuleId::as_str).collect();
        assert_eq!(changed, ["eu_production_order.complete"]);
        assert_eq!(confirmation.rules.len(), rules - 1);
        assert!(!confirmation.rules.contains(&rule("eu_production_order.instrument")));
        assert!(confirmation.rules.contains(&rule("eu_production_order.scope")));
    }

    #[test]
    fn the_example_of_the_documentation_adds_an_instrument() {
        let dir = directory(&[("xx.toml", example()), ("notes.txt", "no profile")]);
        let profiles = read_profiles(dir.path()).expect("the example has no faults");
        assert_eq!(profiles.all().len(), BUILT_IN.len() + 1);
        assert_eq!(profiles.all()[0].code.as_str(), "xx");
    }

    /// The same hash as the few lines of Python in the documentation give.
    #[test]
    fn the_hash_of_an_element_is_what_the_documentation_says() {
        let dir = directory(&[("xx.toml", example())]);
        let profiles = read_profiles(dir.path()).expect("no faults");
        let element = profiles.element(&rule("xx_data_order.seal")).expect("in the example");
        assert_eq!(element.source, Source::NotChecked);
        assert!(DOCS.contains(&element.sha256().to_string()), "{}", element.sha256());
    }

    #[test]
    fn all_faults_are_told_with_their_line_and_the_mend() {
        let text = "code = \"xx\"\nname = \"Xland\"\n\n[[instrument]]\ncode = \"xx_order\"\n\
                    label = \"order\"\ndescription = \"An order.\"\ncountries = [\"QQ\"]\n\n\
                    [[instrument.element]]\ncode = \"xx_order.form\"\naspect = \"form\"\n\
                    text = \"\"\ncitation = \"Law, Art. 1\"\nsource = \"verified\"\n";
        let unknown = "code = \"yy\"\nname = \"Yland\"\nstatus = \"confirmed\"\n";
        let told = faults(&[("xx.toml", text), ("yy.toml", unknown)]);
        let begins = [
            "yy.toml:3: unknown field `status`",
            "xx.toml:8: profile `xx`, instrument `xx_order`: `QQ` is no country's code; write",
            "xx.toml:12: profile `xx`, instrument `xx_order`, element `xx_order.form`: `form` is \
             unknown as `aspect`; write one of officer, instrument, scope",
            "xx.toml:13: profile `xx`, instrument `xx_order`, element `xx_order.form`: `text` is \
             empty; write it",
            "xx.toml:5: profile `xx`, instrument `xx_order`: no element is about the officer",
            "xx.toml:5: profile `xx`, instrument `xx_order`: no element is about the instrument",
            "xx.toml:5: profile `xx`, instrument `xx_order`: no element is about the scope",
        ];
        assert_eq!(told.lines().count(), begins.len(), "{told}");
        for (line, begin) in told.lines().zip(begins) {
            assert!(line.starts_with(begin), "{line}\n{begin}");
        }
    }

    #[test]
    fn a_file_that_can_t_be_taken_is_told_beside_the_faults_of_others() {
        let large = "#".repeat(1 << 20) + "\n";
        let told = faults(&[("a.toml", &large), ("b.toml", "code = 1")]);
        assert!(told.starts_with("a.toml:1: it is larger than 1 MiB"), "{told}");
        assert!(told.contains("\nb.toml:1: invalid type"), "{told}");
        let dir = directory(&[]);
        std::fs::write(dir.path().join(FOLDER).join("c.toml"), b"code = \"c\"\nname = \"\xe9\"")
            .expect("a file");
        let told = read_profiles(dir.path()).expect_err("not UTF-8").to_string();
        assert!(told.contains("c.toml:2: this is not UTF-8"), "{told}");
    }
}
