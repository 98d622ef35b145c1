//! Tables for spreadsheets (RFC 4180: comma, CRLF, quotes where needed; UTF-8).

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A table with these columns.
pub(super) struct Csv(String);

impl Csv {
    pub(super) fn new(columns: &[&str]) -> Self {
        let mut csv = Self(String::new());
        csv.row(columns);
        csv
    }

    pub(super) fn row(&mut self, values: &[&str]) {
        for (n, value) in values.iter().enumerate() {
            if n > 0 {
                self.0.push(',');
            }
            self.value(value);
        }
        self.0.push_str("\r\n");
    }

    /// What a spreadsheet would take for a formula stands behind an apostrophe, which it shows as
    /// text (OWASP, CSV injection): names of people and of instruments are what somebody typed.
    fn value(&mut self, value: &str) {
        let is_formula = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        let shown = if is_formula { format!("'{value}") } else { value.to_owned() };
        match shown.contains([',', '"', '\r', '\n']) {
            true => self.0.push_str(&format!("\"{}\"", shown.replace('"', "\"\""))),
            false => self.0.push_str(&shown),
        }
    }

    /// The table as a file of this name, which is none that somebody typed.
    pub(super) fn into_file(self, name: &str) -> Response {
        file(self.0, "text/csv; charset=utf-8", name)
    }
}

/// What is not shown as a page, and saved under a name that nobody typed.
pub(super) fn file(body: String, kind: &'static str, name: &str) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_a_formula_and_never_two() {
        let mut csv = Csv::new(&["a", "b"]);
        for value in ["x", "=1+1", "-2", "+3", "@SUM(A1)", "\t=1", "a,b", "say \"a\"", "a\r\nb"] {
            csv.row(&[value, ""]);
        }
        assert_eq!(
            csv.0,
            "a,b\r\nx,\r\n'=1+1,\r\n'-2,\r\n'+3,\r\n'@SUM(A1),\r\n'\t=1,\r\n\"a,b\",\r\n\
             \"say \"\"a\"\"\",\r\n\"a\r\nb\",\r\n"
        );
    }
}
