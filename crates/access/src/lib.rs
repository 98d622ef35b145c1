//! What lets a person of the company in: passkeys, password, authenticator, recovery codes, links,
//! sessions; and what lets a program in: tokens.
//!
//! Everything here is a value or a pure function. The time comes in as an argument; only what has
//! to be unpredictable asks the system for random bytes. This crate must never know a database, a
//! page, a cookie, or what somebody may do once they are in: that is [`domain::access`].
//!
//! A secret has no `Display`, and its `Debug` shows nothing of it: what leaves this crate in the
//! clear leaves by a method that says so.
//!
//! Start at [`RelyingParty`], which knows a passkey, and at [`Password`] and [`TotpSecret`], the two
//! factors of who has none; then [`Session`], which they open, and [`Failures`] and [`Crowd`], which keep
//! others from trying.

mod crowd;
mod passkey;
mod password;
mod recovery;
mod session;
mod throttle;
mod token;
mod totp;

pub use crowd::Crowd;
pub use passkey::{Holder, NoOrigin, NotProven, Origin, Passkey, RelyingParty, Residence, Told};
pub use password::{Password, PasswordHash, PasswordRefusal};
pub use recovery::{CODES, RecoveryCode};
pub use session::{INVITATION_LIFETIME, Session, SessionState, StepUp};
pub use throttle::{Failures, MustWait};
pub use token::Token;
pub use totp::{Authenticator, Step, TotpSecret};
