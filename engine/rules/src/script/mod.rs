//! What cannot be lowered runs here: helper functions with statements, loops and closures, in Rhai, under limits.
//!
//! A script sees the same catalogue through handles on an owned copy of the input, made once per evaluation and only
//! when a script needs it.

pub(crate) mod engine;
mod handle;
pub(crate) mod limits;
pub(crate) mod refuse;

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex};

use claimflow_core::{Claim, Decision, Denial, Facts, PostedAdjustment, RuleInput, Stage, Subject, Text};
use jiff::civil::Date;
use rhai::{AST, Dynamic, Expr, Module, Scope, Stmt};
use rustc_hash::FxHashMap;

use self::engine::ENGINE;
pub(crate) use self::engine::constant as script_constant;
pub(crate) use self::handle::failure;
use crate::context::Ctx;
use crate::parse::SharedModule;
use crate::table::Table;
use crate::value::{Fault, Value};

/// The functions, constants and tables that the scripts of one file see.
#[derive(Default)]
pub(crate) struct ScriptUnit {
    pub(crate) functions: SharedModule,
    pub(crate) constants: FxHashMap<Text, Dynamic>,
    pub(crate) tables: FxHashMap<Text, Arc<Table>>,
}

/// An expression that Rhai evaluates.
#[derive(Clone)]
pub(crate) struct ScriptExpr {
    ast: Arc<AST>,
    text: Box<str>,
    unit: Arc<ScriptUnit>,
}

/// An input in owned form, as scripts need it.
pub(crate) type Snapshot = Arc<Owned>;

/// An owned copy of a rule's input.
#[derive(Debug)]
pub(crate) struct Owned {
    stage: Stage,
    claim: Claim,
    facts: Facts,
    as_of: Date,
    submissions: u32,
    decision: Option<Decision>,
    adjustments: Vec<PostedAdjustment>,
    denials: Vec<Denial>,
}

/// What the running script looks at.
pub(crate) struct Frame {
    owned: Snapshot,
    subject: Subject,
    index: u16,
    unit: Arc<ScriptUnit>,
    /// Names and values read, when they are recorded.
    reads: Option<Mutex<Vec<(Text, Text)>>>,
}

thread_local! {
    /// The scripts that run on this thread, innermost last.
    static FRAMES: RefCell<Vec<Arc<Frame>>> = const { RefCell::new(Vec::new()) };
}

fn current() -> Option<Arc<Frame>> {
    FRAMES.with_borrow(|frames| frames.last().cloned())
}

impl fmt::Debug for ScriptExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScriptExpr").field(&self.text).finish()
    }
}

impl ScriptExpr {
    pub(crate) fn new(
        expr: Expr,
        text: String,
        unit: Arc<ScriptUnit>,
        closures: Option<SharedModule>,
    ) -> Self {
        let functions = match closures.filter(|module| !module.is_empty()) {
            Some(closures) => {
                let mut all = Module::new();
                all.merge(&unit.functions);
                all.merge(&closures);
                all.into()
            }
            None => unit.functions.clone(),
        };
        let ast = AST::new([Stmt::Expr(Box::new(expr))], functions);
        Self { ast: Arc::new(ast), text: text.into_boxed_str(), unit }
    }

    /// The expression as its author wrote it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Runs the script on the context's subject.
    pub(crate) fn eval<'a>(&self, ctx: &Ctx<'a>) -> Result<Value<'a>, Fault> {
        let frame = Arc::new(Frame {
            owned: ctx.snapshot.get_or_init(|| Arc::new(Owned::of(ctx.input, ctx.claim))).clone(),
            subject: ctx.subject,
            index: ctx.index,
            unit: self.unit.clone(),
            reads: ctx.reads.map(|_| Mutex::new(Vec::new())),
        });
        FRAMES.with_borrow_mut(|frames| frames.push(frame.clone()));
        let running = limits::start();
        let result = ENGINE.eval_ast_with_scope::<Dynamic>(&mut Scope::new(), &self.ast);
        drop(running);
        FRAMES.with_borrow_mut(Vec::pop);
        if let Some(reads) = &frame.reads {
            for (name, value) in reads.lock().map(|reads| reads.clone()).unwrap_or_default() {
                ctx.record(|| name, || value);
            }
        }
        match result {
            Ok(value) => handle::from_dynamic(value).ok_or_else(|| {
                Fault::new(format!("`{}` answers something that rules cannot use", self.text))
            }),
            Err(error) => Err(limits::explain(&error)),
        }
    }
}

impl Owned {
    fn of(input: &RuleInput<'_>, claim: &Claim) -> Self {
        Self {
            stage: input.stage,
            claim: claim.clone(),
            facts: input.facts.clone(),
            as_of: input.as_of,
            submissions: input.submissions,
            decision: input.decision.cloned(),
            adjustments: input.adjustments.to_vec(),
            denials: input.denials.to_vec(),
        }
    }

    fn input(&self) -> RuleInput<'_> {
        RuleInput {
            stage: self.stage,
            claim: &self.claim,
            facts: &self.facts,
            as_of: self.as_of,
            submissions: self.submissions,
            decision: self.decision.as_ref(),
            adjustments: &self.adjustments,
            denials: &self.denials,
        }
    }
}

impl Frame {
    /// Runs `read` on the subject that the script looks at.
    fn with_ctx<T>(&self, read: impl FnOnce(&Ctx<'_>) -> T) -> Option<T> {
        let input = self.owned.input();
        let snapshot = std::cell::OnceCell::new();
        Ctx::at(&input, input.claim, &snapshot, self.subject, self.index).map(|ctx| read(&ctx))
    }

    fn record(&self, name: Text, value: Text) {
        let Some(Ok(mut reads)) = self.reads.as_ref().map(Mutex::lock) else { return };
        reads.push((name, value));
    }
}
