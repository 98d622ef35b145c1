//! The demo's people: plainly invented, each with a login that the demo tells.
//!
//! They join as anybody does: a link, an authenticator, a password. What they sign in with is made
//! at random for each data directory and stands in `DIR/logins.txt`, which its owner alone can read.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use access::TotpSecret;
use anyhow::{Context, bail};
use app::{
    AccessRefusal, By, Candor, Clock, Error, Invitee, Person, RecoveryCode, SignIn, SignedIn, Token,
};
use domain::access::Role;
use domain::person::Account;
use jiff::{SignedDuration, Timestamp};

use crate::say;

pub(super) const INTAKE: &str = "O. Primer";
pub(super) const EXPERT: &str = "E. Muster";
pub(super) const PRIVACY: &str = "P. Exemple";
pub(super) const REVIEWER: &str = "N. Exempel";
const OPERATOR: &str = "B. Primjer";
/// Three of counsel, since a request for user data takes three people.
pub(super) const R: &str = "R. Ejemplo";
pub(super) const K: &str = "K. Beispiel";
pub(super) const I: &str = "I. Esempio";

/// In the order in which they join: the operator lets the others in.
const PEOPLE: [(&str, Role); 9] = [
    (OPERATOR, Role::Operator),
    (INTAKE, Role::Intake),
    (R, Role::Counsel),
    (K, Role::Counsel),
    (I, Role::Counsel),
    (EXPERT, Role::Expert),
    (PRIVACY, Role::PrivacyOfficer),
    ("J. Voorbeeld", Role::Editor),
    (REVIEWER, Role::Reviewer),
];

const BROWSER: &str = "candor demo";
const FILE: &str = "logins.txt";
const HEADER: &str = "Logins of the people of a candor demo. They are invented; their passwords are not \
     known to anyone else.\n\nSign in to the console with an e-mail address, its password and, as \
     the code, one of\nits recovery codes: each opens once. Or put the secret into an authenticator \
     app,\nwhich then shows the codes. `candor demo` writes new recovery codes where some were \
     used.\n";

fn email(name: &str) -> String {
    format!("{}@publisher.example", name.to_lowercase().replace(". ", "."))
}

/// What somebody signs in with.
#[derive(Clone, Default)]
struct Login {
    email: String,
    password: String,
    /// Of the authenticator.
    secret: String,
    /// None of them was used when they were written.
    codes: Vec<String>,
}

/// All that is known of logins, as it stands in the file.
pub(super) struct Logins {
    file: PathBuf,
    all: Vec<Login>,
}

impl Logins {
    /// Reads what an earlier run wrote; nothing where there was none.
    pub(super) fn read(dir: &Path) -> anyhow::Result<Self> {
        let file = dir.join(FILE);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(error).context(format!("{} can't be read", file.display()));
            }
        };
        let mut all: Vec<Login> = Vec::new();
        for line in text.lines() {
            let Some((name, value)) = line.trim().split_once("  ") else { continue };
            let value = value.trim().to_owned();
            if name == "e-mail" {
                all.push(Login { email: value, ..Login::default() });
                continue;
            }
            let Some(login) = all.last_mut() else { continue };
            match name {
                "password" => login.password = value,
                "secret" => login.secret = value,
                "codes" => login.codes = value.split_whitespace().map(str::to_owned).collect(),
                _ => {}
            }
        }
        Ok(Self { file, all })
    }

    /// A crash leaves the file before or this one, whole.
    fn save(&self) -> anyhow::Result<()> {
        let mut text = HEADER.to_owned();
        for (name, role) in PEOPLE {
            let Some(Login { email, password, secret, codes }) = self.find(name) else { continue };
            let codes = codes.join(" ");
            write!(
                text,
                "\n{name}, {}\n  e-mail    {email}\n  password  {password}\n  secret    {secret}\n  \
                 codes     {codes}\n",
                role.label()
            )?;
        }
        let written = || -> std::io::Result<()> {
            let dir = self.file.parent().unwrap_or(Path::new("."));
            // Its owner alone can read it.
            let mut new = tempfile::NamedTempFile::new_in(dir)?;
            new.write_all(text.as_bytes())?;
            new.as_file().sync_all()?;
            new.persist(&self.file)?;
            Ok(())
        };
        written().with_context(|| format!("{} can't be written", self.file.display()))
    }

    fn find(&self, name: &str) -> Option<&Login> {
        let email = email(name);
        self.all.iter().find(|login| login.email == email)
    }

    fn put(&mut self, login: Login) -> anyhow::Result<()> {
        match self.all.iter_mut().find(|known| known.email == login.email) {
            Some(known) => *known = login,
            None => self.all.push(login),
        }
        self.save()
    }

    fn known(&self, name: &str) -> anyhow::Result<&Login> {
        self.find(name).with_context(|| {
            format!(
                "{} does not say how {name} signs in: put it back, or make another demo with --dir",
                self.file.display()
            )
        })
    }

    /// Signs somebody in. An earlier run may have used up the code of this moment and then been
    /// killed: the clock goes on until there is a code that was not used.
    pub(super) async fn sign_in(
        &self,
        candor: &mut Candor,
        name: &str,
    ) -> anyhow::Result<(SignedIn, Token)> {
        const TRIES: usize = 9;
        let Login { email, password, secret, .. } = self.known(name)?;
        let secret = TotpSecret::read(&secret.replace(' ', ""))
            .with_context(|| format!("{}: the secret of {email} is none", self.file.display()))?;
        let mut refused = AccessRefusal::SignIn;
        for _ in 0..TRIES {
            let now = candor.clock.now();
            let code = secret.code_at(now);
            let with = SignIn { email, password, code: &code, user_agent: BROWSER };
            match candor.sign_in(with).await {
                Ok(token) => {
                    let who = candor.session(&token.reveal()).await?;
                    return Ok((who.context("a session that began just now is over")?, token));
                }
                Err(Error::Access(refusal)) => refused = refusal,
                Err(error) => return Err(error.into()),
            }
            match candor.clock {
                Clock::Fixed(_) => candor.clock = Clock::Fixed(now + STEP),
                Clock::System => break,
            }
        }
        Err(refused).with_context(|| format!("{name} can't sign in with what is in {FILE}"))
    }

    /// Who has not joined yet is invited and joins, from this moment on.
    pub(super) async fn join_all(
        &mut self,
        candor: &Candor,
        from: Timestamp,
    ) -> anyhow::Result<()> {
        let mut candor = candor.clone();
        for (at, (name, role)) in (0..).zip(PEOPLE) {
            candor.clock = Clock::Fixed(from + BETWEEN_PEOPLE * at);
            let people = candor.people().await?;
            let person = people.iter().find(|person| person.email.as_str() == email(name));
            let account = person.map(|person| person.account);
            match account {
                None | Some(Account::Invited) => {
                    self.join(&mut candor, (name, role), person).await?
                }
                Some(Account::Active | Account::Ended) => {}
            }
        }
        Ok(())
    }

    /// A crash after the person has joined, and before their recovery codes are written, leaves
    /// them without: [`Self::renew_codes`] makes others.
    async fn join(
        &mut self,
        candor: &mut Candor,
        (name, role): (&str, Role),
        invited: Option<&Person>,
    ) -> anyhow::Result<()> {
        let operator = match name == OPERATOR {
            true => None,
            false => Some(self.sign_in(candor, OPERATOR).await?),
        };
        let by = operator.as_ref().map_or(By::OperatorCli, |(who, _)| By::Person(who));
        let email = email(name);
        let invited = match invited {
            Some(person) => candor.invite_again(person.id, by).await?,
            None => {
                let roles = [role].into_iter().collect();
                candor.invite(Invitee { name, email: &email, roles }, by).await?
            }
        };
        let link = invited.link.reveal();
        let authenticator = candor.begin_joining(&link).await?;
        let secret = TotpSecret::read(&authenticator.secret_in_groups.replace(' ', ""))
            .context("the authenticator's secret is none")?;
        let mut login = Login {
            email,
            password: new_password()?,
            secret: authenticator.secret_in_groups,
            codes: Vec::new(),
        };
        // First the password and the secret: whoever has joined can sign in, whatever happens.
        self.put(login.clone())?;
        candor.clock = Clock::Fixed(candor.clock.now() + UNTIL_JOINED);
        let code = secret.code_at(candor.clock.now());
        let joined = candor.join(&link, (&login.password, &code), BROWSER).await?;
        login.codes = joined.recovery_codes.iter().map(RecoveryCode::reveal).collect();
        self.put(login)
    }

    /// New recovery codes for everybody of whose codes some were used, so that all that are told
    /// open. Who has changed what they sign in with keeps what they have.
    pub(super) async fn renew_codes(&mut self, candor: &Candor) -> anyhow::Result<()> {
        let mut candor = candor.clone();
        for person in candor.people().await? {
            let name = person.name.as_str();
            let Some(mut login) = self.find(name).cloned() else { continue };
            let left = candor.recovery_codes_left(person.id).await?;
            let is_whole = !login.codes.is_empty() && left == login.codes.len() as u64;
            if person.account != Account::Active || is_whole {
                continue;
            }
            let Ok((who, _)) = self.sign_in(&mut candor, name).await else {
                say::line(format!(
                    "Some recovery codes of {} were used, and there are no new ones: what {FILE} \
                     says of it is out of date, or its authenticator was used just now.",
                    login.email
                ));
                continue;
            };
            // A crash after they are made leaves none in the file, and then others are made.
            login.codes.clear();
            self.put(login.clone())?;
            let codes = candor.new_recovery_codes(&who).await?;
            login.codes = codes.iter().map(RecoveryCode::reveal).collect();
            self.put(login)?;
        }
        Ok(())
    }

    /// Tells a login for each role.
    pub(super) fn tell(&self) -> anyhow::Result<()> {
        if self.all.is_empty() {
            bail!("{} names nobody: make another demo with --dir", self.file.display());
        }
        say::line(
            "\nSign in to the console with an e-mail address, its password and, as the code, one \
             of its recovery codes. Each code opens once.\n",
        );
        say::line(format!(
            "{:<21} {:<30} {:<24} {}",
            "role", "e-mail address", "password", "recovery codes"
        ));
        for (name, role) in PEOPLE {
            let Some(login) = self.find(name) else { continue };
            let codes: Vec<_> = login.codes.iter().take(2).map(String::as_str).collect();
            let codes = codes.join("  ");
            let Login { email, password, .. } = login;
            say::line(format!("{:<21} {email:<30} {password:<24} {codes}", role.label()));
        }
        say::line(format!("\nAll codes, and a secret for an authenticator app each: {}.", {
            self.file.display()
        }));
        Ok(())
    }
}

/// Codes of an authenticator change so often.
const STEP: SignedDuration = SignedDuration::from_secs(30);
const BETWEEN_PEOPLE: SignedDuration = SignedDuration::from_mins(15);
const UNTIL_JOINED: SignedDuration = SignedDuration::from_mins(6);

/// Twenty characters in groups of five: 100 random bits that can be read and typed.
fn new_password() -> anyhow::Result<String> {
    let [first, second, ..] = RecoveryCode::generate().context("no random numbers")?;
    Ok(format!("{}-{}", first.reveal(), second.reveal()).to_lowercase())
}
