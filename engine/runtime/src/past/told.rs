//! What became of one claim: how it looked when rules judged it, what they said then, what people did, and what the
//! payer decided first.

use claimflow_core::event::{Event, Posting};
use claimflow_core::state::ClaimState;
use claimflow_core::step::StepError;
use claimflow_core::{
    Acknowledgment, Calendar, Claim, ClaimId, Denial, Facts, Level, Moment, Money, Stage, Text,
};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::error::Result;
use crate::load::Chapter;

/// One claim's past.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// Internal number.
    pub number: u64,
    /// The practice's number (CLM01).
    pub id: ClaimId,
    /// First day of service, else the day on which it came in.
    pub service: Date,
    /// When it came in.
    pub received: Moment,
    /// When it first went out; none for claims that have not, and for those that another system sent.
    pub sent: Option<Moment>,
    /// True when another system had sent it before it came in.
    pub imported: bool,
    /// As it was when rules first judged it; as it came, for a claim that another system sent.
    pub came: Look,
    /// As it was when rules judged it for the last time before it went out (or until now), where people changed it
    /// since it came in.
    pub mended: Option<Look>,
    /// Every rule that fired, at whatever stage and time, once for each level.
    pub fired: Vec<Fired>,
    /// Fields that people corrected before it went out, or that came in anew.
    pub corrections: u32,
    /// What the payer did first.
    pub answer: Answer,
    /// What payers have paid until now, reversals taken off.
    pub paid: Money,
    /// What payers have left to the patient until now, reversals taken off.
    pub patient: Money,
}

/// A claim as rules saw it at one time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// The claim before the rules ran.
    pub claim: Claim,
    /// The day of the decision.
    pub as_of: Date,
    /// What is known besides, by today's registers: what they said at that time is not recorded.
    pub facts: Facts,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// Its id.
    pub rule: Text,
    /// At which stage.
    pub stage: Stage,
    /// How firmly.
    pub level: Level,
    /// The reason a person gave for letting the claim go on in spite of it; none when nobody did.
    pub released: Option<Text>,
}

/// What the payer did first with a claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Answer {
    /// The claim has not gone out.
    #[default]
    NotSent,
    /// It has, and nothing was decided.
    Open,
    /// Refused before adjudication (999 or 277CA).
    Refused {
        /// The day on which that was told.
        on: Date,
        /// Status codes as sent.
        statuses: Vec<Text>,
    },
    /// Something of it was denied: an adjustment that is neither contractual nor the patient's.
    Denied {
        /// The day on which that was posted.
        on: Date,
        /// What, by kind and code.
        denials: Vec<Denial>,
    },
    /// Nothing of it was denied.
    Paid {
        /// The day on which that was posted.
        on: Date,
        /// Paid by that decision.
        amount: Money,
    },
}

impl Answer {
    /// What was denied; nothing for every other answer.
    pub fn denied(&self) -> Money {
        match self {
            Self::Denied { denials, .. } => denials.iter().map(|denial| denial.amount).sum(),
            _ => Money::ZERO,
        }
    }
}

impl Past {
    /// The claim on which the payer decided, or would: after people's corrections.
    pub fn last_look(&self) -> &Look {
        self.mended.as_ref().unwrap_or(&self.came)
    }

    /// What was charged.
    pub fn billed(&self) -> Money {
        self.last_look().claim.charge
    }
}

/// Folds what happened to a claim into its past. `facts` tells what is known of a claim now.
pub(crate) fn past(
    number: u64,
    chapters: &[Chapter],
    calendar: &Calendar,
    facts: impl Fn(&Claim) -> Facts,
) -> Result<Option<Past>> {
    let mut teller = Teller {
        calendar,
        past: Past { number, ..Past::default() },
        state: ClaimState::default(),
        first: None,
        last: None,
        stage: None,
        gone: false,
        first_decision: false,
    };
    for chapter in chapters {
        for event in &chapter.events {
            teller.before(chapter.at, event);
            teller.state.apply(chapter.at, event).map_err(StepError::from)?;
            teller.after(chapter.at, event);
        }
    }
    Ok(teller.told(facts))
}

/// Tells a claim's past while its events are folded.
struct Teller<'a> {
    /// What counts as a day.
    calendar: &'a Calendar,
    past: Past,
    state: ClaimState,
    /// When rules first judged it, and when they began to for the last time before it went out.
    first: Option<(Claim, Date)>,
    last: Option<(Claim, Date)>,
    /// The stage that was judged last.
    stage: Option<Stage>,
    /// True when it has gone out.
    gone: bool,
    /// Whether the payer's first decision can still turn out to be a denial: until the next one comes.
    first_decision: bool,
}

impl Teller<'_> {
    /// What an event tells of the claim as it was before it.
    fn before(&mut self, at: Moment, event: &Event) {
        match event {
            Event::Evaluated { stage, findings, .. } => {
                if !self.gone && *stage <= Stage::Submit {
                    // A stage that comes again, or an earlier one, begins a new judgement.
                    if self.stage.is_none_or(|before| *stage <= before) {
                        self.begin(at);
                    }
                    self.stage = Some(*stage);
                }
                for finding in findings {
                    self.fired(&finding.rule, finding.stage, finding.level);
                }
            }
            Event::Released { rules, reason } => self.release(rules, reason),
            Event::Corrected { changes, .. } if !self.gone => {
                self.past.corrections += u32::try_from(changes.len()).unwrap_or(u32::MAX);
            }
            Event::Replaced { .. } if !self.gone => self.past.corrections += 1,
            _ => {}
        }
    }

    fn begin(&mut self, at: Moment) {
        let look = (self.state.claim.clone(), self.calendar.date(at));
        if self.first.is_none() {
            self.first = Some(look);
        } else if self.first.as_ref().is_some_and(|first| first.0 != look.0) {
            self.last = Some(look);
        } else {
            // Corrected there and back again: the claim as it came is what went out.
            self.last = None;
        }
    }

    fn fired(&mut self, rule: &Text, stage: Stage, level: Level) {
        let known = self.past.fired.iter().any(|own| own.rule == *rule && own.level == level);
        if !known {
            self.past.fired.push(Fired { rule: rule.clone(), stage, level, released: None });
        }
    }

    fn release(&mut self, rules: &[Text], reason: &Text) {
        for own in self.past.fired.iter_mut().filter(|own| own.level.blocks() && rules.contains(&own.rule)) {
            own.released = Some(reason.clone());
        }
    }

    /// What an event tells together with the claim after it.
    fn after(&mut self, at: Moment, event: &Event) {
        match event {
            Event::Received { history, .. } => {
                self.past.received = at;
                self.past.imported = *history;
                self.gone = *history;
                self.past.answer = if *history { Answer::Open } else { Answer::NotSent };
            }
            Event::Submitted(_) if !self.gone => {
                self.gone = true;
                self.past.sent = Some(at);
                self.past.answer = Answer::Open;
            }
            Event::Acknowledged(answer) => self.acknowledged(at, answer),
            Event::Posted(posting) => self.posted(at, posting),
            Event::Denied { denials } if self.first_decision && !denials.is_empty() => {
                if let Answer::Paid { on, .. } = self.past.answer {
                    self.past.answer = Answer::Denied { on, denials: denials.clone() };
                }
            }
            _ => {}
        }
    }

    fn acknowledged(&mut self, at: Moment, answer: &Acknowledgment) {
        if self.past.answer == Answer::Open && !answer.interim && !answer.accepted {
            let statuses = answer.statuses.clone();
            self.past.answer = Answer::Refused { on: self.calendar.date(at), statuses };
        }
    }

    fn posted(&mut self, at: Moment, posting: &Posting) {
        // A decision on what we never sent: another system did.
        self.gone = true;
        let decides = !posting.reversal && !posting.decision.is_forwarded();
        self.first_decision = decides && matches!(self.past.answer, Answer::Open | Answer::NotSent);
        if self.first_decision {
            self.past.answer = Answer::Paid { on: self.calendar.date(at), amount: posting.decision.paid };
        }
    }

    fn told(mut self, facts: impl Fn(&Claim) -> Facts) -> Option<Past> {
        if !self.state.is_received() {
            return None;
        }
        let look = |(claim, as_of): (Claim, Date)| Look { facts: facts(&claim), as_of, claim };
        let received = self.calendar.date(self.past.received);
        let (paid, patient) = (self.state.paid(), self.state.patient_responsibility());
        let first = self.first.unwrap_or_else(|| {
            let as_of = soon_after(&self.state.claim, received);
            (self.state.claim, as_of)
        });
        self.past.service = first.0.service_date().unwrap_or(received);
        self.past.id = first.0.id.clone();
        self.past.came = look(first);
        self.past.mended = self.last.map(look);
        Some(Past { paid, patient, ..self.past })
    }
}

/// The day on which a claim that another system sent is taken to have gone out: two days after the last service, when
/// practices bill. The day on which it came in says nothing of it.
fn soon_after(claim: &Claim, received: Date) -> Date {
    claim.last_service_date().map_or(received, |date| date.saturating_add(2.days()))
}
