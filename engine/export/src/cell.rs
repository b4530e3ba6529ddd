//! One value of a row, borrowed from the claim that it is about.

use claimflow_core::{Moment, Money, Quantity};
use jiff::civil::Date;
use smallvec::SmallVec;

/// Texts in order.
pub(crate) type Texts<'a> = SmallVec<[&'a str; 8]>;

/// One value of a row.
#[derive(Debug, Clone)]
pub(crate) enum Cell<'a> {
    /// Nothing.
    Empty,
    Text(&'a str),
    Texts(Texts<'a>),
    Whole(i64),
    Wholes(&'a [u8]),
    Money(Money),
    Quantity(Quantity),
    Date(Date),
    Moment(Moment),
}

impl<'a> Cell<'a> {
    /// Text, or nothing when it is empty.
    pub(crate) fn text(text: &'a (impl AsRef<str> + ?Sized)) -> Self {
        match text.as_ref() {
            "" => Self::Empty,
            text => Self::Text(text),
        }
    }

    /// Texts in order.
    pub(crate) fn texts<T: AsRef<str> + 'a>(texts: impl IntoIterator<Item = &'a T>) -> Self {
        Self::Texts(texts.into_iter().map(AsRef::as_ref).collect())
    }

    /// A whole number.
    pub(crate) fn whole(number: impl TryInto<i64>) -> Self {
        Self::Whole(number.try_into().unwrap_or(i64::MAX))
    }

    /// A date, where there is one.
    pub(crate) fn date(date: Option<Date>) -> Self {
        date.map_or(Self::Empty, Self::Date)
    }

    /// A moment, where there is one.
    pub(crate) fn moment(at: Option<Moment>) -> Self {
        at.map_or(Self::Empty, Self::Moment)
    }
}
