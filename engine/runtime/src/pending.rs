//! Names that the rooms below are about to offer.
#![allow(missing_docs, dead_code, unused_variables, clippy::all, reason = "replaced by the real thing")]
use claimflow_core::{Acknowledgment, Claim, Diagnostic, Moment, Text};
pub struct Envelope {
    pub sender_qualifier: Text,
    pub sender_id: Text,
    pub receiver_qualifier: Text,
    pub receiver_id: Text,
    pub group_sender: Text,
    pub group_receiver: Text,
    pub submitter_name: Text,
    pub submitter_id: Text,
    pub contact_name: Text,
    pub contact_phone: Text,
    pub receiver_name: Text,
    pub production: bool,
    pub created: Moment,
    pub interchange_control: u32,
    pub group_control: u32,
    pub first_transaction_control: u32,
}
pub struct Written {
    pub bytes: Vec<u8>,
    pub transactions: Vec<(u32, std::ops::Range<usize>)>,
}
pub fn write_837p(e: &Envelope, claims: &[&Claim]) -> Result<Written, String> {
    Err(String::new())
}
pub trait Acks {
    fn acknowledgments(&self) -> (Vec<Acknowledgment>, Vec<claimflow_x12::Fault>);
}
impl Acks for claimflow_x12::Transaction<'_> {
    fn acknowledgments(&self) -> (Vec<Acknowledgment>, Vec<claimflow_x12::Fault>) {
        (vec![], vec![])
    }
}
pub fn claims_from_json(path: &str, text: &str) -> (Vec<Claim>, Vec<Diagnostic>) {
    (vec![], vec![])
}
