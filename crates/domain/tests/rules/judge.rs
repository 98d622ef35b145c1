//! What the events told so far, and whether a rule is broken by the next one.

use super::*;

/// What the events told so far, as far as the rules ask.
#[derive(Default)]
pub struct Judge {
    registration: Option<Registration>,
    verdicts: Vec<(Aspect, Verdict)>,
    verifiers: BTreeSet<PersonId>,
    proposer: Option<PersonId>,
    confirmer: Option<PersonId>,
    preparer: Option<PersonId>,
    screener: Option<PersonId>,
    approved: bool,
    granted: DemandSet,
    /// By which the paperwork is owed, as it was said first.
    owed: Option<Date>,
    pub disclosed: Option<u32>,
    /// Who proposed to correct it, and to what.
    correcting: Option<(PersonId, Correction)>,
    /// The response went out, or the request was closed or withdrawn, and no appeal came since.
    is_over: bool,
    /// With a court.
    is_challenged: bool,
    /// Whether it is counted with another, in that one's cell.
    is_linked: bool,
    /// Who proposed that it is withheld, until which day.
    withholding: Option<(Actor, Option<Date>)>,
    pub withheld: Option<Option<Date>>,
    /// Who proposed to tell it in a band, as what and with how many selectors.
    banding: Option<(Actor, (Process, u32))>,
    pub banded: Option<(Process, u32)>,
}

impl Judge {
    pub fn verdict(&self, aspect: Aspect) -> Option<Verdict> {
        self.verdicts.iter().rev().find(|(a, _)| *a == aspect).map(|(_, verdict)| *verdict)
    }

    /// Rule 1, told from the verdicts alone.
    pub fn verified_on(&self, today: Date, emergency: bool) -> bool {
        let stands = |verdict| matches!(verdict, Some(Verdict::Stands | Verdict::StandsFor { .. }));
        let owed = matches!(
            self.verdict(Aspect::Instrument),
            Some(Verdict::Owed { until, .. }) if emergency && until >= today
        );
        stands(self.verdict(Aspect::Officer))
            && stands(self.verdict(Aspect::Scope))
            && (stands(self.verdict(Aspect::Instrument)) || owed)
    }

    pub fn hear(&mut self, event: &RequestEvent, today: Date) {
        if let RequestEvent::RequestRegistered { registration } = event {
            assert_eq!(registration.demands.fault_in(registration.category), None);
            self.registration = Some(registration.clone());
            return;
        }
        let asked = self.registration.clone().expect("registered first");
        let (emergency, user_data) =
            (asked.urgency == Urgency::Emergency, asked.category == Category::UserData);
        let prohibited = asked.demands.has_prohibited();
        self.hear_of_correction(event, &asked);
        match event {
            RequestEvent::FindingRecorded { aspect, finding } => {
                assert!(!is_draft_day(today), "rule 8: a draft supports no finding");
                assert_eq!(finding.rule, rule("rule"));
                self.hear_of_paperwork(*aspect, finding, today);
                let elements = elements(*aspect);
                assert!(finding.checked.is_subset(&elements), "an element of another rule");
                if matches!(finding.verdict, Verdict::Stands | Verdict::StandsFor { .. }) {
                    assert_eq!(finding.checked, elements, "stands without an element");
                    if *aspect == Aspect::Officer {
                        assert!(officer_is_verified(today), "rule 1: nobody verified the officer");
                        assert!(finding.verification.is_some(), "by which record is not said");
                    }
                }
                self.verdicts.push((*aspect, finding.verdict));
                self.verifiers.insert(finding.by);
            }
            RequestEvent::InstrumentArrived { finding } => {
                assert!(!is_draft_day(today), "rule 8: a draft supports no finding");
                assert!(emergency, "only an emergency owes");
                assert!(!matches!(finding.verdict, Verdict::Owed { .. }), "owed again");
                assert_ne!(Some(finding.by), self.proposer, "rule 2");
                assert_ne!(Some(finding.by), self.confirmer, "rule 2");
                self.verdicts.push((Aspect::Instrument, finding.verdict));
                self.verifiers.insert(finding.by);
            }
            RequestEvent::InstrumentOverdue { .. } => {
                let defect = Defect::NoInstrument;
                self.verdicts.push((
                    Aspect::Instrument,
                    Verdict::DoesNotStand { defects: DefectSet::one(defect) },
                ));
            }
            RequestEvent::Verified {} => assert!(self.verified_on(today, emergency)),
            RequestEvent::DecisionProposed { by, .. } => self.proposer = Some(*by),
            RequestEvent::Decided { outcome, confirmed, inventory, .. } => {
                let ground = match outcome {
                    Outcome::Approved { ground, .. } => *ground,
                    Outcome::Rejected { ground } => Some(*ground),
                };
                let is_told = user_data && ground == Some(Ground::NoData);
                assert_eq!(*inventory, is_told.then_some(inventory_of(today)));
                let needs_findings = match outcome {
                    Outcome::Approved { granted, .. } => {
                        assert!(!prohibited, "a prohibited demand was approved");
                        assert!(granted.is_subset_of(asked.demands));
                        let held = granted.is_subset_of(company(today).holds);
                        assert!(!user_data || held, "rule 4: approved what is not held");
                        let is_carried = granted.is_subset_of(carried());
                        assert!(!user_data || is_carried, "wider than the instrument");
                        true
                    }
                    Outcome::Rejected { ground } => *ground == Ground::NoData,
                };
                if needs_findings {
                    assert!(self.verified_on(today, emergency), "rule 1");
                    assert!(officer_is_verified(today), "rule 1: decided on what has expired");
                }
                match confirmed {
                    Confirmed::By { proposed_by, confirmed_by } => {
                        assert_eq!(Some(*proposed_by), self.proposer);
                        assert_ne!(proposed_by, confirmed_by, "rule 2");
                        assert!(!self.verifiers.contains(proposed_by), "rule 2");
                        let verified = self.verifiers.contains(confirmed_by);
                        assert!(!verified || !(user_data || emergency), "rule 2");
                        self.confirmer = Some(*confirmed_by);
                    }
                    Confirmed::ByRule => {
                        let rejected = matches!(
                            outcome,
                            Outcome::Rejected {
                                ground: Ground::Prohibited | Ground::LegalRequirements
                            }
                        );
                        assert!(rejected, "a rule approves nothing");
                        self.confirmer = None;
                    }
                }
                self.approved = matches!(outcome, Outcome::Approved { .. });
                if let Outcome::Approved { granted, .. } = outcome {
                    self.granted = *granted;
                }
            }
            RequestEvent::ResponsePrepared { by } => {
                self.preparer = Some(*by);
                self.screener = None;
            }
            RequestEvent::ResponseScreened { by } => self.screener = Some(*by),
            RequestEvent::ResponseReleased { by, accounts_disclosed } => {
                self.disclosed = self.disclosed.max(*accounts_disclosed);
                assert!(self.approved && !prohibited, "released what was not approved");
                assert!(self.verified_on(today, emergency), "rule 1: released without a finding");
                assert!(officer_is_verified(today), "rule 1: released on what has expired");
                let held = self.granted.is_subset_of(company(today).holds);
                assert!(!user_data || held, "rule 4: released what is not held");
                assert_eq!(Some(*by), self.confirmer, "rule 2: the confirmer releases");
                if !user_data {
                    assert!(self.screener.is_some(), "rule 3: not screened");
                    assert_ne!(self.screener, self.preparer, "rule 3");
                    assert_ne!(Some(*by), self.preparer, "rule 3");
                }
            }
            RequestEvent::Reclassified { proposed_by, confirmed_by, demands } => {
                assert_ne!(proposed_by, confirmed_by, "two people reclassify");
                self.registration = Some(Registration { demands: *demands, ..asked });
                self.begin_again();
            }
            RequestEvent::DeclinationSigned { .. } => assert!(prohibited, "declined what is not"),
            RequestEvent::ProposalReturned { .. } => self.proposer = None,
            RequestEvent::Appealed { .. } => self.begin_again(),
            RequestEvent::ChallengeResolved {
                result: ChallengeResult::Quashed | ChallengeResult::WithdrawnByAuthority,
            } => {
                let defect = Defect::InstrumentInvalid;
                self.verdicts.push((
                    Aspect::Instrument,
                    Verdict::DoesNotStand { defects: DefectSet::one(defect) },
                ));
            }
            RequestEvent::ChallengeResolved { result: ChallengeResult::Narrowed } => {
                self.verdicts.retain(|(aspect, _)| *aspect != Aspect::Scope);
            }
            RequestEvent::ChallengeFiled { .. } | RequestEvent::DecisionReopened { .. } => {
                self.approved = false;
                (self.proposer, self.confirmer) = (None, None);
            }
            _ => {}
        }
    }

    /// Two people put right what was registered, while nothing went out, and what was found of what
    /// changed is found anew.
    pub fn hear_of_correction(&mut self, event: &RequestEvent, asked: &Registration) {
        match event {
            RequestEvent::CorrectionProposed { by, to, .. } => {
                assert!(!self.is_over && !self.is_challenged, "too late to be put right");
                self.correcting = Some((*by, to.clone()));
            }
            RequestEvent::ReclassificationProposed { .. } => {
                assert_eq!(self.correcting, None, "two proposals at once");
            }
            RequestEvent::CorrectionReturned { .. } => self.correcting = None,
            RequestEvent::RegistrationCorrected { proposed_by, confirmed_by, to, .. } => {
                assert_ne!(proposed_by, confirmed_by, "one person alone corrected it");
                let proposed = self.correcting.take().expect("was proposed");
                assert_eq!(proposed, (*proposed_by, to.clone()), "another correction");
                assert!(!self.is_over && !self.is_challenged, "too late to be put right");
                assert_eq!(to.demands.fault_in(to.category), None);
                assert_eq!(to.demands.has_prohibited(), asked.demands.has_prohibited());
                let moves_cell = (to.country, to.category) != (asked.country, asked.category);
                assert!(!moves_cell || !self.is_linked, "linked into another cell");
                assert!(self.banded.is_none() || to.country.code() == "US", "no bands there");
                let (new, old) = (asked.corrected(to), asked);
                assert_eq!(
                    (new.submission, new.ordinal, new.received_on),
                    (old.submission, old.ordinal, old.received_on),
                    "what the letter's leaf seals"
                );
                let is_another_case = moves_cell
                    || (new.authority, &new.instrument, new.urgency)
                        != (old.authority, &old.instrument, old.urgency);
                let is_more =
                    (new.demands, new.accounts_specified) != (old.demands, old.accounts_specified);
                let is_another_officer = new.officer != old.officer;
                self.verdicts.retain(|(aspect, _)| match aspect {
                    Aspect::Officer => !is_another_case && !is_another_officer,
                    Aspect::Instrument => !is_another_case,
                    Aspect::Scope => !is_another_case && !is_more,
                });
                // Who found something stays a verifier, and what is owed is owed by the day named
                // first.
                (self.proposer, self.confirmer) = (None, None);
                self.approved = false;
                self.registration = Some(new);
            }
            RequestEvent::RequestLinked { link, .. } => {
                self.is_linked = *link != Link::FollowsPreservation;
            }
            RequestEvent::LinkRemoved {} => self.is_linked = false,
            RequestEvent::ResponseReleased { .. }
            | RequestEvent::Closed {}
            | RequestEvent::Withdrawn { .. } => self.is_over = true,
            RequestEvent::Appealed { .. } | RequestEvent::Reclassified { .. } => {
                self.is_over = false;
            }
            RequestEvent::ChallengeFiled { .. } => self.is_challenged = true,
            RequestEvent::ChallengeResolved { .. } => self.is_challenged = false,
            _ => {}
        }
    }

    /// Rule 1: what may be owed, and until when.
    pub fn hear_of_paperwork(&mut self, aspect: Aspect, finding: &Finding, today: Date) {
        if let Verdict::Owed { until, .. } = finding.verdict {
            assert_eq!(aspect, Aspect::Instrument, "only paperwork is owed");
            assert!(finding.checked.contains(&rule("element")), "owed what may not follow");
            assert!(
                until >= today && self.owed.is_none_or(|first| until <= first),
                "owed for ever"
            );
            self.owed.get_or_insert(until);
        }
    }

    /// Who takes it out of the published sum, and who puts it back.
    pub fn hear_of_publication(&mut self, event: &RequestEvent, by: Actor, today: Date) {
        match event {
            RequestEvent::WithholdingProposed { until, .. } => {
                assert!(until.is_none_or(|until| until >= today));
                assert_eq!(self.banding, None, "two proposals at once");
                self.withholding = Some((by, *until));
            }
            RequestEvent::WithholdingReturned { .. } => self.withholding = None,
            RequestEvent::Withheld { proposed_by, confirmed_by, until } => {
                let (proposer, proposed) = self.withholding.take().expect("was proposed");
                assert_ne!(proposer, by, "one person alone withheld it");
                assert_eq!(
                    (proposer, by),
                    (Actor::Person(*proposed_by), Actor::Person(*confirmed_by))
                );
                assert_eq!(proposed, *until, "confirmed what was not proposed");
                assert!(until.is_none_or(|until| until >= today));
                self.withheld = Some(*until);
                self.banded = None;
            }
            RequestEvent::BandingProposed { process, selectors, .. } => {
                assert_ne!(today.day(), 12, "nothing says how bands are told");
                assert_eq!(self.withholding, None, "two proposals at once");
                self.banding = Some((by, (*process, *selectors)));
            }
            RequestEvent::BandingReturned { .. } => self.banding = None,
            RequestEvent::Banded { proposed_by, confirmed_by, process, selectors } => {
                assert_ne!(today.day(), 12, "nothing says how bands are told");
                let (proposer, proposed) = self.banding.take().expect("was proposed");
                assert_ne!(proposer, by, "one person alone took it out of the sum");
                assert_eq!(
                    (proposer, by),
                    (Actor::Person(*proposed_by), Actor::Person(*confirmed_by))
                );
                assert_eq!(proposed, (*process, *selectors), "confirmed what was not proposed");
                self.banded = Some(proposed);
                self.withheld = None;
            }
            RequestEvent::Disclosed {} => {
                let banded = self.banded.take();
                let until = self.withheld.take();
                assert!(until.is_some() || banded.is_some(), "it was counted");
                if by == Actor::Rule {
                    let until = until.flatten();
                    assert!(until.is_some_and(|until| until < today), "disclosed before its day");
                }
                (self.withholding, self.banding) = (None, None);
            }
            _ => {}
        }
    }

    pub fn begin_again(&mut self) {
        self.verdicts.clear();
        self.verifiers.clear();
        (self.proposer, self.confirmer, self.owed) = (None, None, None);
        self.approved = false;
    }
}
