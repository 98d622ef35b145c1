//! Every form filled in so that it would be taken: from everybody whose role does not let them it is
//! refused and does nothing, and then it is taken from whoever may. An empty form proves less: it
//! is refused for what it lacks.

use app::ActKind;
use axum::http::{StatusCode, header};
use databases::on_each;
use domain::access::{Permission, Role};
use domain::category::Category;
use domain::profile::aspect_code;
use domain::request::Aspect;
use jiff::ToSpan;

use crate::office::{
    CONFIRMER, CONFIRMS, EXPERT, INTAKE, NUMBER, Office, PEOPLE, PRIVACY, PROPOSER, VERIFIER,
    found, told,
};

const OPERATOR: &str = "B. Primjer";
const READS: Permission = Permission::ReadCases(Category::UserData);

type Fields<'a> = &'a [(&'a str, &'a str)];

impl Office {
    /// Everybody who may not sends the form and nothing happens; then this one does, and it is done.
    pub async fn only(&self, who: &str, (path, needs): (&str, &[Permission]), fields: Fields<'_>) {
        let before = self.world.events().await;
        for (name, role) in PEOPLE {
            if needs.iter().all(|permission| permission.roles().contains(&role)) {
                continue;
            }
            let answer = self.sends(name, path, fields).await;
            let what = format!("{path} by {}: {}", role.label(), told(&answer));
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
            assert!(answer.text().contains("It takes the right to"), "{what}");
            assert_eq!(self.world.events().await, before, "{what}");
        }
        let answer = self.sends(who, path, fields).await;
        let is_done = [StatusCode::SEE_OTHER, StatusCode::OK].contains(&answer.status);
        assert!(is_done, "{path} by {who}: {}", told(&answer));
        assert!(self.world.events().await > before, "{path} by {who} did something");
    }

    /// The same of an act on a request as it stands.
    pub async fn only_act(&self, who: &str, (case, act): (&str, ActKind), fields: Fields<'_>) {
        let seen = self.version(case).await.to_string();
        let fields = [&[("seen", seen.as_str())], fields].concat();
        let path = format!("/requests/{case}/{}", act.code());
        let name = case.parse().expect("a name");
        let by = self.signed_in(VERIFIER).await;
        let category = self.candor().case(name, &by).await.expect("reads").row.category;
        let reads = Permission::ReadCases(category);
        self.only(who, (&path, &[act.permission(), reads]), &fields).await;
    }

    async fn only_finding(&self, who: &str, case: &str, aspect: Aspect) {
        let transfer = [("transfer", "same_jurisdiction")];
        let more: &[_] = if aspect == Aspect::Scope { &transfer } else { &[] };
        self.only_finding_on(who, (case, aspect), more).await;
    }

    async fn only_finding_on(&self, who: &str, (case, aspect): (&str, Aspect), more: Fields<'_>) {
        let elements = self.elements(case, aspect).await;
        let mut fields = vec![("aspect", aspect_code(aspect)), ("verdict", "stands")];
        fields.extend(elements.iter().map(|code| ("elements", code.as_str())));
        fields.extend(more);
        self.only_act(who, (case, ActKind::Finding), &fields).await;
    }

    async fn id_of_person(&self, name: &str) -> String {
        let people = self.candor().people().await.expect("reads");
        people.iter().find(|one| one.name.as_str() == name).expect("has joined").id.to_string()
    }
}

const ORDINARY: [(&str, &str); 9] = [
    ("category", "user_data"),
    ("demands", "registration"),
    ("country", "France"),
    ("authority", "Bureau of Samples"),
    ("officer", "T. Placeholder"),
    ("instrument", "eu_production_order"),
    ("emergency", "no"),
    ("accounts", "3"),
    ("summary", "Wants registration data of three accounts."),
];
const REASON: [(&str, &str); 1] = [("reason", "It was decided so.")];

/// From the letter to the appeal, with every turn on the way.
#[test]
fn each_form_of_a_case_is_taken_from_who_may_alone() {
    on_each(async |location| {
        let office = Office::at_work(location, &["eu_production_order"]).await;
        let letter = office.enters_letter("AZ 1", b"scan").await;
        let path = format!("/submissions/{letter}/requests");
        let needs = [Permission::ResolveSubmission];
        office.only(INTAKE, (&path, &needs), &[&ORDINARY[..], &[("seen", "0")]].concat()).await;
        office.only(INTAKE, (&path, &needs), &[&ORDINARY[..], &[("seen", "1")]].concat()).await;
        let (case, twin) = ("2026-0001-1", "2026-0001-2");
        let id = office.id_of_person(VERIFIER).await;
        office.only_act(INTAKE, (case, ActKind::Assign), &[("person", &id)]).await;
        office.only_act(VERIFIER, (case, ActKind::Note), &[("text", "Read page 3.")]).await;
        let link = [("to", case), ("link", "duplicates"), REASON[0]];
        office.only_act(VERIFIER, (twin, ActKind::Link), &link).await;
        office.only_act(VERIFIER, (twin, ActKind::Unlink), &REASON).await;
        let later = [("due_on", "2026-10-09"), REASON[0]];
        office.only_act(VERIFIER, (case, ActKind::Extend), &later).await;
        is_withheld_and_reclassified(&office, twin).await;

        office.only_act(VERIFIER, (case, ActKind::Begin), &[]).await;
        let question = [("question", "Which accounts?"), ("answer_due_on", "2026-09-30")];
        office.only_act(VERIFIER, (case, ActKind::Clarification), &question).await;
        office.only_act(VERIFIER, (case, ActKind::Answer), &[("answer", "All three.")]).await;
        let until = office.candor().today().saturating_add(180.days()).to_string();
        let number = office.number_for(case).await;
        let call = [
            ("means", "call_back"),
            ("number", number.as_str()),
            ("result", "verified"),
            ("valid_until", until.as_str()),
            ("evidence", "The duty desk put me through to them."),
        ];
        let path = format!("/requests/{case}/verification");
        office.only(VERIFIER, (&path, &[Permission::VerifyOfficers, READS]), &call).await;
        for aspect in Aspect::ALL {
            office.only_finding(VERIFIER, case, aspect).await;
        }
        let propose = [("outcome", "approve"), REASON[0]];
        office.only_act(PROPOSER, (case, ActKind::Propose), &propose).await;
        office.only_act(CONFIRMER, (case, ActKind::Confirm), &CONFIRMS).await;
        office.only_act(VERIFIER, (case, ActKind::Challenge), &REASON).await;
        let confirmed = [("result", "confirmed")];
        office.only_act(VERIFIER, (case, ActKind::ChallengeResult), &confirmed).await;
        for _ in 0..2 {
            office.proposes(PROPOSER, case, &[("outcome", "approve")]).await;
            office.confirms(CONFIRMER, case).await;
            office.only_act(VERIFIER, (case, ActKind::Prepare), &[]).await;
            if !office.events_of(case).await.contains(&"decision_reopened") {
                office.only_act(PROPOSER, (case, ActKind::Reopen), &REASON).await;
            }
        }
        let release = [("accounts_disclosed", "2")];
        office.only_act(CONFIRMER, (case, ActKind::Release), &release).await;
        office.only_act(PROPOSER, (case, ActKind::Close), &[]).await;
        office.only_act(VERIFIER, (case, ActKind::Appeal), &REASON).await;
        office.only_act(VERIFIER, (case, ActKind::Withdraw), &REASON).await;
    });
}

/// Two people at each step, and the one who sends it back.
async fn is_withheld_and_reclassified(office: &Office, case: &str) {
    let secret = [("until", "2027-01-31"), ("basis", "50 U.S.C. § 1874(d)")];
    office.only_act(VERIFIER, (case, ActKind::Withhold), &secret).await;
    office.only_act(PROPOSER, (case, ActKind::WithholdReturn), &REASON).await;
    office.act(VERIFIER, case, "withhold", &secret).await;
    office.only_act(PROPOSER, (case, ActKind::WithholdConfirm), &[]).await;
    office.only_act(VERIFIER, (case, ActKind::Disclose), &REASON).await;
    office.act(VERIFIER, case, "begin", &[]).await;
    let keys = [("demands", "encryption_keys"), REASON[0]];
    office.only_act(VERIFIER, (case, ActKind::Reclassify), &keys).await;
    office.only_act(PROPOSER, (case, ActKind::ReclassifyReturn), &REASON).await;
    office.act(VERIFIER, case, "reclassify", &keys).await;
    office.only_act(PROPOSER, (case, ActKind::ReclassifyConfirm), &[]).await;
    assert_eq!(office.events_of(case).await.last(), Some(&"decided"), "rejected by rule");
}

#[test]
fn each_form_of_a_preservation_and_of_expertise_is_taken_from_who_may_alone() {
    on_each(async |location| {
        let office = Office::at_work(location, &["none"]).await;
        let letter = office.enters_letter("EPOC-PR 1", b"certificate").await;
        let preserve = [("instrument", "eu_preservation_order"), ("demands", "preservation")];
        let kept = office.registers(&letter, &preserve).await;
        office.only_act(VERIFIER, (&kept, ActKind::Preserve), &[]).await;
        let longer = [("until", "2026-12-21"), REASON[0]];
        office.only_act(VERIFIER, (&kept, ActKind::PreserveLonger), &longer).await;
        office.only_act(VERIFIER, (&kept, ActKind::PreserveNoMore), &REASON).await;

        let expertise = [
            ("category", "technical_expertise"),
            ("demands", "indicators"),
            ("instrument", "none"),
            ("accounts", ""),
        ];
        let asked = office.registers(&letter, &expertise).await;
        let id = office.id_of_person(EXPERT).await;
        office.only_act(INTAKE, (&asked, ActKind::Assign), &[("person", &id)]).await;
        office.only_act(EXPERT, (&asked, ActKind::Note), &[("text", "Known since May.")]).await;
        office.only_act(VERIFIER, (&asked, ActKind::Begin), &[]).await;
        office.verifies_officer(VERIFIER, &asked).await;
        for aspect in Aspect::ALL {
            office.only_finding_on(VERIFIER, (&asked, aspect), &[]).await;
        }
        let propose = [("outcome", "approve"), REASON[0]];
        office.only_act(PROPOSER, (&asked, ActKind::Propose), &propose).await;
        office.only_act(CONFIRMER, (&asked, ActKind::Confirm), &CONFIRMS).await;
        office.only_act(EXPERT, (&asked, ActKind::Prepare), &[]).await;
        office.only_act(PROPOSER, (&asked, ActKind::Screen), &[]).await;
        office.only_act(CONFIRMER, (&asked, ActKind::Release), &[]).await;
    });
}

/// What is not about one case: the company's own rules, its people, what is kept and for how long.
#[test]
fn each_form_of_the_company_is_taken_from_who_may_alone() {
    on_each(async |location| {
        let office = Office::new(location).await;
        let number = [("country", "France"), ("authority", "Bureau of Samples")];
        let number = [&number[..], &found("telephone", NUMBER)].concat();
        let registers = [Permission::RegisterContacts];
        office.only(INTAKE, ("/authorities", &registers), &number).await;
        let page = office.opens(INTAKE, "/authorities").await;
        let authority = page.text().split("href=\"/authorities/").nth(1);
        let authority = authority.and_then(|rest| rest.get(..36)).expect("is listed").to_owned();
        let path = format!("/authorities/{authority}/contacts");
        office.only(INTAKE, (&path, &registers), &found("mail_domain", "samples.example")).await;
        let page = office.opens(INTAKE, &format!("/authorities/{authority}")).await;
        let withdraw = page.text().split("action=\"").find(|form| form.contains("/withdraw\""));
        let withdraw = withdraw.and_then(|form| form.split('"').next()).expect("a form").to_owned();
        let why = [("reason", "out_of_use")];
        office.only(INTAKE, (&withdraw, &registers), &why).await;

        let mut holds = Vec::new();
        for kind in ["registration", "licence", "connection", "content"] {
            holds.push((format!("held_{kind}"), "yes"));
            for name in ["where", "kept", "basis"] {
                holds.push((format!("{name}_{kind}"), "as the policy says"));
            }
        }
        let holds: Vec<_> = holds.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        office.only(PRIVACY, ("/inventory", &[Permission::DeclareInventory]), &holds).await;
        let code = domain::instrument::Instrument::new("mlat").expect("a code");
        let law = office.candor().profiles().expect("profiles");
        let law = law.instrument(&code).expect("is known");
        let elements = law.elements.iter();
        let elements: Vec<_> =
            elements.map(|one| format!("{}={}", one.code, one.sha256())).collect();
        let elements: Vec<_> = elements.iter().map(|one| ("elements", one.as_str())).collect();
        let confirms = [Permission::ConfirmProfiles];
        office.only(VERIFIER, ("/profiles/mlat/confirm", &confirms), &elements).await;

        let advert = office.enters_letter("AZ 1", b"buy").await;
        let path = format!("/submissions/{advert}/not-a-request");
        let reason = [("reason", "advertising")];
        office.only(INTAKE, (&path, &[Permission::ResolveSubmission]), &reason).await;
        is_kept_and_hidden(&office, &advert).await;

        let new = [("name", "A. Nieuw"), ("email", "a.nieuw@publisher.example")];
        let new = [&new[..], &[("roles", "intake")]].concat();
        let manages = [Permission::ManagePeople];
        office.only(OPERATOR, ("/people", &manages), &new).await;
        let person = office.id_of_person("A. Nieuw").await;
        let path = format!("/people/{person}/roles");
        office.only(OPERATOR, (&path, &manages), &[("roles", "counsel")]).await;
        let path = format!("/people/{person}/end");
        office.only(OPERATOR, (&path, &manages), &[]).await;
        let other = office.another_joins("B. Nieuw", Role::Editor).await;
        for act in ["sessions", "reset"] {
            let path = format!("/people/{other}/{act}");
            office.only(OPERATOR, (&path, &manages), &[]).await;
        }
    });
}

async fn is_kept_and_hidden(office: &Office, advert: &str) {
    let periods = [("months_not_a_request", "1"), ("source_not_a_request", "Decision no. 12")];
    let declares = [Permission::DeclareRetention];
    office.only(PRIVACY, ("/retention/periods", &declares), &periods).await;
    let hold = [("number", advert), REASON[0]];
    office.only(VERIFIER, ("/retention/hold", &[Permission::PlaceHold]), &hold).await;
    let page = office.opens(PRIVACY, "/retention").await;
    let id = page.text().split("name=\"hold\" value=\"").nth(1).and_then(|rest| rest.get(..36));
    let lift = [("hold", id.expect("a form to lift it")), REASON[0]];
    office.only(PRIVACY, ("/retention/lift", &[Permission::LiftHold]), &lift).await;

    let secret = office.enters_letter("AZ 2", b"hush").await;
    let mut people = Vec::new();
    for name in [INTAKE, VERIFIER] {
        people.push(office.id_of_person(name).await);
    }
    let mut close = vec![("seen", "1"), REASON[0]];
    close.extend(people.iter().map(|id| ("people", id.as_str())));
    let path = format!("/submissions/{secret}/compartment");
    office.only(INTAKE, (&path, &[Permission::CloseCompartment]), &close).await;
    // To everybody who is not named the letter is not there, whatever they may.
    let path = format!("/submissions/{secret}/open");
    let open = [("seen", "2"), REASON[0]];
    for (name, _) in PEOPLE.iter().filter(|(name, _)| ![INTAKE, VERIFIER].contains(name)) {
        let answer = office.sends(name, &path, &open).await;
        let refused = [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN];
        assert!(refused.contains(&answer.status), "{name}: {}", told(&answer));
    }
    let before = office.world.events().await;
    let led_to = office.does(VERIFIER, &path, &open).await;
    assert!(led_to.starts_with(&format!("/submissions/{secret}")), "{led_to}");
    assert_eq!(office.world.events().await, before + 1);
    let answer = office.opens(PROPOSER, &format!("/submissions/{secret}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", told(&answer));
    assert!(answer.headers.contains_key(header::CONTENT_TYPE));
}
