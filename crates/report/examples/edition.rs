//! Writes the files of an example edition into a folder, to look at them.
//!
//! `cargo run -p report --example edition -- FOLDER [first | everything | wide | published]`

#[path = "../tests/edition/mod.rs"]
mod edition;

use std::error::Error;
use std::fs;
use std::path::Path;

use report::{Format, render};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (folder, edition) = match arguments.as_slice() {
        [folder] | [folder, "first"] => (folder, edition::first_half_of_2021()),
        [folder, "everything"] => (folder, edition::of_everything()),
        [folder, "wide"] => (folder, edition::wide(200)),
        [folder, "published"] => (folder, edition::published(edition::of_everything())),
        _ => return Err("usage: edition FOLDER [first | everything | wide | published]".into()),
    };
    for file in render(&edition, &Format::ALL)? {
        let path = Path::new(folder).join(&file.path);
        fs::create_dir_all(path.parent().ok_or("a folder")?)?;
        fs::write(path, &file.bytes)?;
    }
    Ok(())
}
