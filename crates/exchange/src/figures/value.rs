//! A figure as companies print it.

use domain::figure::Value;

use crate::fault::{Trouble, shown};

/// The value of a cell; `None` where it is blank: not stated.
pub(super) fn value(text: &str, thousands: char) -> Result<Option<Value>, Trouble> {
    let value = match text {
        "" => return Ok(None),
        "*" => Some(Value::Withheld),
        "-" | "–" => Some(Value::NotApplicable),
        _ => match ends_of_band(text) {
            None => number(text, thousands).map(Value::Exact),
            Some((low, high)) => number(low.trim(), thousands)
                .zip(number(high.trim(), thousands))
                .map(|(low, high)| Value::Band { low, high }),
        },
    };
    match value {
        Some(Value::Band { low, high }) if low > high => {
            let what = format!("the band {} ends below where it begins", shown(text));
            Err(Trouble::new(what, "write the lower number first"))
        }
        Some(value) => Ok(Some(value)),
        None => Err(Trouble::new(
            format!("{} is no figure", shown(text)),
            "write digits (1199 or 1,199), a band (0-249 or `between 0 and 249`), `*` for withheld, \
             `-` for not applicable, or nothing; a mapping file can set another mark of thousands",
        )),
    }
}

/// The two texts between which a band lies.
fn ends_of_band(text: &str) -> Option<(&str, &str)> {
    let in_words = text.strip_prefix("between ").or_else(|| text.strip_prefix("Between "));
    match in_words {
        Some(rest) => rest.split_once(" and "),
        None => text.split_once(['-', '–']),
    }
}

/// A whole number, its thousands apart by the mark or by a kind of space. Groups must be whole:
/// `1,19` may be a decimal fraction and is none of ours to judge.
fn number(text: &str, thousands: char) -> Option<u64> {
    let is_mark = |c: char| c == thousands || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}');
    let mark = text.chars().find(|c| is_mark(*c));
    let mut groups = text.split(|c| Some(c) == mark);
    let first = groups.next()?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let leads = !first.is_empty() && is_digits(first) && (mark.is_none() || first.len() <= 3);
    let follow = groups.all(|group| group.len() == 3 && is_digits(group));
    if !leads || !follow {
        return None;
    }
    let digits: String = text.chars().filter(|c| Some(*c) != mark).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, thousands: char, expected: Option<Value>) {
        assert_eq!(value(text, thousands), Ok(expected), "{text}");
    }

    #[test]
    fn a_figure_is_read_as_it_is_printed() {
        check("", ',', None);
        check("0", ',', Some(Value::Exact(0)));
        check("1199", ',', Some(Value::Exact(1199)));
        check("1,199", ',', Some(Value::Exact(1199)));
        check("1 199", ',', Some(Value::Exact(1199)));
        check("1\u{202f}234\u{202f}567", ',', Some(Value::Exact(1_234_567)));
        check("1.199", '.', Some(Value::Exact(1199)));
        check("1'199", '\'', Some(Value::Exact(1199)));
        check("*", ',', Some(Value::Withheld));
        check("-", ',', Some(Value::NotApplicable));
        check("–", ',', Some(Value::NotApplicable));
        check("0-249", ',', Some(Value::Band { low: 0, high: 249 }));
        check("0 – 499", ',', Some(Value::Band { low: 0, high: 499 }));
        check("1,000-1,249", ',', Some(Value::Band { low: 1000, high: 1249 }));
        check("between 250 and 499", ',', Some(Value::Band { low: 250, high: 499 }));
    }

    #[test]
    fn what_may_be_a_fraction_or_anything_else_is_refused() {
        for text in [
            "1,19",
            "1,1999",
            ",199",
            "1,",
            "12345,678",
            "1.199",
            "1,199 000",
            "-5",
            "5%",
            "1e3",
            "+5",
            "n/a",
            "1--2",
            "5-",
            "between 5",
            "99999999999999999999",
            "<10",
            "١٢٣",
        ] {
            assert!(value(text, ',').is_err(), "{text}");
        }
        let backwards = value("499-250", ',').expect_err("a band runs upwards");
        assert_eq!(backwards.what, "the band `499-250` ends below where it begins");
    }
}
