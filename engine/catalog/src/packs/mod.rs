//! Packs: folders of rules, tables and cases with a `pack.yaml` that says what they are.

mod gather;
pub(crate) mod manifest;

pub(crate) use gather::{Gathered, content, gather};
pub(crate) use manifest::Manifest;

use claimflow_core::{Hash, Owner, Text};
use claimflow_rules::Layer;
use jiff::civil::Date;

/// What people may know of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackInfo {
    /// Name, as `behavioral-health`: its folder's name.
    pub name: Text,
    /// Version, as `1.2.0`.
    pub version: Text,
    /// Layer.
    pub layer: Layer,
    /// Payer ids it is for; none: every payer.
    pub payers: Vec<Text>,
    /// First service date its rules apply to.
    pub effective: Option<Date>,
    /// Last service date its rules apply to.
    pub expires: Option<Date>,
    /// Packs that it builds on.
    pub requires: Vec<Text>,
    /// Owners it names.
    pub owners: Vec<Owner>,
    /// License expression, or empty.
    pub license: Text,
    /// What it is, in a sentence.
    pub summary: Text,
    /// Path of its `pack.yaml`.
    pub path: String,
    /// How many rules it has that can run.
    pub rules: usize,
    /// Content hash of its `pack.yaml`, rules, tables and categories.
    pub hash: Hash,
}
