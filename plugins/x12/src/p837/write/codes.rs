//! The codes that 005010X222A1 allows where its lists are short. Source: ASC X12N 005010X222A1, element notes; CMS and
//! USPS for places. Codes only, no descriptions.

use crate::p837::write::loops::Problems;

pub(super) const RESPONSIBILITY: &[&str] = &["A", "B", "C", "D", "E", "F", "G", "H", "P", "S", "T", "U"];
pub(super) const SELF: &[&str] = &["18"];
pub(super) const RELATIONSHIP: &[&str] = &["01", "19", "20", "21", "39", "40", "53", "G8"];
pub(super) const OTHER_RELATIONSHIP: &[&str] = &["01", "18", "19", "20", "21", "39", "40", "53", "G8"];
pub(super) const INSURANCE_TYPE: &[&str] = &["12", "13", "14", "15", "16", "41", "42", "43", "47"];
pub(super) const FILING_INDICATOR: &[&str] = &[
    "11", "12", "13", "14", "15", "16", "17", "AM", "BL", "CH", "CI", "DS", "FI", "HM", "LM", "MA", "MB",
    "MC", "OF", "TV", "VA", "WC", "ZZ",
];
pub(super) const YES_NO: &[&str] = &["N", "Y"];
pub(super) const ASSIGNMENT: &[&str] = &["A", "B", "C"];
pub(super) const BENEFITS: &[&str] = &["N", "W", "Y"];
pub(super) const RELEASE: &[&str] = &["I", "Y"];
pub(super) const PATIENT_SIGNATURE: &[&str] = &["P"];
pub(super) const SPECIAL_PROGRAM: &[&str] = &["02", "03", "05", "09"];
pub(super) const DELAY_REASON: &[&str] = &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "15"];
pub(super) const SEX: &[&str] = &["F", "M", "U"];
pub(super) const PAYER_ID_KIND: &[&str] = &["PI", "XV"];
pub(super) const FIRST_DIAGNOSIS: &[&str] = &["ABK", "BK"];
pub(super) const OTHER_DIAGNOSIS: &[&str] = &["ABF", "BF"];
pub(super) const PROCEDURE_QUALIFIER: &[&str] = &["ER", "HC", "IV", "WK"];
pub(super) const UNIT_BASIS: &[&str] = &["MJ", "UN"];
/// Claim dates that come once, as a day.
pub(super) const DATES: &[&str] = &[
    "431", "454", "304", "453", "439", "484", "455", "471", "297", "296", "435", "096", "090", "091", "444",
    "050",
];
/// Claim dates that may be a range.
pub(super) const PERIODS: &[&str] = &["314", "360", "361"];
const STATES: &[&str] = &[
    "AA", "AB", "AE", "AK", "AL", "AP", "AR", "AS", "AZ", "BC", "CA", "CO", "CT", "DC", "DE", "FL", "FM",
    "GA", "GU", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MB", "MD", "ME", "MH", "MI", "MN",
    "MO", "MP", "MS", "MT", "NB", "NC", "ND", "NE", "NF", "NH", "NJ", "NL", "NM", "NS", "NT", "NU", "NV",
    "NY", "OH", "OK", "ON", "OR", "PA", "PE", "PQ", "PR", "PW", "QC", "RI", "SC", "SD", "SK", "TN", "TX",
    "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY", "YT",
];

impl Problems {
    /// A code that must be one of a list.
    pub fn code(&mut self, field: impl Into<String>, code: &str, list: &[&str]) {
        if code.is_empty() {
            self.add(field, "is missing");
        } else {
            self.optional_code(field, code, list);
        }
    }

    /// A code that, when given, must be one of a list.
    pub fn optional_code(&mut self, field: impl Into<String>, code: &str, list: &[&str]) {
        if !code.is_empty() && !list.contains(&code) {
            self.add(field, format!("should be one of {}", list.join(", ")));
        }
    }

    /// A state or province of the United States or Canada; elsewhere there is none to check.
    pub fn state(&mut self, field: impl Into<String>, state: &str, country: &str) {
        if matches!(country, "" | "US" | "CA") && !state.is_empty() && !STATES.contains(&state) {
            self.add(field, "should be a state's two letters, as `NY`");
        }
    }
}
