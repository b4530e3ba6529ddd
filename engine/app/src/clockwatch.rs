//! Watches the machine's clock: one that jumps is told of once, since deadlines follow it.

use std::time::Duration;

use claimflow_core::{Moment, Span};

/// Less than this is the clock being kept right, not a jump.
const SLACK: i64 = 60_000;

/// Compares the clock with the time that has really passed.
#[derive(Debug, Default)]
pub struct ClockWatch {
    before: Option<Moment>,
}

/// A clock that did not go as time went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// It was put forward by so much, or the machine slept.
    Forward(Span),
    /// It was put back by so much.
    Back(Span),
}

impl ClockWatch {
    /// Looks at the clock; `passed` is how long ago it was looked at before, by a clock that cannot be put. A jump is told
    /// by the first look after it.
    pub fn look(&mut self, now: Moment, passed: Duration) -> Option<Jump> {
        let before = self.before.replace(now)?;
        let passed = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let jumped = now.0.saturating_sub(before.0).saturating_sub(passed);
        if jumped >= SLACK {
            Some(Jump::Forward(Span(jumped)))
        } else if jumped <= -SLACK {
            Some(Jump::Back(Span(jumped.saturating_neg())))
        } else {
            None
        }
    }
}

impl std::fmt::Display for Jump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Forward(span) => write!(
                f,
                "the clock went forward by {}, or the machine slept: what fell due meanwhile is done now, in order",
                words(*span)
            ),
            Self::Back(span) => write!(
                f,
                "the clock went back by {}: what was done is not done again, and deadlines wait until it is there again",
                words(*span)
            ),
        }
    }
}

fn words(span: Span) -> String {
    let minutes = span.0 / 60_000;
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_told_once() {
        let mut watch = ClockWatch::default();
        let second = Duration::from_secs(1);
        let mut look = |now: i64, passed| watch.look(Moment(now), passed).map(|jump| jump.to_string());
        assert_eq!(look(1_000_000_000, second), None);
        assert_eq!(look(1_000_001_000, second), None);
        assert_eq!(look(1_000_000_900, second), None, "kept right");
        assert!(
            look(1_000_000_900 - 7_200_000, second).unwrap().starts_with("the clock went back by 2 h 0 min:")
        );
        assert_eq!(look(1_000_001_900 - 7_200_000, second), None);
        assert!(look(1_200_000_000, second).unwrap().starts_with("the clock went forward by 2 d 9 h, or"));
        assert_eq!(look(1_200_600_000, Duration::from_secs(600)), None, "really passed");
    }
}
