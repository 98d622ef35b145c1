//! What can happen to the company as a whole: its reports, its rules, its log.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::category::DemandSet;
use crate::figure::PublishedFigure;
use crate::id::{Position, Sha256Hash};
use crate::instrument::RuleId;
use crate::padding::Padding;
use crate::period::Period;
use crate::retention::RetentionRules;

/// Something that happened to none of the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum CompanyEvent {
    PublishedFigureImported {
        source_sha256: Sha256Hash,
        line: u32,
        figure: PublishedFigure,
    },
    EditionPublished(Edition),
    /// A later revision; its reason is public and stands in the edition itself.
    EditionCorrected(Edition),
    /// A backup was older than the published log: these leaves, up to and not including `to`, were
    /// appended again from what was published. What they seal is lost.
    LeavesRestored {
        from: u64,
        to: u64,
    },
    /// What these leaves seal is lost, and will not come back: editions are published without it.
    LossStated {
        from: u64,
        to: u64,
    },
    /// The log could not go on, and another one, which began with what this company knows of it,
    /// follows.
    LogSucceeded {
        /// SHA-256 of the name of the log before.
        before: Sha256Hash,
        /// What the public saw of it last.
        size: u64,
        root: Sha256Hash,
    },
    /// From here on leaves get their place in batches of this shape, filled with pads.
    PaddingChanged {
        padding: Padding,
    },
    /// Before an edition goes out, a new decision stands in the log for every request of the
    /// half-years that the period covers, whatever it says.
    PeriodClosed {
        period: Period,
    },
    /// A key took the place of another. Both are in the log.
    SigningKeyReplaced {
        signs: SigningKeyUse,
        /// SHA-256 of the new public key.
        fingerprint: Sha256Hash,
    },
    /// Nobody can open a commitment of this half-year any more.
    PeriodKeyDestroyed {
        half_year: Period,
    },
    /// Counsel confirmed these elements of the legal profiles, each as it read then: SHA-256 of
    /// its canonical form. An element that reads otherwise is a draft again.
    RulesConfirmed {
        rules: BTreeMap<RuleId, Sha256Hash>,
    },
    /// Which kinds of user data the company holds. Where, how long and why is a text of its own.
    DataInventoryDeclared {
        holds: DemandSet,
    },
    /// How long what submissions say is kept. Where each period comes from is a text of its own.
    RetentionRulesDeclared {
        rules: RetentionRules,
    },
    /// Who looked at what on a day that is over: how many entries, and SHA-256 over their lines.
    AccessLogSealed {
        day: Date,
        entries: u64,
        sha256: Sha256Hash,
    },
}

/// What a key of the company signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningKeyUse {
    Checkpoints,
    Reports,
    Receipts,
}

/// What was published: the files' hashes are in `manifest_sha256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    pub period: Period,
    /// From 0.
    pub revision: u32,
    /// The last event that the numbers know of.
    pub cutoff: Position,
    pub requests: u64,
    /// SHA-256 over the lines `SHA-256 two spaces path` of all its files, by path.
    pub manifest_sha256: Sha256Hash,
}

kinds! { CompanyEvent is Company {
    PublishedFigureImported => "published_figure_imported",
    EditionPublished => "edition_published",
    EditionCorrected => "edition_corrected",
    LeavesRestored => "leaves_restored",
    LossStated => "loss_stated",
    LogSucceeded => "log_succeeded",
    PaddingChanged => "padding_changed",
    PeriodClosed => "period_closed",
    SigningKeyReplaced => "signing_key_replaced",
    PeriodKeyDestroyed => "period_key_destroyed",
    RulesConfirmed => "rules_confirmed",
    DataInventoryDeclared => "data_inventory_declared",
    RetentionRulesDeclared => "retention_rules_declared",
    AccessLogSealed => "access_log_sealed",
}}
