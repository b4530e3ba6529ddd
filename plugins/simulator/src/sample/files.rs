//! The claims as 837P files, one a week, as a practice's own system would send them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use claimflow_core::{Claim, Text};
use claimflow_x12::{Envelope, Receiver, Submitter, WriteError, write_837p};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::sample::world::World;

/// The files in order of weeks: name and bytes.
pub(super) fn files(world: &World) -> Result<Vec<(String, Vec<u8>)>, WriteError> {
    let mut weeks: BTreeMap<Date, Vec<Cow<'_, Claim>>> = BTreeMap::new();
    for draft in &world.drafts {
        weeks.entry(friday_of(draft.date)).or_default().push(with_member_id(&draft.claim));
    }
    let practice = &world.practice;
    let mut files = Vec::with_capacity(weeks.len());
    for (number, (friday, claims)) in (1_u32..).zip(weeks) {
        let envelope = Envelope {
            sender_id: Text::const_new("SAMPLEPRACTICE"),
            receiver_id: Text::const_new("CLAIMFLOW"),
            submitter: Submitter {
                name: practice.name.last.clone(),
                id: Text::const_new("SAMPLE1"),
                contact_name: Text::const_new("BILLING OFFICE"),
                phone: Text::const_new("2175550100"),
                address: practice.address.clone(),
            },
            receiver: Receiver { name: Text::const_new("CLAIMFLOW"), id: Text::const_new("CLAIMFLOW") },
            created: friday.at(18, 0, 0, 0),
            interchange_control: number,
            group_control: number,
            ..Envelope::default()
        };
        let claims: Vec<&Claim> = claims.iter().map(AsRef::as_ref).collect();
        let bytes = without_stand_in(&write_837p(&envelope, &claims)?.bytes);
        files.push((format!("claims-{friday}.837"), bytes));
    }
    Ok(files)
}

/// What a claim without member id is written with, since a claim like that cannot be written. Other systems do write them.
const STAND_IN: &str = "NOMEMBERID";

fn with_member_id(claim: &Claim) -> Cow<'_, Claim> {
    if !claim.subscriber.person.member_id.is_empty() {
        return Cow::Borrowed(claim);
    }
    let mut claim = claim.clone();
    claim.subscriber.person.member_id = Text::const_new(STAND_IN);
    Cow::Owned(claim)
}

/// Takes the stand-in out of the NM1 segments again, with the qualifier and the empty elements before it.
fn without_stand_in(bytes: &[u8]) -> Vec<u8> {
    let stand_in = format!("****MI*{STAND_IN}").into_bytes();
    let mut rest = bytes;
    let mut kept = Vec::with_capacity(bytes.len());
    while let Some(place) = rest.windows(stand_in.len()).position(|window| window == stand_in) {
        // INVARIANT: the window lies within the rest.
        kept.extend_from_slice(&rest[..place]);
        rest = &rest[place + stand_in.len()..];
    }
    kept.extend_from_slice(rest);
    kept
}

/// The Friday on or after the date.
fn friday_of(date: Date) -> Date {
    let ahead =
        (Weekday::Friday.to_monday_zero_offset() - date.weekday().to_monday_zero_offset()).rem_euclid(7);
    date.saturating_add(i64::from(ahead).days())
}
