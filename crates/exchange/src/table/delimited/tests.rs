use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;

/// The rows with their lines, or where the trouble is.
fn read(input: &[u8], delimiter: Option<Delimiter>) -> Vec<(u32, Result<Vec<String>, u32>)> {
    let mut rows = Vec::new();
    let read = each_row(input, Layout { delimiter, skip_rows: 0 }, &mut |found| {
        rows.push(match found {
            Found::Row(row) => {
                let cells = (0..row.cells.len()).map(|i| row.cell(i).to_owned()).collect();
                (row.line, Ok(cells))
            }
            Found::Trouble { line, column, .. } => (line, Err(column)),
        });
        ControlFlow::Continue(())
    });
    match read {
        Ok(_) => {}
        Err(Stopped::Trouble { line, column, .. }) => rows.push((line, Err(column))),
        Err(stopped) => panic!("{stopped:?}"),
    }
    rows
}

#[track_caller]
fn check(input: &str, expected: &[(u32, Result<&[&str], u32>)]) {
    let found = read(input.as_bytes(), None);
    let expected: Vec<_> = expected
        .iter()
        .map(|(line, row)| {
            let cells = row.map(|cells| cells.iter().map(|cell| (*cell).to_owned()).collect());
            (*line, cells)
        })
        .collect();
    assert_eq!(found, expected, "{input:?}");
}

#[test]
fn rows_are_split_and_unquoted() {
    check("", &[]);
    check("a,b\n1,2\n", &[(1, Ok(&["a", "b"])), (2, Ok(&["1", "2"]))]);
    check("a,b\r\n1,2", &[(1, Ok(&["a", "b"])), (2, Ok(&["1", "2"]))]);
    check("a;b,c\n", &[(1, Ok(&["a;b", "c"]))]);
    check("a;b;c,d\n", &[(1, Ok(&["a", "b", "c,d"]))]);
    check(",\n\n,,\n", &[(1, Ok(&["", ""])), (2, Ok(&[""])), (3, Ok(&["", "", ""]))]);
    check("\"a\"\"b\",\"\",\"c,d\"\n", &[(1, Ok(&["a\"b", "", "c,d"]))]);
    check("\"a\r\nb\",c\nd,e\n", &[(1, Ok(&["a\r\nb", "c"])), (3, Ok(&["d", "e"]))]);
    check("\"a\n\n\nb\"\nc", &[(1, Ok(&["a\n\n\nb"])), (5, Ok(&["c"]))]);
}

#[test]
fn quotes_astray_are_found_and_the_next_row_is_read() {
    check("a,b\"c\nd,e\n", &[(1, Err(2)), (2, Ok(&["d", "e"]))]);
    check("a,\"b\"c\nd,e\n", &[(1, Err(2)), (2, Ok(&["d", "e"]))]);
    check("a,b\nc,\"d\ne", &[(1, Ok(&["a", "b"])), (2, Err(2))]);
}

proptest! {
    /// What the `csv` crate writes and reads, this reads alike.
    #[test]
    fn it_agrees_with_the_csv_crate(rows in proptest::collection::vec(
        proptest::collection::vec("[a\",\n\r é]{0,6}", 2..5), 0..6,
    )) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).expect("a buffer");
        }
        let bytes = writer.into_inner().expect("a buffer");
        let found: Vec<_> = read(&bytes, Some(b',')).into_iter().map(|(_, row)| row).collect();
        let expected: Vec<_> = rows.into_iter().map(Ok).collect();
        prop_assert_eq!(found, expected);
    }
}
