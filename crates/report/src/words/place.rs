//! Countries as a sentence names them.

use domain::count::CountryRow;
use domain::{Country, Dataset};

/// Bodies that are no country, and the unknown country.
const BODIES: [&str; 6] = ["EU", "UN", "QM", "QN", "QO", "QP"];
const UNKNOWN: &str = "ZZ";

/// The name as a sentence has it: "the Netherlands", "France", "an unknown country".
pub(crate) fn in_sentence(country: Country) -> String {
    const ENDS: [&str; 8] = [
        "Islands",
        "Republic",
        "Territories",
        "Territory",
        "Emirates",
        "Union",
        "Court",
        "Nations",
    ];
    // Names that take the article without showing it by their form.
    const WITH_ARTICLE: [&str; 8] = ["NL", "PH", "BS", "GM", "MV", "IM", "US", "GB"];
    let name = country.name();
    if country.code() == UNKNOWN {
        return "an unknown country".to_owned();
    }
    let has_article =
        ENDS.iter().any(|end| name.ends_with(end)) || WITH_ARTICLE.contains(&country.code());
    if has_article { format!("the {name}") } else { name.to_owned() }
}

/// Rows of known countries and bodies; the unknown country is no place that could be counted.
pub(crate) fn known(dataset: &Dataset) -> impl Iterator<Item = &CountryRow> {
    dataset.countries.iter().filter(|row| row.country.code() != UNKNOWN)
}

pub(crate) fn unknown(dataset: &Dataset) -> Option<&CountryRow> {
    dataset.countries.iter().find(|row| row.country.code() == UNKNOWN)
}

/// "country" or "countries", or "countries and bodies" where the period holds a body that is no
/// country.
pub(crate) fn noun(dataset: &Dataset, number: usize) -> &'static str {
    let has_bodies = dataset.countries.iter().any(|row| BODIES.contains(&row.country.code()));
    match (has_bodies, number) {
        (false, 1) => "country",
        (false, _) => "countries",
        (true, 1) => "country or body",
        (true, _) => "countries and bodies",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_gives_a_country_its_article() {
        for (code, expected) in [
            ("FR", "France"),
            ("US", "the United States"),
            ("NL", "the Netherlands"),
            ("AE", "the United Arab Emirates"),
            ("DO", "the Dominican Republic"),
            ("QN", "Europol"),
            ("QP", "the International Criminal Court"),
            ("ZZ", "an unknown country"),
        ] {
            let country = Country::from_code(code).expect(code);
            assert_eq!(in_sentence(country), expected);
        }
    }
}
