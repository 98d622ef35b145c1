//! Whole logs: those that verify, and each way in which one must not.

mod cells;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/golden.rs"]
mod golden;
mod growing;
mod keys;
mod receipts;
mod rejections;
mod successor;
mod tiles;
mod world;
