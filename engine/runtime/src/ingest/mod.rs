//! Taking files in: kind by content, everything at most once, and a report of what happened.
//!
//! The same file, the same transaction in another file, the same claim in another transaction: each is recognized and
//! said. A file is noted as taken in only when all of it is, so a run that was cut short is simply run again.

mod acknowledgments;
mod claims;
mod doubled;
mod remittances;

use claimflow_core::{Claim, Diagnostic, Severity, Text};
use claimflow_x12::Kind;
use rustc_hash::FxHashSet;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::books::Books;
use crate::engine::Engine;
use crate::error::Result;
use crate::keys;
use crate::pipeline::{Mode, Run};
use crate::record::{Body, FileRecord, TransactionRecord};
use crate::stepping::Became;

/// A file to take in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Path or name, for the report.
    pub path: &'a str,
    /// Content.
    pub bytes: &'a [u8],
}

/// How files are taken in.
#[derive(Debug, Clone, Default)]
pub struct IngestOptions {
    /// Claims were submitted by another system: they wait for remittance and are never submitted by us.
    pub history: bool,
    /// Who does it, for the journal.
    pub actor: Text,
    /// Leave queued claims in the queue instead of writing files to the outbox.
    pub keep_queued: bool,
}

/// A fault in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFault {
    /// How much it matters.
    pub severity: Severity,
    /// Line of the text, from 1; 0 when unknown.
    pub line: u32,
    /// Segment, from 1; 0 when not X12.
    pub segment: u32,
    /// Byte offset.
    pub position: u64,
    /// Loop, or empty.
    #[serde(rename = "loop")]
    pub loop_id: Text,
    /// Stable code.
    pub code: Text,
    /// What is wrong, with the mend.
    pub message: String,
}

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Path as given.
    pub path: String,
    /// `837P`, `835`, `999`, `277CA`, `TA1`, `json`, another transaction's code, or `unknown`.
    pub kind: String,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// True when the file had been taken in before: nothing was done.
    pub duplicate: bool,
    /// Transactions in it.
    pub transactions: u32,
    /// Of these, taken in before.
    pub duplicate_transactions: u32,
    /// Claims in it.
    pub claims: u32,
    /// Of these, taken in before.
    pub duplicate_claims: u32,
    /// Payments (claims in remittances) in it.
    pub payments: u32,
    /// Of these, posted before.
    pub duplicate_payments: u32,
    /// Payments that wait for their claim.
    pub waiting_payments: u32,
    /// Answers (999, 277CA, TA1) in it.
    pub acknowledgments: u32,
    /// Claims in it, or answered by it, that cannot go on by themselves: each is an incident.
    pub incidents: u32,
    /// What came in it to claims with an open incident, and waits for them to be retried.
    pub waiting_inputs: u32,
    /// What is wrong.
    pub faults: Vec<FileFault>,
}

impl FileReport {
    /// Adds an error that belongs to no segment.
    fn fault(&mut self, code: &str, message: impl Into<String>) {
        self.faults.push(FileFault {
            severity: Severity::Error,
            line: 0,
            segment: 0,
            position: 0,
            loop_id: Text::default(),
            code: Text::from(code),
            message: message.into(),
        });
    }

    fn x12(&mut self, faults: impl IntoIterator<Item = claimflow_x12::Fault>) {
        self.faults.extend(faults.into_iter().map(|fault| FileFault {
            severity: fault.severity,
            line: fault.line,
            segment: fault.segment,
            position: fault.position,
            loop_id: fault.loop_id,
            code: Text::from(fault.code),
            message: fault.message,
        }));
    }

    /// True when something in it is an error.
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity == Severity::Error)
    }
}

/// What became of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IngestReport {
    /// File by file.
    pub files: Vec<FileReport>,
    /// Claims that something happened to, by internal number, in order.
    pub touched: Vec<u64>,
    /// Files written to the outbox.
    pub written: Vec<Text>,
}

/// Told how far a long run is: what is being done, and how many claims so far.
pub type Progress<'a> = &'a dyn Fn(&str, u64);

/// One run over several files.
pub(crate) struct Ingest<'a> {
    pub(crate) run: Run<'a>,
    pub(crate) options: &'a IngestOptions,
    pub(crate) books: &'a mut Books,
    pub(crate) touched: FxHashSet<u64>,
    pub(crate) progress: Progress<'a>,
    /// Ids taken in during this run that the state may not show yet.
    pub(crate) seen: u64,
}

impl Engine {
    /// Takes files in and runs every touched claim as far as it can go.
    ///
    /// # Errors
    /// When the store cannot be written. What is in the report of an earlier file is safe, and running the same files
    /// again takes nothing twice.
    pub fn ingest(
        &self,
        files: &mut dyn Iterator<Item = (String, std::io::Result<Vec<u8>>)>,
        options: &IngestOptions,
        progress: Progress<'_>,
    ) -> Result<IngestReport> {
        let mut books = self.books();
        let run = self.run(&options.actor);
        let mut ingest =
            Ingest { run, options, books: &mut books, touched: FxHashSet::default(), progress, seen: 0 };
        let mut report = IngestReport::default();
        for (path, content) in files {
            let file = match content {
                Ok(bytes) => ingest.file(Incoming { path: &path, bytes: &bytes })?,
                Err(error) => {
                    let mut file = FileReport { path, kind: "unknown".to_owned(), ..FileReport::default() };
                    file.fault("unreadable", format!("cannot read the file: {error}"));
                    file
                }
            };
            report.files.push(file);
        }
        let mut touched = ingest.touched;
        if !options.keep_queued {
            let sent = self.submit_queued(&mut books, progress)?;
            touched.extend(sent.claims);
            report.written = sent.files;
        }
        report.touched = touched.into_iter().collect();
        report.touched.sort_unstable();
        Ok(report)
    }

    /// A run of jobs, each under the practice that is live when it begins.
    pub(crate) fn run<'a>(&'a self, actor: &'a str) -> Run<'a> {
        Run { engine: self, actor, at: self.now(), mode: Mode::Usual }
    }
}

impl Ingest<'_> {
    fn file(&mut self, file: Incoming<'_>) -> Result<FileReport> {
        let sha256 = hex(&Sha256::digest(file.bytes));
        let mut report = FileReport { path: file.path.to_owned(), sha256, ..FileReport::default() };
        if let Some(before) = self.run.engine.view.get(&keys::file(&report.sha256))? {
            let before: FileRecord = crate::projection::read_value(&before)?;
            report.duplicate = true;
            report.kind = before.kind.to_string();
            return Ok(report);
        }
        let whole = if claimflow_x12::looks_like_x12(file.bytes) {
            self.x12(file, &mut report)?
        } else {
            self.json(file, &mut report)?
        };
        // Before the file is noted: a run that is cut off here comes back to it.
        self.match_parked(&mut report)?;
        if whole {
            let name = file.path.rsplit(['/', '\\']).next().unwrap_or(file.path);
            let record = FileRecord {
                sha256: Text::from(&report.sha256),
                name: Text::from(name),
                kind: Text::from(&report.kind),
            };
            self.run.engine.append(self.books, &self.options.actor, vec![Body::File(record)])?;
        }
        Ok(report)
    }

    /// Takes an X12 file in. True when all of it was understood, so that it need not be looked at again.
    fn x12(&mut self, incoming: Incoming<'_>, report: &mut FileReport) -> Result<bool> {
        let file = claimflow_x12::read(incoming.bytes);
        report.kind = kinds(&file);
        report.transactions = u32::try_from(file.transactions.len()).unwrap_or(u32::MAX);
        report.x12(file.faults.iter().cloned());
        let mut whole = !file.transactions.is_empty() || !file.acks.is_empty();
        whole &= self.acknowledge(&file.acks, "", report)?;
        for transaction in &file.transactions {
            whole &= self.transaction(transaction, report)?;
        }
        Ok(whole)
    }

    /// Takes a transaction in and notes it. False when some of it must be looked at again, as after a cut or when a
    /// claim would not take what came to it: nothing of it is noted then, and what was taken in of it is known by itself.
    fn transaction(
        &mut self,
        transaction: &claimflow_x12::Transaction<'_>,
        report: &mut FileReport,
    ) -> Result<bool> {
        let key = transaction_key(transaction);
        if self.run.engine.view.get(&keys::transaction(&key))?.is_some() {
            report.duplicate_transactions += 1;
            return Ok(true);
        }
        let whole = match &transaction.kind {
            Kind::Claims837P => self.claims(transaction, &key, report)?,
            Kind::Remittance835 => self.remittance(transaction, report)?,
            Kind::Functional999 | Kind::ClaimStatus277CA => {
                let (answers, faults) = transaction.acknowledgments();
                report.x12(faults);
                self.acknowledge(&answers, &transaction.control_number, report)?
            }
            Kind::Interchange => true,
            Kind::Other { code, version } => {
                report.fault(
                    "not-taken-in",
                    format!(
                        "transaction {} is a {code} ({version}), which claimflow does not take in; it was left alone",
                        transaction.control_number
                    ),
                );
                return Ok(true);
            }
        };
        if !(whole && transaction.complete) {
            return Ok(false);
        }
        let record = TransactionRecord {
            key,
            kind: Text::from(transaction.kind.to_string()),
            control: transaction.control_number.clone(),
        };
        self.run.engine.append(self.books, &self.options.actor, vec![Body::Transaction(record)])?;
        Ok(true)
    }

    fn json(&mut self, incoming: Incoming<'_>, report: &mut FileReport) -> Result<bool> {
        let bytes = incoming.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(incoming.bytes);
        let text = String::from_utf8_lossy(bytes);
        if !text.trim_start().starts_with(['{', '[']) {
            report.kind = "unknown".to_owned();
            let what = if bytes.is_empty() { "the file is empty" } else { "this is neither X12 nor JSON" };
            report.fault(
                "unknown-kind",
                format!("{what}; claimflow reads X12 (837P, 835, 999, 277CA, TA1) and claims in JSON"),
            );
            return Ok(false);
        }
        report.kind = "json".to_owned();
        if matches!(text, std::borrow::Cow::Owned(_)) {
            report.fault("not-utf8", "the file holds bytes that are no UTF-8 text; save it as UTF-8");
            return Ok(false);
        }
        let (claims, faults) = claimflow_catalog::claims_from_json(incoming.path, &text);
        let whole = faults.iter().all(|fault| !fault.is_error());
        report.faults.extend(faults.into_iter().map(json_fault));
        Ok(self.claims_from_json(claims, report)? && whole)
    }

    fn claims_from_json(&mut self, claims: Vec<Claim>, report: &mut FileReport) -> Result<bool> {
        let source = Text::from(&report.sha256);
        self.take_claims(&mut claims.into_iter().map(|claim| (claim, 0, 0)), &source, report)
    }
}

/// Counts what became of a claim. True when something happened to it.
fn count(became: Became, report: &mut FileReport) -> bool {
    match became {
        Became::Stuck(_) => report.incidents += 1,
        Became::Waits => report.waiting_inputs += 1,
        Became::Moved | Became::Nothing => {}
    }
    matches!(became, Became::Moved | Became::Stuck(_))
}

/// The kinds of a file's transactions, each once and in file order, as `837P` or `837P+835`.
fn kinds(file: &claimflow_x12::File<'_>) -> String {
    let mut kinds: Vec<String> = Vec::new();
    let answered = (!file.acks.is_empty()).then_some(Kind::Interchange);
    for kind in file.transactions.iter().map(|transaction| &transaction.kind).chain(&answered) {
        let kind = kind.to_string();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() { "unknown".to_owned() } else { kinds.join("+") }
}

fn json_fault(fault: Diagnostic) -> FileFault {
    let message =
        if fault.help.is_empty() { fault.message } else { format!("{}; {}", fault.message, fault.help) };
    FileFault {
        severity: fault.severity,
        line: fault.line,
        segment: 0,
        position: 0,
        loop_id: Text::default(),
        code: fault.code,
        message,
    }
}

/// Hash of a transaction's content, without its ST and SE, whose numbers change from one sending to the next.
fn transaction_key(transaction: &claimflow_x12::Transaction<'_>) -> Text {
    let bytes = transaction.bytes;
    let terminator = bytes.last().copied().unwrap_or(b'~');
    let start = bytes.iter().position(|byte| *byte == terminator).map_or(0, |place| place + 1);
    let body = bytes.get(start..).unwrap_or_default();
    let inner = body.strip_suffix(&[terminator]).unwrap_or(body);
    let end = inner.iter().rposition(|byte| *byte == terminator).unwrap_or(inner.len());
    let mut hasher = blake3::Hasher::new();
    hasher.update(transaction.sender.as_bytes());
    hasher.update(b"|");
    hasher.update(transaction.kind.to_string().as_bytes());
    hasher.update(b"|");
    hasher.update(inner.get(..end).unwrap_or(inner));
    Text::from(&hasher.finalize().to_hex()[..32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
