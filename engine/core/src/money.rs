//! Money and quantities: exact decimals, never floating point.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not a decimal of the expected shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct DecimalError {
    text: String,
    expected: &'static str,
}

/// The longest whole part that is read; sums of a whole file then stay far from the limits of `i64`.
const MAX_WHOLE_DIGITS: usize = 12;

/// Reads `[-]digits[.digits]` into a whole number of `10^-scale` parts. Trailing zeros beyond `scale` are allowed.
fn parse_scaled(text: &str, scale: usize) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && fraction.is_empty()) || whole.len() > MAX_WHOLE_DIGITS {
        return None;
    }
    let mut value: i64 = 0;
    for digit in whole.bytes() {
        value = value * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    let mut places = 0;
    for digit in fraction.bytes() {
        let digit = i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        if places < scale {
            value = value * 10 + digit;
            places += 1;
        } else if digit != 0 {
            return None;
        }
    }
    value *= 10_i64.pow((scale - places) as u32);
    Some(if negative { -value } else { value })
}

macro_rules! decimal_type {
    ($name:ident, $scale:literal, $expected:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// From a whole number of the smallest parts.
            pub const fn from_parts(parts: i64) -> Self {
                Self(parts)
            }

            /// The whole number of the smallest parts.
            pub const fn parts(self) -> i64 {
                self.0
            }

            /// True for exactly nothing.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// True below nothing.
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }

            /// The value without its sign.
            pub const fn abs(self) -> Self {
                Self(self.0.saturating_abs())
            }

            /// The same value as a general decimal, for rules.
            pub fn to_decimal(self) -> Decimal {
                Decimal::new(self.0, $scale)
            }

            /// From a general decimal; `None` when it has more places than this type keeps or is too large.
            pub fn from_decimal(value: Decimal) -> Option<Self> {
                Self::from_str(&value.normalize().to_string()).ok()
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_scaled(text, $scale)
                    .map(Self)
                    .ok_or_else(|| DecimalError { text: text.to_owned(), expected: $expected })
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.saturating_neg())
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self::ZERO, Add::add)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_i64(self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_any(DecimalVisitor::<$name>(std::marker::PhantomData))
                } else {
                    i64::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}

/// Reads a decimal from text or from a whole number; a floating point number is refused.
struct DecimalVisitor<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = DecimalError>> Visitor<'_> for DecimalVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal in quotes, as \"150.00\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::from_str(text).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }
}

decimal_type!(
    Money,
    2,
    "an amount of money with at most two decimal places, as `150.00`",
    "An amount in US dollars, kept in whole cents. Displayed with two decimal places."
);
decimal_type!(
    Quantity,
    3,
    "a number with at most three decimal places, as `1` or `0.5`",
    "A count of units or minutes, kept in thousandths. Displayed without trailing zeros."
);

impl Money {
    /// From whole cents.
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    /// Whole cents.
    pub const fn cents(self) -> i64 {
        self.0
    }
}

impl Quantity {
    /// From a whole number.
    pub const fn whole(value: i64) -> Self {
        Self(value.saturating_mul(1000))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let parts = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", parts / 100, parts % 100))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let parts = self.0.unsigned_abs();
        let text = match parts % 1000 {
            0 => format!("{sign}{}", parts / 1000),
            rest => format!("{sign}{}.{:03}", parts / 1000, rest).trim_end_matches('0').to_owned(),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_files_send() {
        for (text, cents) in
            [("150", 15000), ("150.5", 15050), ("-.5", -50), ("0", 0), ("12.340", 1234), ("+3", 300)]
        {
            assert_eq!(text.parse::<Money>().unwrap().cents(), cents, "{text}");
        }
        for text in ["", "-", ".", "1.234", "1e3", "12,50", "1234567890123", "NaN"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_value_agree(cents in -99_999_999_999_i64..99_999_999_999) {
            let money = Money::from_cents(cents);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
            prop_assert_eq!(Money::from_decimal(money.to_decimal()), Some(money));
        }
    }
}
