//! What a browser says of itself (RFC 9110, section 10.1.5), in words.

/// "Firefox on Linux"; what is not known stays as it was sent.
pub(super) fn words(user_agent: &str) -> String {
    // Each names those before it too: the most particular one comes first.
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("FxiOS/", "Firefox"),
        ("Firefox/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Macintosh", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (None, Some(system)) if user_agent.starts_with("Mozilla/") => {
            format!("A browser on {system}")
        }
        (Some(_) | None, _) if user_agent.is_empty() => "It did not say".to_owned(),
        (Some(_) | None, _) => user_agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn browser_and_system_are_told_and_what_is_not_known_stays() {
        const LIKE: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (sent, told) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
                "Firefox on Linux",
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {LIKE} Chrome/141.0 Safari/537.36"
                ),
                "Chrome on Windows",
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0) {LIKE} Chrome/141.0 Safari/537.36 Edg/141.0"
                ),
                "Edge on Windows",
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {LIKE} Safari/604.1"
                ),
                "Safari on iPhone",
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 10; K) {LIKE} Chrome/141.0 Mobile Safari/537.36"
                ),
                "Chrome on Android",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64)".to_owned(), "A browser on Linux"),
            ("Example browser 1.0".to_owned(), "Example browser 1.0"),
            (String::new(), "It did not say"),
        ] {
            assert_eq!(words(&sent), told, "{sent}");
        }
    }
}
