//! Codes as the field writes them. Each is built by parsing; [`as_received`](ProcedureCode::as_received) keeps a
//! text of the wrong shape so that a claim is read, shown and held for it rather than lost.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Text;

/// Why a text is not a code of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct CodeError {
    /// The text as given.
    pub text: String,
    /// What was expected, in words.
    pub expected: &'static str,
}

macro_rules! code {
    ($name:ident, $check:expr, $expected:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text);

        impl $name {
            /// Keeps the text whatever its shape; see [`is_well_formed`](Self::is_well_formed).
            pub fn as_received(text: impl Into<Text>) -> Self {
                Self(text.into())
            }

            /// The code's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// True when nothing was given.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            /// True when the text has the shape of this kind of code.
            pub fn is_well_formed(&self) -> bool {
                let check: fn(&[u8]) -> bool = $check;
                check(self.0.as_bytes())
            }
        }

        impl FromStr for $name {
            type Err = CodeError;

            fn from_str(text: &str) -> Result<Self, CodeError> {
                let code = Self(Text::from(text));
                if code.is_well_formed() {
                    Ok(code)
                } else {
                    Err(CodeError { text: text.to_owned(), expected: $expected })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

fn digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

fn alphanumeric(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn is_procedure(text: &[u8]) -> bool {
    match text {
        [first, middle @ .., last] if text.len() == 5 => {
            digits(middle)
                && ((first.is_ascii_digit() && (last.is_ascii_digit() || last.is_ascii_uppercase()))
                    || (first.is_ascii_uppercase() && last.is_ascii_digit()))
        }
        _ => false,
    }
}

fn is_diagnosis(text: &[u8]) -> bool {
    match text {
        [letter, digit, third, rest @ ..] => {
            letter.is_ascii_uppercase()
                && digit.is_ascii_digit()
                && alphanumeric(&[*third])
                && rest.len() <= 4
                && alphanumeric(rest)
        }
        _ => false,
    }
}

/// The Luhn check of a National Provider Identifier, computed over `80840` + NPI.
/// Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit".
fn npi_check_digit_holds(text: &[u8]) -> bool {
    // 24 is the Luhn sum of the constant prefix 80840.
    let sum = text.iter().rev().enumerate().fold(24_u32, |sum, (place, byte)| {
        let digit = u32::from(byte - b'0');
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum + doubled / 10 + doubled % 10
    });
    sum.is_multiple_of(10)
}

code!(
    Npi,
    |t| t.len() == 10 && digits(t),
    "an NPI: ten digits",
    "A National Provider Identifier: ten digits."
);
code!(
    ProcedureCode,
    is_procedure,
    "a procedure code: five characters, as `90837` or `H0015`",
    "A CPT or HCPCS level II procedure code."
);
code!(
    DiagnosisCode,
    is_diagnosis,
    "an ICD-10-CM code without its point, as `F331`",
    "An ICD-10-CM diagnosis code as X12 carries it: without the point."
);
code!(
    PlaceOfService,
    |t| t.len() == 2 && digits(t),
    "a place of service: two digits, as `11`",
    "A CMS place of service code."
);
code!(
    Modifier,
    |t| t.len() == 2 && alphanumeric(t),
    "a modifier: two characters, as `95` or `HO`",
    "A procedure modifier."
);
code!(
    Carc,
    |t| (1..=4).contains(&t.len()) && alphanumeric(t),
    "a claim adjustment reason code, as `197`",
    "A claim adjustment reason code (CARC)."
);
code!(
    Rarc,
    |t| (2..=5).contains(&t.len()) && alphanumeric(t),
    "a remittance advice remark code, as `N290`",
    "A remittance advice remark code (RARC)."
);
code!(
    ClaimId,
    |t| (1..=38).contains(&t.len()) && t.iter().all(|b| (0x20..0x7f).contains(b)),
    "a claim id: 1 to 38 printable characters",
    "The practice's own number of a claim, CLM01. At most 20 characters reach a payer unharmed."
);
code!(
    PayerId,
    |t| (1..=80).contains(&t.len()),
    "a payer id",
    "The id by which the clearinghouse knows a payer (NM109 of 2010BB)."
);

impl Npi {
    /// True when the tenth digit is the check digit of the other nine.
    pub fn check_digit_holds(&self) -> bool {
        self.is_well_formed() && npi_check_digit_holds(self.0.as_bytes())
    }

    /// The NPI whose first nine digits are these; `None` when they are not nine digits.
    pub fn with_check_digit(first_nine: &str) -> Option<Self> {
        (first_nine.len() == 9 && digits(first_nine.as_bytes()))
            .then(|| (0..10).map(|last| Self(Text::from(format!("{first_nine}{last}")))))?
            .find(Self::check_digit_holds)
    }
}

impl ClaimId {
    /// The form in which payers' answers are compared: upper case, without spaces at the ends.
    pub fn matching_key(&self) -> Text {
        Text::from(self.0.trim().to_ascii_uppercase())
    }
}

/// The group of an adjustment: who bears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GroupCode {
    /// Contractual obligation: the provider bears it.
    CO,
    /// Patient responsibility.
    PR,
    /// Other adjustment, or information.
    OA,
    /// Payer initiated reduction.
    PI,
    /// Correction or reversal (before 5010).
    CR,
}

impl GroupCode {
    /// The code's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CO => "CO",
            Self::PR => "PR",
            Self::OA => "OA",
            Self::PI => "PI",
            Self::CR => "CR",
        }
    }
}

impl fmt::Display for GroupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for GroupCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Ok(match text {
            "CO" => Self::CO,
            "PR" => Self::PR,
            "OA" => Self::OA,
            "PI" => Self::PI,
            "CR" => Self::CR,
            _ => {
                return Err(CodeError {
                    text: text.to_owned(),
                    expected: "an adjustment group: CO, PR, OA or PI",
                });
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npi_check_digit() {
        let npi: Npi = "1234567893".parse().unwrap();
        assert!(npi.check_digit_holds());
        assert!(!"1234567890".parse::<Npi>().unwrap().check_digit_holds());
        assert_eq!(Npi::with_check_digit("123456789"), Some(npi));
        assert!("12345".parse::<Npi>().is_err());
        assert!(Npi::with_check_digit("12").is_none());
    }

    #[test]
    fn shapes() {
        for good in ["90837", "H0015", "0591T", "99213"] {
            assert!(good.parse::<ProcedureCode>().is_ok(), "{good}");
        }
        for bad in ["9083", "908377", "ABCDE", "9O837", "h0015", ""] {
            assert!(bad.parse::<ProcedureCode>().is_err(), "{bad}");
        }
        for good in ["F331", "F411", "Z6332", "O99340", "F03C11", "C4A0"] {
            assert!(good.parse::<DiagnosisCode>().is_ok(), "{good}");
        }
        for bad in ["F33.1", "331", "F3", "f331", "F3312345"] {
            assert!(bad.parse::<DiagnosisCode>().is_err(), "{bad}");
        }
        assert_eq!(
            "1".parse::<PlaceOfService>().unwrap_err().to_string(),
            "`1` is not a place of service: two digits, as `11`"
        );
    }
}
