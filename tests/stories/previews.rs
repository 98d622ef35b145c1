//! What is seen of files without opening them, and that what is made to break this breaks nothing.

use axum::http::{StatusCode, header};
use databases::on_each;
use domain::access::Role;

use crate::clamd::{Clamd, eicar};
use crate::office::{CONFIRMER, INTAKE, Office, PEOPLE, VERIFIER, plain, told};

/// A PDF of these objects, with a table that says where each is. The first is the catalogue.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (n, object) in (1..).zip(objects) {
        places.push(file.len());
        file.extend(format!("{n} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").as_bytes());
    }
    let size = objects.len() + 1;
    let end = format!("trailer\n<</Size {size} /Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n");
    file.extend(end.as_bytes());
    file
}

fn stream(entries: &str, content: &str) -> String {
    format!("<<{entries} /Length {}>>\nstream\n{content}\nendstream", content.len())
}

/// A letter of two pages: black words on the first, a red square over the second.
fn letter() -> Vec<u8> {
    let words = "BT /F1 36 Tf 72 700 Td (An order about accounts) Tj ET";
    let square = "1 0 0 rg 0 0 595 842 re f";
    let font = "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>";
    let page = |content: u8| {
        format!(
            "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
             /Resources <</Font <</F1 7 0 R>>>>>>"
        )
    };
    pdf(&[
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R 4 0 R] /Count 2>>",
        &page(5),
        &page(6),
        &stream("", words),
        &stream("", square),
        font,
    ])
}

/// A PDF of one page with this box and content, and with what its resources name.
fn page_of(media_box: &str, content: &str, more: &[&str]) -> Vec<u8> {
    let page = format!(
        "<</Type /Page /Parent 2 0 R /MediaBox {media_box} /Contents 4 0 R \
         /Resources <</XObject <</X 5 0 R>>>>>>"
    );
    let content = stream("", content);
    let mut objects = vec![
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        &page,
        &content,
    ];
    objects.extend(more);
    pdf(&objects)
}

/// A PNG whose header says so many pixels, and which has none.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend(&header);
    file.extend(crc(&header).to_be_bytes());
    file
}

/// CRC-32 as PNG has it (third edition, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        }
    }
    !crc
}

/// The paths of the previews that a page links to, in order.
fn previews(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.contains("/preview/")).map(str::to_owned).collect()
}

#[test]
fn a_letter_is_seen_page_by_page_and_no_byte_of_it_is_sent() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let submission = office.enters_letter("AZ 1", &letter()).await;
        let page = office.opens(INTAKE, &format!("/submissions/{submission}")).await;
        let first = previews(page.text()).pop().expect("a preview");
        let early = plain(office.opens(INTAKE, &first).await.text());
        assert!(early.contains("Nobody has looked into it yet"), "{early}");
        office.candor().examine_off().await.expect("looks");

        let seen = office.opens(INTAKE, &first).await;
        let text = plain(seen.text());
        assert!(text.contains("Page 1 of 2") && text.contains("Next page"), "{text}");
        assert!(!text.contains("An order about accounts"), "{text}");
        assert!(seen.text().contains("alt=\"Page 1 of 2 of order.pdf, drawn as a picture\""));
        let policy = seen.headers["content-security-policy"].to_str().expect("one");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        let picture = office.opens(INTAKE, &format!("{first}.png")).await;
        assert_eq!(picture.headers[header::CONTENT_TYPE], "image/png");
        assert_eq!(picture.headers["x-content-type-options"], "nosniff");
        assert_eq!(picture.headers[header::CACHE_CONTROL], "no-store");
        assert!(picture.bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        let second = first.replace("/preview/1", "/preview/2");
        let other = office.opens(INTAKE, &format!("{second}.png")).await;
        assert_eq!(other.status, StatusCode::OK, "drawn for who asks for it alone too");
        assert_ne!(picture.bytes, other.bytes);
        for none in ["/preview/3", "/preview/0", "/preview/x", "/preview/3.png", "/preview/.png"] {
            let answer = office.opens(INTAKE, &first.replace("/preview/1", none)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{none}: {}", told(&answer));
        }

        // Each look is on record once: the first page with its picture, and the second's picture.
        let case = office.registers(&submission, &[]).await;
        let log = office.opens(VERIFIER, &format!("/requests/{case}/viewings")).await;
        assert_eq!(plain(log.text()).matches("opened order.pdf").count(), 2);
        for (name, role) in PEOPLE {
            for path in [first.clone(), format!("{first}.png")] {
                let answer = office.opens(name, &path).await;
                let may = matches!(role, Role::Intake | Role::Counsel | Role::Reviewer);
                assert_eq!(answer.status == StatusCode::OK, may, "{name}: {}", told(&answer));
            }
        }
    });
}

#[test]
fn a_text_is_shown_escaped_and_a_web_page_is_not_shown() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let text = b"To whom it may concern\r\n<script>alert(1)</script>\r\n";
        let submission = office.enters_letter("AZ 1", text).await;
        let page = office.opens(INTAKE, &format!("/submissions/{submission}")).await;
        let first = previews(page.text()).pop().expect("a preview");
        let seen = office.opens(INTAKE, &first).await;
        assert!(!seen.text().contains("<script>alert"), "{}", seen.text());
        assert!(seen.text().contains("alert(1)"), "{}", seen.text());
        let none = office.opens(INTAKE, &format!("{first}.png")).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);

        let html = b"<!DOCTYPE html><script>alert(1)</script>";
        let submission = office.enters_letter("AZ 2", html).await;
        let page = office.opens(INTAKE, &format!("/submissions/{submission}")).await;
        assert_eq!(previews(page.text()), [""; 0], "there is no way to it");
        let path = page.text().split("/files/").nth(1).and_then(|rest| rest.get(..64));
        let path = format!("/submissions/{submission}/files/{}/preview/1", path.expect("a file"));
        let seen = office.opens(INTAKE, &path).await;
        assert!(plain(seen.text()).contains("Files of this kind are not shown (web page)"));
        assert!(!seen.text().contains("alert(1)"), "{}", seen.text());
    });
}

#[test]
fn what_is_in_quarantine_is_not_shown() {
    on_each(async |location| {
        let mut office = Office::new(location).await;
        let clamd = Clamd::listens();
        office.world.candor.config.scan = Some(clamd.settings());
        let submission = office.enters_letter("AZ 1", &eicar()).await;
        let page = office.opens(INTAKE, &format!("/submissions/{submission}")).await;
        let first = previews(page.text()).pop().expect("a preview");
        office.candor().examine_off().await.expect("looks");
        for who in [INTAKE, CONFIRMER] {
            let seen = office.opens(who, &first).await;
            let text = plain(seen.text());
            assert!(text.contains("files in quarantine are not shown"), "{text}");
            assert!(!text.contains("STANDARD"), "{text}");
            let picture = office.opens(who, &format!("{first}.png")).await;
            assert_eq!(picture.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&picture));
        }
        let page = office.opens(INTAKE, &format!("/submissions/{submission}")).await;
        assert_eq!(previews(page.text()), [""; 0]);
    });
}

/// Each is made to cost whoever reads it more than a look is worth. What is drawn of it is drawn
/// within the limits, and what is not is told as that.
#[test]
fn hostile_files_cost_a_preview_and_nothing_else() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let a4 = "[0 0 595 842]";
        let within_itself = stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</X 5 0 R>>>>",
            "/X Do",
        );
        let huge_image = stream(
            "/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /BitsPerComponent 8 \
             /ColorSpace /DeviceRGB",
            "nothing",
        );
        let cycle = pdf(&[
            "<</Type /Catalog /Pages 2 0 R>>",
            "<</Type /Pages /Kids [2 0 R 3 0 R] /Count 2>>",
            "<</Type /Pages /Kids [2 0 R] /Parent 2 0 R /Count 1>>",
        ]);
        let mut broken = letter();
        let table = broken.windows(4).rposition(|four| four == b"xref").expect("its table");
        broken.truncate(table - 40);
        let nested = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let files: [(&str, Vec<u8>); 12] = [
            ("within-itself.pdf", page_of(a4, "/X Do", &[&within_itself])),
            ("huge-page.pdf", page_of("[0 0 1000000000 1000000000]", "0 0 9 9 re f", &[])),
            ("thin-page.pdf", page_of("[0 0 0.001 100000]", "0 0 9 9 re f", &[])),
            ("no-page.pdf", page_of("[9 9 9 9]", "0 0 9 9 re f", &[])),
            ("huge-image.pdf", page_of(a4, "500 0 0 500 0 0 cm /X Do", &[&huge_image])),
            ("cycle.pdf", cycle),
            ("broken.pdf", broken),
            ("nested.pdf", page_of(a4, &nested, &[])),
            ("header-alone.pdf", b"%PDF-1.7\n".to_vec()),
            ("huge.png", png_of(100_000, 100_000)),
            ("wide.png", png_of(u32::MAX, 1)),
            ("cut.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01".to_vec()),
        ];
        let sent: Vec<_> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let today = office.candor().today().to_string();
        let fields = [
            ("channel", "mail"),
            ("received_on", today.as_str()),
            ("sender", "Nobody knows"),
            ("summary", "Files."),
        ];
        let answer = office.enters(&fields, &sent).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        assert_eq!(office.candor().examine_off().await.expect("looks"), 12);
        let page = office.opens(INTAKE, "/submissions/2026-0001").await;
        let paths = previews(page.text());
        assert_eq!(paths.len(), 12);
        let mut drawn = Vec::new();
        for path in paths {
            let answer = office.opens(INTAKE, &path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", told(&answer));
            let text = plain(answer.text());
            let name = text.split(" / ").nth(2).and_then(|rest| rest.split(' ').next());
            let name = name.expect("a name").to_owned();
            match answer.text().contains("class=\"sheet\"") {
                true => {
                    let picture = office.opens(INTAKE, &format!("{path}.png")).await;
                    assert_eq!(picture.status, StatusCode::OK, "{name}");
                    assert!(picture.bytes.len() < 2_000_000, "{name}: {}", picture.bytes.len());
                    drawn.push(name);
                }
                false => {
                    assert!(text.contains("It can’t be drawn"), "{name}: {text}");
                }
            }
        }
        drawn.sort();
        for never in ["huge.png", "wide.png", "cut.jpg", "header-alone.pdf"] {
            assert!(!drawn.iter().any(|name| name == never), "{never} is drawn: {drawn:?}");
        }
        // All are there, and the one who looks is well.
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        assert!(doctor.is_well(), "{:?}", doctor.findings);
        let after = office.enters_letter("AZ 2", &letter()).await;
        office.candor().examine_off().await.expect("looks");
        let page = office.opens(INTAKE, &format!("/submissions/{after}")).await;
        let first = previews(page.text()).pop().expect("a preview");
        assert_eq!(office.opens(INTAKE, &format!("{first}.png")).await.status, StatusCode::OK);
    });
}
