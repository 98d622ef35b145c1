//! Numbers in words and figures.

/// With commas: 1,234,567.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and its noun, which never part at the end of a line: "1 request", "160 requests".
/// The plural adds `s`, or turns `y` into `ies`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{}\u{a0}{}", count(number), noun_for(number, noun))
}

/// The noun in the form that the number asks for.
pub(crate) fn noun_for(number: u64, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if number == 1 => noun.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    }
}

/// In words up to twelve, in figures beyond.
pub(crate) fn spelled(number: u64) -> String {
    const WORDS: [&str; 13] = [
        "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let word = usize::try_from(number).ok().and_then(|place| WORDS.get(place));
    word.map_or_else(|| count(number), |word| (*word).to_owned())
}

/// As a sentence begins.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// "A", "A and B", "A, B and C".
pub(crate) fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// A quotient with one decimal, rounded half up: 160 in 12 is "13.3".
pub(crate) fn one_decimal(count_of: u64, by: u64) -> String {
    let by = u128::from(by.max(1));
    let tenths = (20 * u128::from(count_of) + by) / (2 * by);
    let whole = u64::try_from(tenths / 10).unwrap_or(u64::MAX);
    format!("{}.{}", count(whole), tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_readers_expect() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "request"), "1\u{a0}request");
        assert_eq!(counted(0, "country"), "0\u{a0}countries");
        assert_eq!(spelled(12), "twelve");
        assert_eq!(spelled(13), "13");
        assert_eq!(capital("eleven others"), "Eleven others");
        assert_eq!(capital("österreich"), "Österreich");
        assert_eq!(one_decimal(160, 12), "13.3");
        assert_eq!(one_decimal(105, 6), "17.5");
        assert_eq!(one_decimal(1, 20), "0.1");
        assert_eq!(one_decimal(5, 0), "5.0");
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["A"]), "A");
        assert_eq!(list(&["A", "B"]), "A and B");
        assert_eq!(list(&["A", "B", "C"]), "A, B and C");
    }
}
