//! The sealed log: which leaves a change calls for, and how they are appended and read.
//!
//! The `ledger` crate knows encodings, hashes and curves; `domain` knows requests. Here a request
//! becomes leaves: [`codes`] says which numbers it counts under, [`record`] what its leaves seal,
//! [`seal`] makes a [`Change`](crate::Change) with them, [`append`] gives them their place in the
//! transaction that records it, [`read`] hands out tiles and proofs, and [`open`] opens the leaves
//! about a submission to who may see them, [`audit`] holds the database against all of it, and
//! [`restore`] takes back from the published log what an older copy of the database has not.
//!
//! In sealed mode leaves go to [`waiting`] instead, and [`batch`] gives them their place, filled up
//! with what [`pad`] makes; [`closing`] makes the log ready for an edition.

pub(crate) mod append;
pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod checkpoint;
pub(crate) mod closing;
pub(crate) mod codebook;
pub(crate) mod codes;
pub(crate) mod open;
pub(crate) mod pad;
pub(crate) mod period;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod restore;
pub(crate) mod seal;
pub(crate) mod successor;
pub(crate) mod waiting;
