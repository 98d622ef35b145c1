//! The surfaces over HTTP. Here: the public site, which serves published editions and nothing else.
//!
//! This crate must never know a rule, nor SQL; the public site holds a [`store::ReadOnly`], which
//! has no way to a case.

mod console;
mod site;

pub use console::{Console, console};
pub use site::{Public, router};
