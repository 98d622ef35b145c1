//! The second factor: codes of six digits that an authenticator shows.

use std::fmt;

use domain::person::EmailAddress;
use jiff::Timestamp;
use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// RFC 4226, section 4, recommends 160 bits.
const SECRET_SIZE_BYTES: usize = 20;
/// RFC 6238, section 5.2, recommends 30 seconds. Authenticator apps know little else, and no other
/// algorithm than SHA-1, against which no attack on HMAC is known.
const STEP_SECONDS: u64 = 30;
const DIGITS: u8 = 6;
/// Steps before and after the present one whose code is taken, since clocks differ.
const SKEW_STEPS: u16 = 1;

/// What the authenticator and candor both know.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; SECRET_SIZE_BYTES]);

/// Which 30 seconds since 1970 a code belongs to. **A code counts once** (RFC 6238, section 5.2): who
/// keeps accounts stores the step of the last one, and takes none at or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(pub i64);

/// A secret on its way into somebody's authenticator.
#[derive(Clone, Debug)]
pub struct Authenticator<'a> {
    pub secret: &'a TotpSecret,
    /// What the app shows above the code: whose account this is.
    pub issuer: &'a str,
    pub email: &'a EmailAddress,
}

impl TotpSecret {
    /// A new one, from the system's random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SECRET_SIZE_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads what [`Self::reveal`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        let secret = Secret::try_from_base32(text).ok()?;
        secret.as_bytes().try_into().ok().map(Self)
    }

    /// The secret as text: 32 characters of base32 (RFC 4648, section 6).
    pub fn reveal(&self) -> String {
        Secret::new_stack(self.0).to_base32()
    }

    /// The same in groups of four, for who types it.
    pub fn reveal_in_groups(&self) -> String {
        let text = self.reveal();
        let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..at + 4]).collect();
        groups.join(" ")
    }

    /// The step of a code that is right now, or was or will be 30 seconds off, if it is later than
    /// the last one used. Blanks in the code are left out, since apps show one.
    pub fn check(&self, code: &str, now: Timestamp, last_used: Option<Step>) -> Option<Step> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let now_seconds = u64::try_from(now.as_second()).ok()?;
        let step = self.totp().check(&digits, now_seconds)?;
        let step = Step(i64::try_from(step).ok()?);
        last_used.is_none_or(|last| step > last).then_some(step)
    }

    /// The code of a moment: what the authenticator would show.
    pub fn code_at(&self, moment: Timestamp) -> String {
        self.totp().generate(moment.as_second().unsigned_abs()).to_string()
    }

    fn totp(&self) -> Totp {
        self.builder().build().expect("160 bits, 6 digits and 30 seconds are within the RFC")
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(SKEW_STEPS)
            .with_step_duration(STEP_SECONDS)
            .with_secret(Secret::new_stack(self.0))
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

impl Authenticator<'_> {
    /// The `otpauth://` address that authenticator apps read. It holds the secret.
    pub fn reveal_uri(&self) -> String {
        // A colon parts the issuer from the account in it. An e-mail address has none.
        let issuer = self.issuer.replace(':', " ");
        self.secret
            .builder()
            .with_issuer(Some(issuer))
            .with_account_name(self.email.as_str())
            .build()
            .and_then(|totp| totp.to_url())
            .expect("no colon is in either name, and there is an account")
    }

    /// The address as a QR code (ISO/IEC 18004), an SVG without styles, dark on light in any theme.
    /// `title` is what a screen reader says; the secret in groups belongs beside it. `None` where
    /// the issuer's name is too long for one.
    pub fn reveal_svg(&self, title: &str) -> Option<String> {
        /// Light modules around the code, so that a camera finds it (ISO/IEC 18004, section 9.1).
        const QUIET: usize = 4;
        let uri = self.reveal_uri();
        let code = QrCode::with_error_correction_level(uri, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (n, color) in code.to_colors().into_iter().enumerate() {
            match color {
                Color::Dark => {
                    path.push_str(&format!("M{} {}h1v1h-1z", n % width + QUIET, n / width + QUIET));
                }
                Color::Light => {}
            }
        }
        let side = width + 2 * QUIET;
        let title = escaped(title);
        Some(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\"><title>{title}</title>\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
             <path d=\"{path}\" fill=\"#000\"/></svg>"
        ))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The secret of RFC 6238, appendix B, for SHA-1.
    const RFC: TotpSecret = TotpSecret(*b"12345678901234567890");

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    /// Appendix B has eight digits; six are the last six of them (RFC 4226, section 5.3).
    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (second, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(RFC.code_at(at(second)), eight[2..], "{second}");
            let step = Step(second / 30);
            assert_eq!(RFC.check(&eight[2..], at(second), None), Some(step), "{second}");
        }
    }

    #[test]
    fn a_code_holds_for_its_step_and_those_beside_it() {
        let code = RFC.code_at(at(3_000));
        for (second, expected) in
            [(2_969, None), (2_970, Some(Step(100))), (3_059, Some(Step(100))), (3_060, None)]
        {
            assert_eq!(RFC.check(&code, at(second), None), expected, "{second}");
        }
        let spaced = format!(" {} {}", &code[..3], &code[3..]);
        assert_eq!(RFC.check(&spaced, at(3_000), None), Some(Step(100)));
        for wrong in ["", "12345", "1234567", "+12345", "abcdef", "１２３４５６"] {
            assert_eq!(RFC.check(wrong, at(3_000), None), None, "{wrong}");
        }
        // Before 1970 there are no steps.
        assert_eq!(RFC.check(&code, at(-3_000), None), None);
    }

    #[test]
    fn a_code_counts_once_and_none_before_it_afterwards() {
        let (earlier, code) = (RFC.code_at(at(2_999)), RFC.code_at(at(3_000)));
        let used = RFC.check(&code, at(3_000), Some(Step(99)));
        assert_eq!(used, Some(Step(100)));
        assert_eq!(RFC.check(&code, at(3_001), used), None);
        assert_eq!(RFC.check(&earlier, at(3_001), used), None);
        assert_eq!(RFC.check(&RFC.code_at(at(3_030)), at(3_001), used), Some(Step(101)));
    }

    #[test]
    fn a_secret_is_read_as_it_was_revealed_and_shows_itself_nowhere_else() {
        let secret = TotpSecret::generate().expect("random numbers");
        assert_eq!(TotpSecret::read(&secret.reveal()), Some(secret.clone()));
        assert_eq!(secret.reveal_in_groups().replace(' ', ""), secret.reveal());
        assert_eq!(RFC.reveal_in_groups(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(format!("{secret:?}"), "TotpSecret(..)");
        for text in ["", "GEZDGNBV", "!"] {
            assert_eq!(TotpSecret::read(text), None, "{text}");
        }
    }

    fn authenticator<'a>(issuer: &'a str, email: &'a EmailAddress) -> Authenticator<'a> {
        Authenticator { secret: &RFC, issuer, email }
    }

    #[test]
    fn an_authenticator_reads_the_address() {
        let email = EmailAddress::new("ada+x@example.com").expect("an address");
        let uri = authenticator("Example: candor", &email).reveal_uri();
        let read = Totp::from_url(&uri).expect("an address of an account");
        assert_eq!(read.issuer(), Some("Example  candor"));
        assert_eq!(read.account_name(), "ada+x@example.com");
        assert_eq!(read.secret().as_bytes(), RFC.0);
        assert_eq!((read.digits(), read.step()), (6, 30));
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
    }

    #[test]
    fn the_picture_has_a_title_and_no_style() {
        let email = EmailAddress::new("ada@example.com").expect("an address");
        let svg = authenticator("Example", &email).reveal_svg("Scan <me> & go").expect("it fits");
        assert!(svg.contains(r#"role="img""#), "{svg}");
        assert!(svg.contains("<title>Scan &lt;me&gt; &amp; go</title>"), "{svg}");
        assert!(!svg.contains("style"), "{svg}");
        // The three corners by which a camera finds the code, from the quiet zone on.
        assert!(svg.contains("M4 4h1v1h-1zM5 4h1v1h-1z"), "{svg}");
        let long = "x".repeat(5_000);
        assert_eq!(authenticator(&long, &email).reveal_svg("x"), None);
    }

    proptest! {
        #[test]
        fn what_an_authenticator_shows_is_taken(secret: [u8; 20], second in 30..250_000_000_000_i64) {
            let secret = TotpSecret(secret);
            let step = secret.check(&secret.code_at(at(second)), at(second), None);
            // One code in a million is also that of a step before.
            prop_assert!(step.is_some_and(|Step(n)| (second / 30 - 1..=second / 30).contains(&n)));
        }
    }
}
