//! What the command line tells a person: results on stdout, progress and errors on stderr.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line of a result. A reader that went away, such as `head`, is no error.
pub(crate) fn line(text: impl AsRef<str>) {
    writeln!(std::io::stdout(), "{}", text.as_ref()).ok();
}

/// What went wrong, and why as far as it is known.
pub(crate) fn error(error: &anyhow::Error) {
    let mut text = format!("candor: {error}");
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Transparent errors say the same again.
        if !said.contains(&cause) {
            text.push_str(&format!("\n  because {cause}"));
            said.push_str(&cause);
        }
    }
    writeln!(std::io::stderr(), "{text}").ok();
}

/// A progress bar on a terminal, nothing in a pipe.
pub(crate) fn progress(what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} ({per_sec})")
        .expect("the template is constant");
    let bar = ProgressBar::new_spinner().with_style(style).with_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A count with thousands separated by commas.
pub(crate) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 request`, `2 requests`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_separated() {
        assert_eq!(super::number(7), "7");
        assert_eq!(super::number(1_199), "1,199");
        assert_eq!(super::number(1_000_000), "1,000,000");
    }
}
