//! The text with which counsel declines a prohibited demand, and signs it.
//!
//! The record says who signed and a commitment to the text: SHA-256 over `candor declination` and a
//! line feed, the salt in hexadecimal digits and a line feed, and the text. Text and salt are sealed
//! under the submission's key, so that whoever may read the case can hold one against the other, and
//! nobody can once they are erased.

use domain::category::{Demand, DemandSet};
use domain::event::{Event, RequestEvent, Stream};
use domain::id::{PersonId, RequestId, Sha256Hash};
use domain::request::{Command, Request};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use store::{Sight, Tx};

use crate::access::SignedIn;
use crate::answers::one_line_end;
use crate::case::{Case, CaseEvent};
use crate::conduct::{Act, Texts};
use crate::{Candor, Error};

const TEXT: &str = "text";
const SALT: &str = "salt";
const WORDS: &str = "candor declination";

/// A text as counsel signed it.
#[derive(Clone, Debug)]
pub struct SignedDeclination {
    pub by: PersonId,
    pub at: Timestamp,
    pub text: String,
    pub salt: String,
    /// What the event says.
    pub commitment: Sha256Hash,
    pub kept: Kept,
}

/// Whether what is stored is what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    AsSigned,
    Otherwise,
}

/// What signs a text: the command and the texts of an [`Act`].
pub fn signing(text: &str) -> Result<(Command, Texts), Error> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(store::Error::from)?;
    let salt = Sha256Hash(salt).to_string();
    let text = one_line_end(text).trim().to_owned();
    let command = Command::SignDeclination { commitment: commitment(&salt, &text) };
    Ok((command, vec![(TEXT, text), (SALT, salt)]))
}

fn commitment(salt: &str, text: &str) -> Sha256Hash {
    let hash = Sha256::new().chain_update(WORDS).chain_update("\n");
    Sha256Hash(hash.chain_update(salt).chain_update("\n").chain_update(text).finalize().into())
}

/// Whether what is signed is the text that comes with it: no surface signs one and keeps another.
pub(crate) fn signs_its_text(act: &Act) -> bool {
    let Command::SignDeclination { commitment: signed } = act.command else { return true };
    let text = |wanted: &str| {
        let found = act.texts.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    };
    text(SALT).zip(text(TEXT)).is_some_and(|(salt, text)| commitment(salt, text) == signed)
}

impl Case {
    /// The text that declines it, where counsel has signed one.
    pub fn declination(&self) -> Option<SignedDeclination> {
        let in_force = self.handled.declination?.commitment;
        self.events.iter().rev().filter_map(signed).find(|one| one.commitment == in_force)
    }
}

fn signed(event: &CaseEvent) -> Option<SignedDeclination> {
    let Event::Request(RequestEvent::DeclinationSigned { by, commitment: said }) =
        event.recorded.event
    else {
        return None;
    };
    let text = |name: &str| event.texts.get(name).cloned().unwrap_or_default();
    let (text, salt) = (text(TEXT), text(SALT));
    let kept = match commitment(&salt, &text) == said {
        true => Kept::AsSigned,
        false => Kept::Otherwise,
    };
    Some(SignedDeclination { by, at: event.recorded.at, text, salt, commitment: said, kept })
}

impl Candor {
    /// The prepared text with the facts of a case, for counsel to read, edit and sign.
    pub async fn prepared_declination(&self, case: &Case, by: &SignedIn) -> Result<String, Error> {
        let mut tx = self.db.snapshot().await?;
        let of_sender = (case.row.submission, "reference");
        let of_sender = tx.field(self.db.keys(), of_sender, by.sight()).await?;
        let of_instrument = || case.text("instrument_reference").map(str::to_owned);
        let reference = of_sender.or_else(of_instrument).unwrap_or_default();
        let demands = case.handled.registration.demands;
        Ok(self.answers()?.prohibited.filled(&[
            ("authority", case.authority.name.clone()),
            ("counsel", by.name.as_str().to_owned()),
            ("demands", listed(demands)),
            ("not_done", not_done(demands)),
            ("number", case.row.name.to_string()),
            ("officer", case.officer.name.clone()),
            ("publisher", self.config.publisher.name.clone()),
            ("received_on", day(case.row.received_on)),
            ("reference", reference),
            ("today", day(self.today())),
        ]))
    }

    /// Whether every text that was signed is the one that is kept; `None` where none was signed.
    pub(crate) async fn examine_declinations(
        &self,
        tx: &mut Tx,
    ) -> Result<Option<Result<String, String>>, Error> {
        let mut signed_for: Vec<RequestId> = Vec::new();
        tx.each_event(|recorded| {
            if let (Event::Request(RequestEvent::DeclinationSigned { .. }), Stream::Request(id)) =
                (&recorded.event, recorded.stream)
            {
                signed_for.push(id);
            }
            Ok(())
        })
        .await?;
        let all = signed_for.len();
        signed_for.sort_unstable();
        signed_for.dedup();
        let (mut kept, mut otherwise) = (0, Vec::new());
        for id in signed_for {
            // What was erased is read by nobody.
            let Some(current) = tx.sealed_request(self.db.keys(), id, Sight::whole()).await? else {
                continue;
            };
            let Request::Handled(_) = current.request else { continue };
            let texts = tx.case_texts(&current.submission, id).await?;
            let stream = Stream::Request(id);
            let events = tx.stream_events(stream, Sight::whole()).await?;
            for (version, recorded) in (1..).zip(events) {
                let of_event = texts.iter().filter(|text| text.version == version);
                let texts = of_event.map(|text| (text.name.clone(), text.text.clone())).collect();
                let event = CaseEvent { recorded, version, texts, leaf: None };
                match signed(&event).map(|one| one.kept) {
                    Some(Kept::AsSigned) => kept += 1,
                    Some(Kept::Otherwise) => otherwise.push(id.to_string()),
                    None => {}
                }
            }
        }
        Ok(match (all, otherwise.as_slice()) {
            (0, _) => None,
            (_, []) => Some(Ok(format!(
                "{all} texts that decline were signed; the {kept} that were not erased are as they \
                 were signed"
            ))),
            (_, ids) => Some(Err(format!(
                "what declines {} is not what was signed: restore a backup",
                ids.join(", ")
            ))),
        })
    }
}

/// "21 September 2026": written out, since this goes to another country.
fn day(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// "encryption keys and direct access"
fn listed(demands: DemandSet) -> String {
    let all: Vec<_> = demands.iter().map(Demand::label).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// What the company does not do, a sentence for each that was asked.
fn not_done(demands: DemandSet) -> String {
    let sentences = demands.iter().filter_map(|demand| match demand {
        Demand::EncryptionKeys => Some(
            "We give encryption keys to nobody, nor anything else with which somebody could read \
             what is encrypted.",
        ),
        Demand::UndeclaredCapabilities => Some(
            "We put no back door into our products, nor any other capability of which their users \
             are not told.",
        ),
        Demand::DirectAccess => Some(
            "We give nobody direct access to user data or to our infrastructure; that includes \
             every interception as it happens.",
        ),
        Demand::Registration
        | Demand::Licence
        | Demand::Connection
        | Demand::Content
        | Demand::Preservation
        | Demand::Indicators
        | Demand::ModusOperandi
        | Demand::ReverseEngineering
        | Demand::Statistics
        | Demand::Research => None,
    });
    sentences.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use domain::category::DemandClass;

    use super::*;

    fn act(command: Command, texts: Texts) -> Act {
        Act { request: RequestId(uuid::Uuid::nil()), seen: 1, command, texts }
    }

    #[test]
    fn what_is_signed_is_the_text_that_comes_with_it() {
        let (command, texts) = signing(" We decline.\r\n\r\nNobody can.  \n").expect("signs");
        assert_eq!(texts[0], (TEXT, "We decline.\n\nNobody can.".to_owned()));
        assert!(signs_its_text(&act(command.clone(), texts.clone())));
        let (_, others) = signing("We approve.").expect("signs");
        assert!(!signs_its_text(&act(command.clone(), others)));
        let other = vec![(TEXT, "We approve.".to_owned()), texts[1].clone()];
        assert!(!signs_its_text(&act(command.clone(), other)));
        assert!(!signs_its_text(&act(command, vec![texts[0].clone()])), "without a salt");
        let (again, _) = signing("We decline.\n\nNobody can.").expect("signs");
        let Command::SignDeclination { commitment } = again else { panic!("signs") };
        assert_ne!(self::commitment(&texts[1].1, &texts[0].1), commitment, "salted");
    }

    /// As docs/console.md says how to make it.
    #[test]
    fn a_commitment_is_what_others_compute() {
        let salt = "07".repeat(32);
        let whole = format!("candor declination\n{salt}\nWe decline.");
        let expected: [u8; 32] = Sha256::digest(whole).into();
        assert_eq!(commitment(&salt, "We decline."), Sha256Hash(expected));
    }

    #[test]
    fn each_prohibited_demand_has_its_sentence() {
        for demand in Demand::ALL {
            let set = DemandSet::from_iter([demand, Demand::Registration]);
            let is_prohibited = demand.class() == DemandClass::Prohibited;
            assert_eq!(!not_done(set).is_empty(), is_prohibited, "{demand:?}");
        }
        let two = DemandSet::from_iter([Demand::EncryptionKeys, Demand::DirectAccess]);
        assert_eq!(listed(two), "encryption keys and direct access");
    }
}
