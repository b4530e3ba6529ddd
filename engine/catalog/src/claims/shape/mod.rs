//! The fields of a claim's JSON form, with what each takes.

mod claim;
mod others;
mod people;

pub(crate) use self::claim::CLAIM;

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// One of a few texts.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A date, `2026-03-02`.
    Date,
    /// Money, `"150.00"`.
    Money,
    /// A quantity, `"1"`.
    Quantity,
    /// A whole number from 0 to this.
    Number(u64),
    /// A group of fields.
    Object(&'static Shape),
    /// A list.
    List(&'static Kind),
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
}

/// A group of fields.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Name in the schema's definitions.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) fields: &'static [Field],
    /// Fields that must be there.
    pub(crate) required: &'static [&'static str],
    /// The field that a text alone stands for, in the short form of cases.
    pub(crate) short: Option<&'static str>,
}

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, about }
}

const fn shape(name: &'static str, about: &'static str, fields: &'static [Field]) -> Shape {
    Shape { name, about, fields, required: &[], short: None }
}

#[cfg(test)]
mod tests;
