//! Countries and the few bodies that are none, by their ISO 3166-1 alpha-2 code.
//!
//! Kosovo is XK, the European Union and the United Nations have their reserved codes; INTERPOL,
//! Europol, Eurojust and the International Criminal Court use QM to QP of ISO's user-assigned
//! range; ZZ is unknown. English names are those of the Unicode CLDR.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

mod table;

/// A country, as its place in the list of all countries by English name. Ordering is by name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(u16);

/// By folded name or alias, and by code.
static BY_TEXT: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let codes = Country::all().map(|country| (country.code().to_lowercase(), country));
    let names = Country::all().map(|country| (fold(country.name()), country));
    let mut by_text: HashMap<_, _> = codes.chain(names).collect();
    for (alias, code) in table::ALIASES {
        let country = by_text.get(&code.to_lowercase()).copied();
        by_text.insert((*alias).to_owned(), country.expect("an alias names a code of the table"));
    }
    by_text
});

impl Country {
    pub const COUNT: usize = table::TABLE.len();

    /// Every country, by English name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u16).map(Self)
    }

    /// The country of an ISO 3166-1 alpha-2 code in capital letters.
    pub fn from_code(code: &str) -> Option<Self> {
        let country = Self::from_text(code)?;
        (country.code() == code).then_some(country)
    }

    /// The country that a person means: a code, an English name or a known other name
    /// ("Marocco"), whatever its capitals and accents.
    pub fn from_text(text: &str) -> Option<Self> {
        // A spreadsheet names the same few countries a million times: try the cheap way first.
        BY_TEXT.get(text).or_else(|| BY_TEXT.get(&fold(text))).copied()
    }

    pub fn code(self) -> &'static str {
        table::TABLE[usize::from(self.0)].0
    }

    /// The English name.
    pub fn name(self) -> &'static str {
        table::TABLE[usize::from(self.0)].1
    }

    /// The place among all countries by English name, from 0.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Lower case, no accents, plain apostrophes, single spaces: the form of the aliases.
fn fold(text: &str) -> String {
    let plain: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| if matches!(c, '’' | '‘' | '`') { '\'' } else { c })
        .flat_map(char::to_lowercase)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.code().to_owned()
    }
}

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        Self::from_code(&code).ok_or_else(|| format!("`{code}` is no country code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_code_name_and_alias() {
        for (text, code) in [
            ("MA", "MA"),
            ("Marocco", "MA"),
            ("morocco", "MA"),
            ("Côte d'Ivoire", "CI"),
            ("  korea,  Republic of ", "KR"),
            ("DEU", "DE"),
            ("Kosovo", "XK"),
            ("interpol", "QM"),
        ] {
            assert_eq!(Country::from_text(text).map(Country::code), Some(code), "{text}");
        }
        assert_eq!(Country::from_text("Atlantis"), None);
        assert_eq!(Country::from_code("de"), None);
    }

    #[test]
    fn codes_and_names_are_unique_and_every_alias_has_its_country() {
        let codes: std::collections::HashSet<_> = Country::all().map(Country::code).collect();
        let names: std::collections::HashSet<_> = Country::all().map(Country::name).collect();
        assert_eq!((codes.len(), names.len()), (Country::COUNT, Country::COUNT));
        for (alias, code) in table::ALIASES {
            assert_eq!(Country::from_text(alias).map(Country::code), Some(*code), "{alias}");
            assert_eq!(*alias, fold(alias), "aliases are written folded");
        }
    }
}
