//! Whole jobs, from what people do to what they see, on both databases.

mod authenticator;
mod batches;
mod deadlines;
mod doctor;
mod entrance;
mod exporting;
mod first_report;
mod handling;
mod importing;
mod keys;
mod mail;
mod office;
mod pages;
mod passkeys;
mod people;
mod public_site;
mod published;
mod random_files;
mod restoring;
mod rotation;
mod safeguards;
mod sealing;
mod secrecy;
mod shredding;
mod verifying;
mod witnesses;
