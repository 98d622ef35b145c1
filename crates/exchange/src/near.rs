//! "Did you mean …?"

/// Longer words are no typing errors of one another; it also bounds the work.
const WORD_CHARS_MAX: usize = 60;

/// The candidate that was probably meant, by edits on lower-case letters. At most a third of the
/// letters may differ, so that short codes are not taken for one another.
pub(crate) fn near<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let given: Vec<char> = text.trim().chars().flat_map(char::to_lowercase).collect();
    if given.is_empty() || given.len() > WORD_CHARS_MAX {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let known: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
            let edits = edits(&given, &known);
            (edits <= given.len().min(known.len()) / 3).then_some((edits, candidate))
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The mend for a word that is in no list.
pub(crate) fn did_you_mean<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: impl Into<String>,
) -> String {
    match near(text, candidates) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => otherwise.into(),
    }
}

/// Letters to insert, delete, replace or swap with their neighbour to get from one to the other
/// (optimal string alignment).
fn edits(from: &[char], to: &[char]) -> usize {
    let width = to.len() + 1;
    let mut before = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut row = vec![0; width];
    for (i, a) in from.iter().enumerate() {
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = last[j] + usize::from(a != b);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let known = ["approved", "approved_in_part", "rejected", "pending", "Morocco", "no"];
        assert_eq!(near(text, known), expected, "{text}");
    }

    #[test]
    fn a_near_word_is_found_and_a_far_one_is_not() {
        check("aproved", Some("approved"));
        check("apporved", Some("approved"));
        check("Approved", Some("approved"));
        check(" approved", Some("approved"));
        check("Moroco", Some("Morocco"));
        check("NO", Some("no"));
        check("na", None);
        check("granted", None);
        check("", None);
        check(&"x".repeat(1000), None);
    }
}
