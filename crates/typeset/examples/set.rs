//! Sets a template with the files of a folder, for work on a template: change, run, look.
//!
//! `cargo run -p typeset --example set -- TEMPLATE FOLDER OUT.pdf`

use std::error::Error;
use std::fs;
use std::path::Path;

use typeset::{Day, Document, File};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [template, folder, out] = arguments.as_slice() else {
        return Err("usage: set TEMPLATE FOLDER OUT.pdf".into());
    };
    let given = read(Path::new(folder))?;
    let files: Vec<File<'_>> =
        given.iter().map(|(name, bytes)| File { name: name.as_str(), bytes }).collect();
    let document = Document {
        template: &fs::read_to_string(template)?,
        files: &files,
        created_on: Day { year: 2000, month: 1, day: 1 },
        identifier: template,
        creator: "typeset",
    };
    fs::write(out, typeset::pdf(&document)?)?;
    Ok(())
}

fn read(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name in UTF-8")?;
            files.push((name.to_owned(), fs::read(&path)?));
        }
    }
    Ok(files)
}
