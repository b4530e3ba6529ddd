//! What was compiled before. A file is compiled again when its text is another one, or when what it sees of its pack and
//! of the practice is; how rules of different files meet is worked out anew each time.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use claimflow_core::{Diagnostic, Text};
use jiff::civil::Date;
use rustc_hash::FxHashMap;

use super::{FileCompiler, Name, Tables};
use crate::decisions::{self, Decision};
use crate::diagnostics::Faults;
use crate::parse::RawDisable;
use crate::rule::Rule;
use crate::source::{DecisionSource, Layer, PackSource, Script, Vocabulary};
use crate::switch::Mode;

/// Bytes of text that are worth a thread of their own.
const A_THREAD: usize = 64 << 10;

/// Compiled files, kept between compilations and shared by those who clone it. Give the same one to every
/// [`compile_again`](super::compile_again) of a practice; it keeps what the last compilation used.
#[derive(Debug, Clone, Default)]
pub struct CompileCache {
    files: FxHashMap<String, Entry>,
    compiled: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    written: Written,
    sight: Arc<Sight>,
    unit: Arc<Unit>,
}

/// A file as it was written.
#[derive(Debug, Clone, PartialEq)]
enum Written {
    Script(Arc<str>),
    Decision(Arc<DecisionSource>),
}

/// What a file sees besides its own text.
#[derive(Debug)]
struct Sight {
    name: Text,
    version: Text,
    layer: Layer,
    payers: Vec<Text>,
    effective: Option<Date>,
    expires: Option<Date>,
    mode: Mode,
    vocabulary: Arc<Vocabulary>,
    tables: Tables,
}

/// What one file compiles to, before it meets the others.
#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) rules: Vec<Arc<Rule>>,
    pub(super) disables: Vec<RawDisable>,
    pub(super) names: Vec<Name>,
    pub(super) decision: Option<Decision>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A file that is to be in the set of rules.
pub(super) struct Job<'p> {
    pub(super) pack: &'p PackSource,
    pub(super) file: File<'p>,
    sight: Arc<Sight>,
}

/// The text of a job.
#[derive(Clone, Copy)]
pub(super) enum File<'p> {
    Script(&'p Script),
    Decision(&'p DecisionSource),
}

impl<'p> File<'p> {
    pub(super) fn path(self) -> &'p str {
        match self {
            Self::Script(script) => &script.path,
            Self::Decision(source) => &source.path,
        }
    }

    /// True when it can ask for a table: the word stands somewhere in it.
    fn may_ask_tables(self) -> bool {
        match self {
            Self::Script(script) => script.text.contains("table"),
            Self::Decision(source) => {
                source.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.text.contains("table"))
            }
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Script(script) => script.text.len(),
            Self::Decision(source) => {
                source.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.text.len()).sum()
            }
        }
    }

    fn is(self, written: &Written) -> bool {
        match (self, written) {
            (Self::Script(script), Written::Script(text)) => {
                Arc::ptr_eq(&script.text, text) || script.text == *text
            }
            (Self::Decision(source), Written::Decision(own)) => *source == **own,
            _ => false,
        }
    }

    fn written(self) -> Written {
        match self {
            Self::Script(script) => Written::Script(script.text.clone()),
            Self::Decision(source) => Written::Decision(Arc::new(source.clone())),
        }
    }
}

impl Sight {
    fn of(pack: &PackSource, vocabulary: Arc<Vocabulary>, tables: Tables) -> Self {
        Self {
            name: pack.name.clone(),
            version: pack.version.clone(),
            layer: pack.layer,
            payers: pack.payers.clone(),
            effective: pack.effective,
            expires: pack.expires,
            mode: pack.mode,
            vocabulary,
            tables,
        }
    }

    /// True when a file that saw the one sees nothing else in the other.
    fn is_same(&self, other: &Self) -> bool {
        let Self { name, version, layer, payers, effective, expires, mode, vocabulary, tables } = self;
        *name == other.name
            && *version == other.version
            && *layer == other.layer
            && *payers == other.payers
            && *effective == other.effective
            && *expires == other.expires
            && *mode == other.mode
            && *vocabulary == other.vocabulary
            && tables.len() == other.tables.len()
            && tables.iter().all(|(name, own)| {
                other.tables.get(name).is_some_and(|table| Arc::ptr_eq(own, table) || own.is_as_absent(table))
            })
    }
}

/// The files of one pack, in order. Those that cannot ask for a table do not see any, so that another table leaves them
/// as they are.
pub(super) fn jobs<'p>(pack: &'p PackSource, vocabulary: &Arc<Vocabulary>, tables: Tables) -> Vec<Job<'p>> {
    let without = Arc::new(Sight::of(pack, vocabulary.clone(), Tables::default()));
    let with = Arc::new(Sight::of(pack, vocabulary.clone(), tables));
    let scripts = pack.scripts.iter().map(File::Script);
    let files = scripts.chain(pack.decisions.iter().map(File::Decision));
    files
        .map(|file| {
            let sight = if file.may_ask_tables() { with.clone() } else { without.clone() };
            Job { pack, file, sight }
        })
        .collect()
}

impl Job<'_> {
    fn entry(&self, unit: Arc<Unit>) -> Entry {
        Entry { written: self.file.written(), sight: self.sight.clone(), unit }
    }

    fn compile(&self) -> Unit {
        let Sight { vocabulary, tables, .. } = &*self.sight;
        match self.file {
            File::Script(script) => {
                let faults = Faults::new(&script.path);
                FileCompiler { pack: self.pack, vocabulary, tables, faults }.compile(script)
            }
            File::Decision(source) => {
                let mut diagnostics = Vec::new();
                let built = decisions::build(source, self.pack, vocabulary, tables, &mut diagnostics);
                Unit {
                    rules: built.rules.into_iter().map(Arc::new).collect(),
                    names: built.names,
                    decision: built.decision,
                    diagnostics,
                    disables: Vec::new(),
                }
            }
        }
    }
}

impl CompileCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many files were compiled since it was made, those taken from memory not counted.
    pub fn compiled(&self) -> usize {
        self.compiled
    }

    /// What each file compiles to, in order. It forgets the files that are not among them.
    pub(super) fn units(&mut self, jobs: &[Job<'_>]) -> Vec<Arc<Unit>> {
        let mut before = std::mem::take(&mut self.files);
        let known: Vec<Option<Arc<Unit>>> = jobs
            .iter()
            .map(|job| {
                let entry = before.get(job.file.path())?;
                let same = job.file.is(&entry.written) && job.sight.is_same(&entry.sight);
                same.then(|| entry.unit.clone())
            })
            .collect();
        let unknown: Vec<&Job<'_>> =
            jobs.iter().zip(&known).filter(|(_, unit)| unit.is_none()).map(|(job, _)| job).collect();
        self.compiled += unknown.len();
        let mut fresh = compile_all(&unknown).into_iter().map(Arc::new);
        let units: Vec<Arc<Unit>> =
            known.into_iter().filter_map(|unit| unit.or_else(|| fresh.next())).collect();
        for (job, unit) in jobs.iter().zip(&units) {
            let path = job.file.path();
            let (path, entry) = match before.remove_entry(path) {
                Some((path, own)) if Arc::ptr_eq(&own.unit, unit) => {
                    (path, Entry { sight: job.sight.clone(), ..own })
                }
                _ => (path.to_owned(), job.entry(unit.clone())),
            };
            self.files.insert(path, entry);
        }
        units
    }
}

/// Compiles files, on all cores when there is much to read.
fn compile_all(jobs: &[&Job<'_>]) -> Vec<Unit> {
    let bytes: usize = jobs.iter().map(|job| job.file.bytes()).sum();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(bytes / A_THREAD).min(jobs.len());
    if threads <= 1 {
        return jobs.iter().map(|job| job.compile()).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((place, job)) = {
            let place = next.fetch_add(1, Ordering::Relaxed);
            jobs.get(place).map(|job| (place, job))
        } {
            done.push((place, job.compile()));
        }
        done
    };
    let mut units: Vec<(usize, Unit)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut own = work();
        for other in others {
            own.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        own
    });
    units.sort_unstable_by_key(|(place, _)| *place);
    units.into_iter().map(|(_, unit)| unit).collect()
}
