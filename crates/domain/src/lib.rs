//! What the law and the company know of a request: the words, its life, the rules, the count.
//!
//! This crate must never know a clock, a database, a file, the network or a page. Everything in it
//! is a value or a pure function; the time and the people come in as arguments.
//!
//! Start at [`request`] (the life of a request as [`request::decide`] and [`request::evolve`]),
//! then [`event::Event`] (the only way anything changes) and [`count::count`] (how facts become
//! the numbers of a report).

pub mod access;
pub mod authority;
pub mod band;
pub mod category;
pub mod compartment;
pub mod count;
pub mod country;
pub mod deadline;
pub mod event;
pub mod fact;
pub mod figure;
pub mod hold;
pub mod holidays;
pub mod id;
pub mod instrument;
pub mod padding;
pub mod period;
pub mod person;
pub mod profile;
pub mod request;
pub mod retention;
pub mod submission;

pub use category::{Category, Demand, DemandSet};
pub use count::{Dataset, count};
pub use country::Country;
pub use event::{Event, Recorded};
pub use fact::{Fact, Ground, Standing};
pub use period::Period;
