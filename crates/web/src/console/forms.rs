//! Every form by the path that it is sent to, so that what was sent can be told in its own words.

use app::{ActKind, inventory_kinds};
use domain::Demand;
use domain::access::Role;
use domain::compartment::Compartment;
use domain::profile::Profiles;

use super::fields::Fields;
use super::page::{
    self, Choice, Decision, Fact, FindingAsks, Form, Group, Offered, OfficerOffers, Proposable, act,
};
use super::people::Names;
use super::{Console, retention, secrecy, words};

/// What was typed, under the labels of the form; no secret is among it, and nothing that nobody
/// typed.
pub(super) async fn told(console: &Console, path: &str, fields: &Fields) -> Vec<Fact> {
    let shown: Vec<_> = fields.sent().iter().filter(|(name, _)| is_shown(name)).cloned().collect();
    match form_at(console, path, fields).await {
        Some(form) => form.told(&shown),
        None => shown
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| Fact::new(words::sentence(&name.replace('_', " ")), value))
            .collect(),
    }
}

/// Whether what was typed into a field of this name may stand on a page.
fn is_shown(name: &str) -> bool {
    !is_secret(name) && !name.starts_with("again.") && !matches!(name, "seen" | "aspect" | "next")
}

/// Whether there is something in it that was typed and can be sent again: no secret is kept.
pub(super) fn can_wait(fields: &Fields) -> bool {
    let typed = |(name, value): &(String, String)| is_shown(name) && !value.trim().is_empty();
    fields.sent().iter().any(typed) && !fields.sent().iter().any(|(name, _)| is_secret(name))
}

fn is_secret(name: &str) -> bool {
    matches!(name, "old" | "password" | "again" | "code" | "answer")
}

/// The form with all that it can have, whatever is open to whom.
async fn form_at(console: &Console, path: &str, fields: &Fields) -> Option<Form> {
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["requests", number, "verification"] => {
            Some(page::Officer::record(number, OfficerOffers::default()))
        }
        ["requests", number, code] => {
            act_form(console, number, ActKind::from_code(code)?, fields).await
        }
        ["submissions"] => Some(page::SubmissionNew::form(readers(console).await?)),
        ["submissions", number, "requests"] => {
            let instruments = console.candor.profiles().ok().map(instruments);
            let instruments = instruments.unwrap_or_default();
            let offered = Offered { countries: Vec::new(), authorities: Vec::new(), instruments };
            Some(page::Submission::register(number, offered))
        }
        ["submissions", number, "compartment"] => {
            Some(page::secrecy::change(number, readers(console).await?).form)
        }
        ["submissions", number, "open"] => Some(page::secrecy::open(number).form),
        ["submissions", number, "not-a-request"] => Some(page::Submission::not_a_request(number)),
        ["submissions", number, "reopen"] => Some(page::Submission::reopen(number)),
        ["inventory"] => {
            let class = |kind: Demand| page::Class {
                code: kind.code().to_owned(),
                name: kind.label().to_owned(),
                held: page::Held::NotSaid,
                place: String::new(),
                kept: String::new(),
                basis: String::new(),
            };
            Some(page::Inventory::form(&inventory_kinds().map(class).collect::<Vec<_>>()))
        }
        ["retention", "erase"] => {
            // A choice is its number, and what was seen of it.
            let number = |seen: &str| seen.split('@').next().unwrap_or_default().to_owned();
            let chosen = fields.all("erase").map(|seen| Choice::new(seen, number(seen)));
            Some(page::Retention::erase("", chosen.collect()))
        }
        ["retention", "hold"] => Some(page::Retention::place("")),
        ["retention", "lift"] => Some(page::LegalHold::lift("", "")),
        ["retention", "periods"] => {
            let (periods, appeal) = retention::shown(None);
            Some(page::Periods::form(&periods, &appeal))
        }
        ["authorities"] => Some(page::Authorities::form(Vec::new(), Vec::new())),
        ["authorities", id, "contacts"] => Some(page::Authority::form(id)),
        ["authorities", id, "contacts", contact, "withdraw"] => {
            Some(page::Entry::withdraw(id, contact, page::EntryState::Stands))
        }
        ["people"] => Some(page::People::form(roles())),
        ["people", id, "roles"] => Some(page::Person::change(id, roles())),
        _ => None,
    }
}

async fn act_form(console: &Console, number: &str, act: ActKind, fields: &Fields) -> Option<Form> {
    let kinds = || Demand::ALL.into_iter().map(|kind| Choice::new(kind.code(), kind.label()));
    let act = match act {
        ActKind::Finding => {
            let elements = console.candor.profiles().ok().map(elements).unwrap_or_default();
            let (aspect, groups) = (fields.get("aspect"), Group::plain(elements));
            let asks = match aspect {
                "scope" => FindingAsks::TransferBasis,
                "instrument" => FindingAsks::EmergencyInstrument,
                _ => FindingAsks::Nothing,
            };
            return Some(page::Finding::record(number, aspect, groups, asks));
        }
        ActKind::Propose => {
            let all = [
                Proposable::Approve,
                Proposable::ApproveInPart,
                Proposable::RejectNoData,
                Proposable::RejectLegal,
            ];
            return Some(Decision::propose(number, &all, Vec::new(), (kinds().collect(), "")));
        }
        ActKind::Confirm => {
            return Some(Decision::confirm(number, "as proposed", "who proposed it"));
        }
        ActKind::Sign => return Some(page::Declination::form(number, "")),
        ActKind::Assign => {
            let names = Names::read(console).await.ok()?;
            let people = names.active();
            let people = people.map(|one| Choice::new(one.id.to_string(), one.name.as_str()));
            act::assign(number, people.collect())
        }
        ActKind::Begin => act::begin(number),
        ActKind::Clarification => act::clarification(number),
        ActKind::Answer => act::answer(number),
        ActKind::Extend => act::extend(number, ""),
        ActKind::Preserve => act::preserve(number, act::LastDay::AsGiven),
        ActKind::PreserveLonger => act::preserve_longer(number, ""),
        ActKind::PreserveNoMore => act::preserve_no_more(number),
        ActKind::Prepare => act::prepare(number),
        ActKind::Screen => act::screen(number),
        ActKind::Release => act::release(number, None),
        ActKind::Reopen => act::reopen(number),
        ActKind::Challenge => act::challenge(number),
        ActKind::ChallengeResult => act::challenge_result(number),
        ActKind::Withdraw => act::withdraw(number),
        ActKind::Close => act::close(number),
        ActKind::Appeal => act::appeal(number),
        ActKind::Reclassify => act::reclassify(number, Group::plain(kinds().collect())),
        ActKind::ReclassifyConfirm => act::reclassify_confirm(number, ""),
        ActKind::ReclassifyReturn => act::reclassify_return(number),
        ActKind::Correct => {
            let instruments = console.candor.profiles().ok().map(instruments).unwrap_or_default();
            page::correct::propose(number, instruments)
        }
        ActKind::CorrectConfirm => page::correct::confirm(number, ""),
        ActKind::CorrectReturn => page::correct::send_back(number),
        ActKind::Withhold => page::secrecy::withhold(number),
        ActKind::WithholdConfirm => page::secrecy::withhold_confirm(number, ""),
        ActKind::WithholdReturn => page::secrecy::withhold_return(number),
        ActKind::Band => page::bands::band(number, None),
        ActKind::BandConfirm => page::bands::band_confirm(number, ""),
        ActKind::BandReturn => page::bands::band_return(number),
        ActKind::Disclose => page::secrecy::disclose(number),
        ActKind::Link => act::link(number),
        ActKind::Unlink => act::unlink(number),
        ActKind::Note => act::note(number),
        ActKind::Review => act::review(number),
    };
    Some(act.form)
}

async fn readers(console: &Console) -> Option<Vec<Choice>> {
    let names = Names::read(console).await.ok()?;
    Some(secrecy::readers(&names, &Compartment::new()))
}

fn instruments(profiles: &Profiles) -> Vec<Group> {
    let laws = profiles.instruments();
    Group::plain(laws.map(|law| Choice::new(law.code.to_string(), law.label.as_str())).collect())
}

fn elements(profiles: &Profiles) -> Vec<Choice> {
    let elements = profiles.instruments().flat_map(|law| &law.elements);
    elements.map(|of| Choice::new(of.code.to_string(), of.text.as_str())).collect()
}

fn roles() -> Vec<Choice> {
    Role::ALL.into_iter().map(|role| Choice::new(role.code(), role.label())).collect()
}
