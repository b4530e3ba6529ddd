//! The operators of the language, in a table that the checker, completions and the reference all read.

use super::Type;

/// What operators do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperatorKind {
    /// Compares, and answers true or false.
    Comparison,
    /// Joins conditions.
    Logic,
    /// Makes another value.
    Value,
}

/// An operator of conditions.
#[derive(Debug, Clone, Copy)]
pub struct Operator {
    /// The sign.
    pub sign: &'static str,
    /// What it does.
    pub kind: OperatorKind,
    /// Types of the left side.
    pub left: &'static [Type],
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// A condition that uses it.
    pub example: &'static str,
}

const fn operator(
    kind: OperatorKind,
    sign: &'static str,
    left: &'static [Type],
    meaning: &'static str,
    example: &'static str,
) -> Operator {
    Operator { sign, kind, left, meaning, example }
}

const ORDERED: &[Type] = &[Type::Int, Type::Number, Type::Money, Type::Quantity, Type::Text, Type::Date];
const PLAIN: &[Type] =
    &[Type::Bool, Type::Int, Type::Number, Type::Money, Type::Quantity, Type::Text, Type::Date];
const NUMBERS: &[Type] = &[Type::Int, Type::Number, Type::Money, Type::Quantity];

/// Every operator, in the order of the reference.
pub const OPERATORS: &[Operator] = &[
    operator(
        OperatorKind::Comparison,
        "==",
        PLAIN,
        "The same. `x == ()` asks whether x is unknown.",
        "claim.frequency == \"7\"",
    ),
    operator(
        OperatorKind::Comparison,
        "!=",
        PLAIN,
        "Not the same. `x != ()` asks whether x is known.",
        "claim.frequency != \"7\"",
    ),
    operator(OperatorKind::Comparison, "<", ORDERED, "Less, or earlier.", "claim.line_count < 3"),
    operator(OperatorKind::Comparison, "<=", ORDERED, "Less, earlier, or the same.", "claim.line_count <= 3"),
    operator(OperatorKind::Comparison, ">", ORDERED, "More, or later.", "claim.charge > 150.00"),
    operator(OperatorKind::Comparison, ">=", ORDERED, "More, later, or the same.", "claim.charge >= 150.00"),
    operator(
        OperatorKind::Comparison,
        "in",
        &[Type::Text, Type::Int, Type::Number],
        "One of a list; or a part of a text.",
        "claim.place_of_service in [\"02\", \"10\"]",
    ),
    operator(
        OperatorKind::Comparison,
        "!in",
        &[Type::Text, Type::Int, Type::Number],
        "None of a list.",
        "claim.place_of_service !in [\"02\", \"10\"]",
    ),
    operator(
        OperatorKind::Logic,
        "&&",
        &[Type::Bool],
        "Both hold. The right side is looked at only when the left one holds.",
        "claim.is_correction && claim.payer_claim_number == \"\"",
    ),
    operator(
        OperatorKind::Logic,
        "||",
        &[Type::Bool],
        "One of both holds. The right side is looked at only when the left one does not hold.",
        "claim.line_count == 0 || claim.charge == 0",
    ),
    operator(OperatorKind::Logic, "!", &[Type::Bool], "Does not hold.", "!claim.signature_on_file"),
    operator(
        OperatorKind::Value,
        "??",
        PLAIN,
        "The left value, or the right one where the left is unknown.",
        "(claim.days_since_service ?? 0) > 90",
    ),
    operator(OperatorKind::Value, "+", NUMBERS, "Sum; joins texts.", "claim.line_count + 1 > 3"),
    operator(OperatorKind::Value, "-", NUMBERS, "Difference.", "claim.line_count - 1 > 3"),
    operator(OperatorKind::Value, "*", NUMBERS, "Product.", "claim.line_count * 2 > 3"),
    operator(
        OperatorKind::Value,
        "/",
        NUMBERS,
        "Quotient; of whole numbers without its rest.",
        "claim.line_count / 2 > 3",
    ),
    operator(OperatorKind::Value, "%", NUMBERS, "Rest of a division.", "claim.line_count % 2 == 1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_documented() {
        for operator in OPERATORS {
            assert!(operator.meaning.ends_with('.'), "{}", operator.sign);
            assert!(operator.example.contains(operator.sign), "{}", operator.sign);
        }
    }
}
