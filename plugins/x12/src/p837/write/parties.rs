//! Loops 2000A to 2010CA, and the NM1 loops of providers.

use claimflow_core::{Address, Name, Person, Provider};

use crate::output::{Output, SegmentOut, compact};
use crate::p837::order::Loop;
use crate::p837::write::codes;
use crate::p837::write::loops::{LoopOut, Prepared, Problems, in_loop, whole};

/// 2000A (its HL is written), 2010AA, 2010AB and 2010AC.
pub(super) fn billing(out: &mut Output, prepared: &Prepared<'_>, problems: &mut Problems) {
    let provider = &prepared.claim.billing_provider;
    let mut level = in_loop(out, prepared, Loop::L2000A, 0, 1);
    if !provider.taxonomy.is_empty() {
        level.segment("PRV", |prv| prv.el("BI").el("PXC").el(&provider.taxonomy));
    }
    level.end();
    let mut own = in_loop(out, prepared, Loop::L2010AA, 0, 1);
    provider_name(&mut own, "85", provider, "billing_provider", problems);
    required_address(&mut own, provider.address.as_ref(), "billing_provider.address", problems);
    problems.need("billing_provider.tax_id", !provider.tax_id.is_empty());
    let kind = if provider.tax_id_kind.is_empty() { "EI" } else { &provider.tax_id_kind };
    problems.shape("billing_provider.tax_id_kind", matches!(kind, "EI" | "SY"), "`EI` or `SY`");
    own.segment("REF", |reference| reference.el(kind).el(&provider.tax_id));
    own.end();
    whole(out, prepared.repetitions_from(Loop::L2010AA, 0, 2));
    if let Some(address) = &prepared.claim.pay_to {
        let mut pay_to = in_loop(out, prepared, Loop::L2010AB, 0, 1);
        // 2 where the sender did not say otherwise.
        let says = pay_to.keeps("NM1");
        pay_to.segment("NM1", |nm1| nm1.el("87").el(if says { "" } else { "2" }));
        required_address(&mut pay_to, Some(address), "pay_to", problems);
        pay_to.end();
    }
    whole(out, prepared.part(Loop::L2010AC));
}

/// 2000B (its HL is written), 2010BA and 2010BB.
pub(super) fn subscriber(out: &mut Output, prepared: &Prepared<'_>, problems: &mut Problems) {
    let subscriber = &prepared.claim.subscriber;
    let mut level = in_loop(out, prepared, Loop::L2000B, 0, 1);
    problems.code("subscriber.responsibility", &subscriber.responsibility, codes::RESPONSIBILITY);
    problems.optional_code("subscriber.relationship", &subscriber.relationship, codes::SELF);
    problems.optional_code("subscriber.insurance_type", &subscriber.insurance_type, codes::INSURANCE_TYPE);
    problems.optional_code(
        "subscriber.filing_indicator",
        &subscriber.filing_indicator,
        codes::FILING_INDICATOR,
    );
    level.segment("SBR", |sbr| {
        sbr.el(&subscriber.responsibility)
            .el(&subscriber.relationship)
            .el(&subscriber.group_number)
            .el(&subscriber.group_name)
            .el(&subscriber.insurance_type)
            .blank(3)
            .el(&subscriber.filing_indicator)
    });
    level.end();
    let mut own = in_loop(out, prepared, Loop::L2010BA, 0, 1);
    person(&mut own, "IL", &subscriber.person, "subscriber.person", problems);
    own.end();
    whole(out, prepared.repetitions_from(Loop::L2010BA, 0, 2));
    let payer = &prepared.claim.payer;
    let mut own = in_loop(out, prepared, Loop::L2010BB, 0, 1);
    payer_name(&mut own, payer, "payer", problems);
    own.end();
    whole(out, prepared.repetitions_from(Loop::L2010BB, 0, 2));
}

/// NM1*PR with its address.
pub(super) fn payer_name(
    own: &mut LoopOut<'_, '_>,
    payer: &claimflow_core::Payer,
    field: &str,
    problems: &mut Problems,
) {
    problems.need(&format!("{field}.name"), !payer.name.is_empty());
    problems.need(&format!("{field}.id"), !payer.id.is_empty());
    problems.optional_code(format!("{field}.id_kind"), &payer.id_kind, codes::PAYER_ID_KIND);
    let kind = if payer.id_kind.is_empty() { "PI" } else { &payer.id_kind };
    own.segment("NM1", |nm1| nm1.el("PR").el("2").el(&payer.name).blank(4).el(kind).el(&payer.id));
    if let Some(given) = &payer.address {
        address(own, given, &format!("{field}.address"), problems);
    }
}

/// 2000C (its HL is written) and 2010CA.
pub(super) fn patient(out: &mut Output, prepared: &Prepared<'_>, problems: &mut Problems) {
    let Some(patient) = &prepared.claim.patient else { return };
    let mut level = in_loop(out, prepared, Loop::L2000C, 0, 1);
    problems.code("patient.relationship", &patient.relationship, codes::RELATIONSHIP);
    level.segment("PAT", |pat| pat.el(&patient.relationship));
    level.end();
    let mut own = in_loop(out, prepared, Loop::L2010CA, 0, 1);
    // A patient with an id of his own is a subscriber by the guide: NM108 and NM109 are not used here.
    let person = &patient.person;
    problems.need("patient.person.name.last", !person.name.last.is_empty());
    if person.birth_date.is_none() && person.sex.is_empty() {
        problems.need("patient.person.birth_date", false);
        problems.need("patient.person.sex", false);
    }
    problems.shape("patient.person.name.organization", !person.name.organization, "a person");
    own.segment("NM1", |nm1| name(nm1, "QC", &person.name));
    required_address(&mut own, person.address.as_ref(), "patient.person.address", problems);
    demographics(&mut own, person, "patient.person", problems);
    own.end();
}

/// NM1 of a person with the address and demographics that are known.
pub(super) fn person(
    own: &mut LoopOut<'_, '_>,
    entity: &str,
    person: &Person,
    field: &str,
    problems: &mut Problems,
) {
    problems.need(&format!("{field}.name.last"), !person.name.last.is_empty());
    problems.need(&format!("{field}.member_id"), !person.member_id.is_empty());
    let says = own.keeps("NM1");
    own.segment("NM1", |nm1| {
        name(nm1, entity, &person.name).el(if says { "" } else { "MI" }).el(&person.member_id)
    });
    if let Some(given) = &person.address {
        address(own, given, &format!("{field}.address"), problems);
    }
    demographics(own, person, field, problems);
}

fn demographics(own: &mut LoopOut<'_, '_>, person: &Person, field: &str, problems: &mut Problems) {
    if !own.has("DMG") || (person.birth_date.is_none() && person.sex.is_empty()) {
        return;
    }
    problems.code(format!("{field}.sex"), &person.sex, codes::SEX);
    problems.need(&format!("{field}.birth_date"), person.birth_date.is_some());
    let date = person.birth_date.map(compact).unwrap_or_default();
    let format = if date.is_empty() { "" } else { "D8" };
    own.segment("DMG", |dmg| dmg.el(format).el(&date).el(&person.sex));
}

/// NM101 to NM107.
fn name<'o>(nm1: SegmentOut<'o>, entity: &str, name: &Name) -> SegmentOut<'o> {
    nm1.el(entity)
        .el(if name.organization { "2" } else { "1" })
        .el(&name.last)
        .el(&name.first)
        .el(&name.middle)
        .el("")
        .el(&name.suffix)
}

/// NM1 of a provider.
pub(super) fn provider_name(
    own: &mut LoopOut<'_, '_>,
    entity: &str,
    provider: &Provider,
    field: &str,
    problems: &mut Problems,
) {
    problems.need(&format!("{field}.name.last"), !provider.name.last.is_empty());
    let npi = &provider.npi;
    let kind = if npi.is_empty() { "" } else { "XX" };
    own.segment("NM1", |nm1| name(nm1, entity, &provider.name).el(kind).el(npi));
}

/// N3 and N4, as far as they say something.
pub(super) fn address(own: &mut LoopOut<'_, '_>, address: &Address, field: &str, problems: &mut Problems) {
    problems.state(format!("{field}.state"), &address.state, &address.country);
    if !(address.line1.is_empty() && address.line2.is_empty()) {
        own.segment("N3", |n3| n3.el(&address.line1).el(&address.line2));
    }
    let place = [&address.city, &address.state, &address.postal_code, &address.country];
    if place.iter().any(|part| !part.is_empty()) {
        own.segment("N4", |n4| place.iter().fold(n4, SegmentOut::el));
    }
}

/// The same where the guide wants both.
pub(super) fn required_address(
    own: &mut LoopOut<'_, '_>,
    given: Option<&Address>,
    field: &str,
    problems: &mut Problems,
) {
    problems.need(&format!("{field}.line1"), given.is_some_and(|address| !address.line1.is_empty()));
    problems.need(&format!("{field}.city"), given.is_some_and(|address| !address.city.is_empty()));
    if let Some(given) = given {
        address(own, given, field, problems);
    }
}
