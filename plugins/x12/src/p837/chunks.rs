//! Splits a large transaction so that several threads can read it.

use crate::envelope::Transaction;
use crate::kind::Kind;
use crate::p837::context::Context;
use crate::p837::read::ClaimReader;
use crate::tokenizer::{Segment, Segments};

/// Where a level begins that a part can start at.
struct Start<'a> {
    /// Just before its HL.
    segments: Segments<'a>,
    position: usize,
    /// The billing provider's level above it; none when it is that level itself.
    billing: Option<Segments<'a>>,
    /// How many HL segments came before.
    levels: u64,
}

impl<'a> Transaction<'a> {
    /// The claims in at most `parts` readers of about the same size, in file order. Together they read what
    /// [`claims`](Self::claims) reads, with the same faults. A transaction is cut only where a billing provider's or a
    /// subscriber's level begins.
    pub fn claim_chunks(&self, parts: usize) -> Vec<ClaimReader<'a>> {
        let whole = self.claims();
        if parts <= 1 || self.kind != Kind::Claims837P {
            return vec![whole];
        }
        let cuts = self.cuts(parts);
        let mut readers = vec![whole.clone()];
        for cut in cuts {
            let mut context = self.context_at(&cut, &whole);
            context.next_hl = cut.levels + 1;
            if let Some(last) = readers.last_mut() {
                last.segments = last.segments.until(cut.position);
                // The part ends where another level begins: its last claim is whole.
                last.complete = true;
            }
            readers.push(ClaimReader { segments: cut.segments, context, ..whole.clone() });
        }
        readers
    }

    /// At most `parts - 1` places to cut at.
    fn cuts(&self, parts: usize) -> Vec<Start<'a>> {
        let start = self.position as usize;
        let step = self.bytes.len() / parts + 1;
        let mut cuts: Vec<Start<'a>> = Vec::new();
        let mut next = start + step;
        let mut segments = self.walk();
        let mut billing = None;
        let mut levels = 0;
        loop {
            let before = segments;
            let Some(segment) = segments.next() else { return cuts };
            if segment.id() != b"HL" {
                continue;
            }
            let level = segment.elements::<4>();
            let (is_billing, is_subscriber) = (level[3] == b"20", level[3] == b"22");
            if is_billing {
                billing = Some(before);
            }
            if (is_billing || is_subscriber) && segment.position >= next {
                let above = if is_billing { None } else { billing };
                cuts.push(Start { segments: before, position: segment.position, billing: above, levels });
                next = segment.position + step;
            }
            levels += 1;
        }
    }

    /// What the claims behind a cut inherit; its faults are reported by the part before.
    fn context_at(&self, cut: &Start<'a>, whole: &ClaimReader<'a>) -> Context {
        let mut reader = whole.clone();
        reader.faults.muted = true;
        let is_level = |segment: &Segment<'a>| segment.id() == b"HL";
        let header = reader.segments.take_while(|segment| !is_level(segment));
        replay(&mut reader, header);
        // From the billing provider's level up to the first subscriber's.
        let above = cut.billing.unwrap_or(whole.segments).skip_while(|segment| !is_level(segment));
        let is_subscriber = |segment: &Segment<'a>| is_level(segment) && segment.element(3) == b"22";
        replay(
            &mut reader,
            above.take_while(|segment| segment.position < cut.position && !is_subscriber(segment)),
        );
        reader.context
    }
}

/// Reads levels, and passes over the claims between them.
fn replay<'a>(reader: &mut ClaimReader<'a>, segments: impl Iterator<Item = Segment<'a>>) {
    let mut in_claim = false;
    for segment in segments {
        match segment.id() {
            b"HL" => {
                in_claim = false;
                reader.context.level(&segment, &mut reader.faults);
            }
            b"CLM" => in_claim = true,
            _ if in_claim => {}
            _ => reader.context.segment(&segment, &mut reader.faults),
        }
    }
}
