//! The words of the field, the checked workflow graph, and the one pure function [`step`](step::step).
//!
//! Nothing here knows files, YAML, Rhai, tokio, sled or the clock: everything a step needs arrives as data, and
//! everything it decides leaves as data.

pub mod calendar;
mod claim;
mod codes;
mod diagnostic;
pub mod event;
pub mod expr;
mod facts;
pub mod field;
mod finding;
mod flow;
pub mod guard;
pub mod migration;
mod money;
mod party;
mod remittance;
mod rules;
pub mod state;
pub mod step;
#[cfg(test)]
mod testing;
mod time;
mod value;
pub mod workflow;

pub use calendar::{Calendar, Due, DueIn, DueInError, Zone};
pub use claim::{
    Adjustment, Claim, Diagnosis, ExtraSegment, Indicators, LineAdjudication, OtherPayer, QualifiedDate,
    ServiceLine,
};
pub use codes::{
    Carc, ClaimId, CodeError, DiagnosisCode, GroupCode, Modifier, Npi, PayerId, PlaceOfService,
    ProcedureCode, Rarc,
};
pub use diagnostic::{Diagnostic, Severity, nearest};
pub use facts::{Authorization, Coverage, Enrollment, Facts, PriorService, Visit, within};
pub use finding::{
    Category, Change, Denial, Finding, Level, Owner, PostedAdjustment, Stage, Subject, WorkItem,
};
pub use flow::{Call, OpenRequest};
pub use money::{DecimalError, Money, Quantity};
pub use party::{Address, Name, Patient, Payer, Person, Provider, Subscriber};
pub use remittance::{
    Acknowledgment, AcknowledgmentKind, ClaimPayment, LinePayment, ProviderAdjustment, Remittance,
};
pub use rules::{Decision, Evaluation, Hash, POSTING, Route, RouteQuery, RuleInput, Rules};
pub use time::{DAY_MS, Moment, Span, SpanError, days_between};
pub use value::{Literal, Value, ValueType, Values};

/// Short text, kept inline up to 24 bytes: most codes and names cost no allocation.
pub type Text = compact_str::CompactString;
