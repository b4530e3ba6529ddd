//! What the writers share: the envelope, the errors, and putting a file together.

use std::ops::Range;

use claimflow_core::{Address, ClaimId, Text};
use jiff::civil::DateTime;

use crate::output::{Output, compact, free_separators};
use crate::separators::Separators;

/// The envelope of a file: who sends it to whom, when, and its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Qualifier of the sender's id, ISA05, as `ZZ`.
    pub sender_qualifier: Text,
    /// Sender of the interchange, ISA06; 1 to 15 characters.
    pub sender_id: Text,
    /// Qualifier of the receiver's id, ISA07.
    pub receiver_qualifier: Text,
    /// Receiver of the interchange, ISA08; 1 to 15 characters.
    pub receiver_id: Text,
    /// Sender of the group, GS02; empty: the interchange's.
    pub group_sender: Text,
    /// Receiver of the group, GS03; empty: the interchange's.
    pub group_receiver: Text,
    /// Who submits: 1000A of an 837P, the payer of an 835 or 277CA.
    pub submitter: Submitter,
    /// Who receives: 1000B of an 837P, the payee of an 835, the submitter that a 277CA answers.
    pub receiver: Receiver,
    /// `P` production or `T` test, ISA15.
    pub usage: char,
    /// When the file is made.
    pub created: DateTime,
    /// Number of the interchange, ISA13, up to 999,999,999.
    pub interchange_control: u32,
    /// Number of the group, GS06, up to 999,999,999.
    pub group_control: u32,
    /// Number of the first transaction, ST02; the others count on.
    pub first_transaction_control: u32,
}

/// Who submits a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submitter {
    /// Name.
    pub name: Text,
    /// Id by which the receiver knows the submitter.
    pub id: Text,
    /// Whom to ask.
    pub contact_name: Text,
    /// Telephone number, digits only.
    pub phone: Text,
    /// Address, which an 835 must carry; a stand-in is written when none is given.
    pub address: Option<Address>,
}

/// Who receives a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receiver {
    /// Name.
    pub name: Text,
    /// Id.
    pub id: Text,
}

impl Default for Envelope {
    /// A test envelope with the qualifier `ZZ` and all numbers 1; ids and names are empty.
    fn default() -> Self {
        Self {
            sender_qualifier: Text::from("ZZ"),
            sender_id: Text::default(),
            receiver_qualifier: Text::from("ZZ"),
            receiver_id: Text::default(),
            group_sender: Text::default(),
            group_receiver: Text::default(),
            submitter: Submitter::default(),
            receiver: Receiver::default(),
            usage: 'T',
            created: DateTime::default(),
            interchange_control: 1,
            group_control: 1,
            first_transaction_control: 1,
        }
    }
}

/// Something that keeps a claim from being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as `billing_provider.tax_id` or `NM103 in loop 2010BA`.
    pub field: String,
    /// What is wrong, as `is missing`. Never the text itself.
    pub problem: String,
}

/// Why claims can't be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A claim can't be expressed in 005010X222A1.
    #[error("claim `{claim}` can't be written: {}", list(problems))]
    Claim {
        /// Its place among the claims given, from 0.
        index: usize,
        /// Its number.
        claim: ClaimId,
        /// All that keeps it from being written.
        problems: Vec<Problem>,
    },
    /// The envelope lacks something.
    #[error("the envelope can't be written: {}", list(problems))]
    Envelope {
        /// All that is wrong with it.
        problems: Vec<Problem>,
    },
    /// The texts use up every character that could separate them.
    #[error(
        "the texts hold every character that could separate elements: remove some of `*|!+`, `:><\\;` or `~}}'[`"
    )]
    NoSeparators,
}

fn list(problems: &[Problem]) -> String {
    let each: Vec<String> =
        problems.iter().map(|problem| format!("`{}` {}", problem.field, problem.problem)).collect();
    each.join("; ")
}

/// A file that has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// Each transaction: its control number (ST02) and which of the claims given it carries.
    pub transactions: Vec<(Text, Range<usize>)>,
}

impl Envelope {
    /// Control number of the `n`th transaction, from 0.
    pub(crate) fn transaction_control(&self, n: usize) -> Text {
        let number = u64::from(self.first_transaction_control) + n as u64;
        Text::from(format!("{number:04}"))
    }

    /// What is wrong with the envelope itself.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut check = |field: &str, text: &str, least: usize, most: usize| {
            let length = text.len();
            if length < least || length > most || !text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                let problem = format!("should have {least} to {most} plain characters, but has {length}");
                problems.push(Problem { field: field.to_owned(), problem });
            }
        };
        check("sender_qualifier", &self.sender_qualifier, 2, 2);
        check("sender_id", &self.sender_id, 1, 15);
        check("receiver_qualifier", &self.receiver_qualifier, 2, 2);
        check("receiver_id", &self.receiver_id, 1, 15);
        check("group_sender", self.group_sender(), 2, 15);
        check("group_receiver", self.group_receiver(), 2, 15);
        check("submitter.name", &self.submitter.name, 1, 60);
        check("submitter.id", &self.submitter.id, 2, 80);
        check("receiver.name", &self.receiver.name, 1, 60);
        check("receiver.id", &self.receiver.id, 2, 80);
        check("usage", self.usage.encode_utf8(&mut [0; 4]), 1, 1);
        check("interchange_control", &self.interchange_control.to_string(), 1, 9);
        check("group_control", &self.group_control.to_string(), 1, 9);
        problems
    }

    /// The same for answers: texts that can't be sent are left out, and the separators are the usual ones when nothing
    /// is free.
    pub(crate) fn answer_file(
        &self,
        body: &Output,
        transactions: usize,
        functional_id: &str,
        version: &str,
    ) -> Vec<u8> {
        let separators = self.separators(body, functional_id, version).unwrap_or_default();
        self.assemble(body, transactions, functional_id, version, separators)
    }

    fn group_sender(&self) -> &str {
        if self.group_sender.is_empty() { &self.sender_id } else { &self.group_sender }
    }

    fn group_receiver(&self) -> &str {
        if self.group_receiver.is_empty() { &self.receiver_id } else { &self.group_receiver }
    }

    /// `HHMM` of the moment the file is made.
    pub(crate) fn time(&self) -> Text {
        Text::from(format!("{:02}{:02}", self.created.hour(), self.created.minute()))
    }

    /// Puts a file together: one interchange with one group of what has been written. `None` when no separators are
    /// free.
    pub(crate) fn file(
        &self,
        body: &Output,
        transactions: usize,
        functional_id: &str,
        version: &str,
    ) -> Option<Vec<u8>> {
        let separators = self.separators(body, functional_id, version)?;
        Some(self.assemble(body, transactions, functional_id, version, separators))
    }

    /// Separators that neither the segments nor the envelope use.
    fn separators(&self, body: &Output, functional_id: &str, version: &str) -> Option<Separators> {
        let mut used = [false; 256];
        self.group_header(functional_id, version).mark(&mut used);
        body.mark(&mut used);
        for text in [&self.sender_id, &self.receiver_id, &self.sender_qualifier, &self.receiver_qualifier] {
            for byte in text.bytes() {
                // INVARIANT: there is a place for each byte.
                used[usize::from(byte)] = true;
            }
        }
        free_separators(used)
    }

    fn group_header(&self, functional_id: &str, version: &str) -> Output {
        let mut header = Output::default();
        header
            .segment("GS")
            .el(functional_id)
            .el(self.group_sender())
            .el(self.group_receiver())
            .date(self.created.date())
            .el(self.time())
            .el(self.group_control.to_string())
            .el("X")
            .el(version)
            .end();
        header
    }

    fn assemble(
        &self,
        body: &Output,
        transactions: usize,
        functional_id: &str,
        version: &str,
        separators: Separators,
    ) -> Vec<u8> {
        let mut file = self.interchange_header(separators);
        self.group_header(functional_id, version).write_to(&mut file, separators);
        body.write_to(&mut file, separators);
        let mut trailer = Output::default();
        trailer.segment("GE").el(transactions.to_string()).el(self.group_control.to_string()).end();
        trailer.segment("IEA").el("1").el(format!("{:09}", self.interchange_control)).end();
        trailer.write_to(&mut file, separators);
        file
    }

    fn interchange_header(&self, separators: Separators) -> Vec<u8> {
        let created = compact(self.created.date());
        let fields = [
            "ISA".to_owned(),
            "00".to_owned(),
            " ".repeat(10),
            "00".to_owned(),
            " ".repeat(10),
            fixed(&self.sender_qualifier, 2),
            fixed(&self.sender_id, 15),
            fixed(&self.receiver_qualifier, 2),
            fixed(&self.receiver_id, 15),
            created.chars().skip(2).collect(),
            self.time().to_string(),
            char::from(separators.repetition.unwrap_or(b'^')).to_string(),
            "00501".to_owned(),
            format!("{:09}", self.interchange_control),
            "0".to_owned(),
            self.usage.to_string(),
            char::from(separators.component).to_string(),
        ];
        let mut header = fields.join(&char::from(separators.element).to_string()).into_bytes();
        header.extend_from_slice(&[separators.terminator, b'\n']);
        header
    }
}

/// The text at exactly this length: filled with spaces, or cut.
fn fixed(text: &str, length: usize) -> String {
    format!("{:<length$}", text.chars().take(length).collect::<String>())
}
