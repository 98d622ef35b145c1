//! Reads the public holidays: those built in, and over them those of the data directory.

use std::path::Path;

use domain::holidays::{Holidays, Written};

use crate::Error;
use crate::profiles::{Called, File, own_files, told, unreadable};

/// The folder of a data directory whose `*.toml` are the holidays of a country each.
pub(crate) const FOLDER: &str = "holidays";

macro_rules! built_in {
    ($($country:literal),+ $(,)?) => {
        [$((
            concat!("holidays/", $country, ".toml"),
            include_str!(concat!("../../../holidays/", $country, ".toml")),
        )),+]
    };
}

/// The countries that the built-in profiles name.
const BUILT_IN: [(&str, &str); 29] = built_in![
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE",
    "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "US"
];

const CALLED: Called = Called {
    folder_unreadable: "the folder of public holidays can't be read",
    file_unreadable: "the public holidays can't be read",
    too_large: "it is larger than 1 MiB; leave out years that are over",
};

/// The public holidays of a data directory: `DIR/holidays/*.toml`, and those built in of countries
/// that have no file there. The directory may have no such folder.
///
/// # Errors
///
/// A folder that can't be read; or everything that is wrong in the files, one line each:
/// `FILE:LINE: what; mend`.
pub fn read_holidays(dir: &Path) -> Result<Holidays, Error> {
    let (own, mut wrong) = own_files(&dir.join(FOLDER), &CALLED)?;
    let own_count = own.len();
    let built_in =
        BUILT_IN.map(|(name, text)| File { name: name.to_owned(), text: text.to_owned() });
    let (mut files, mut written) = (Vec::new(), Vec::<Written>::new());
    for (at, file) in own.into_iter().chain(built_in).enumerate() {
        match toml::from_str::<Written>(&file.text) {
            Ok(one) if at >= own_count && written.iter().any(|w| w.country() == one.country()) => {}
            Ok(one) => {
                written.push(one);
                files.push(file);
            }
            Err(error) => wrong.push(unreadable(&file, &error)),
        }
    }
    match Holidays::new(&written) {
        Ok(holidays) if wrong.is_empty() => return Ok(holidays),
        Ok(_) => {}
        Err(faults) => wrong.extend(faults.iter().map(|fault| told(&files[fault.profile], fault))),
    }
    Err(Error::Config(wrong.join("\n")))
}

#[cfg(test)]
mod tests {
    use domain::Country;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_country_of_the_shipped_profiles_has_its_holidays() {
        let nowhere = Path::new("/nowhere");
        let holidays = read_holidays(nowhere).expect("the shipped holidays have no faults");
        let profiles = crate::read_profiles(nowhere).expect("no faults");
        for law in profiles.instruments() {
            let domain::profile::Countries::Of(countries) = &law.countries else { continue };
            for country in countries {
                let calendar = holidays.of(Some(*country));
                assert!(calendar.knows(2026) && calendar.knows(2027), "{country:?}");
                let new_year = date(2027, 1, 1);
                assert!(!calendar.is_working(new_year), "{country:?} has a Friday off");
            }
        }
    }

    #[test]
    fn a_file_of_the_data_directory_takes_the_place_of_a_country_s() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join(FOLDER);
        std::fs::create_dir(&folder).expect("a folder in it");
        let ours = "country = \"DE\"\nyears = [2028]\nholiday = [\n    { on = \"2028-01-03\", \
                    name = \"Day off\", source = \"invented\" },\n]\n";
        std::fs::write(folder.join("DE.toml"), ours).expect("a file in it");
        let holidays = read_holidays(dir.path()).expect("no faults");
        let german = holidays.of(Country::from_code("DE"));
        assert!(german.knows(2028) && !german.knows(2026) && !german.is_working(date(2028, 1, 3)));
        assert!(holidays.of(Country::from_code("FR")).knows(2026), "the others stay");

        let wrong = ours.replace("[2028]", "[2027]").replace("invented", "");
        std::fs::write(folder.join("DE.toml"), wrong).expect("a file in it");
        let told = read_holidays(dir.path()).expect_err("it has faults").to_string();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), 2, "{told}");
        assert!(lines[0].contains("DE.toml:4: 2028-01-03 is in none of the years"), "{told}");
        assert!(lines[1].contains("DE.toml:4: `source` of 2028-01-03 is empty"), "{told}");
    }
}
