//! What counsel's confirmations amount to over the profiles as they are now.

use std::collections::{BTreeMap, BTreeSet};

use super::Profiles;
use crate::id::Sha256Hash;
use crate::instrument::RuleId;
use crate::request::Aspect;

/// Which rules a finding may cite, and what keeps the others drafts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// Rules of which every element is confirmed as it stands.
    pub rules: BTreeSet<RuleId>,
    /// Elements that were never confirmed.
    pub drafts: BTreeSet<RuleId>,
    /// Elements that were confirmed and are others now: drafts again.
    pub changed: BTreeSet<RuleId>,
}

impl Profiles {
    /// Holds the present elements against the hashes that counsel confirmed, by element. What was
    /// confirmed and stands in no profile any more means nothing here: a rule that lost an element
    /// is another one, so the elements left in it have other hashes.
    pub fn confirmation(&self, confirmed: &BTreeMap<RuleId, Sha256Hash>) -> Confirmation {
        let mut confirmation = Confirmation::default();
        for law in self.instruments() {
            for aspect in Aspect::ALL {
                let mut whole = true;
                for element in law.elements_for(aspect) {
                    let not_so = match confirmed.get(&element.code) {
                        Some(hash) if *hash == element.sha256() => continue,
                        Some(_) => &mut confirmation.changed,
                        None => &mut confirmation.drafts,
                    };
                    not_so.insert(element.code.clone());
                    whole = false;
                }
                if whole {
                    confirmation.rules.insert(law.rule(aspect));
                }
            }
        }
        confirmation
    }
}
