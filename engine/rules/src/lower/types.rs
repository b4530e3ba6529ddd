//! Types of expressions while they are checked.

use crate::catalogue::{Shape, Type};
use crate::value::Constant;

/// What kind of value an expression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Decimal,
    Text,
    Date,
    /// A list of texts.
    Texts,
    /// A list of other values.
    List,
    Object(&'static str),
    /// The literal `()`.
    Unit,
    /// Not known to the checker: a parameter, or what a script answers.
    Any,
    /// An action of `fix`.
    Action,
}

/// A kind, whether the value may be unknown, and the shape of its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ty {
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) shape: Shape,
}

impl Ty {
    pub(crate) const fn of(kind: Kind) -> Self {
        Self { kind, nullable: false, shape: Shape::Any }
    }

    pub(crate) const fn any() -> Self {
        Self::of(Kind::Any)
    }

    pub(crate) const fn bool() -> Self {
        Self::of(Kind::Bool)
    }
}

impl Kind {
    pub(crate) const fn of(ty: Type) -> Self {
        match ty {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Money | Type::Number | Type::Quantity => Self::Decimal,
            Type::Text => Self::Text,
            Type::Date => Self::Date,
            Type::Texts => Self::Texts,
            Type::Line => Self::Object("line"),
            Type::Nothing => Self::Action,
        }
    }

    pub(crate) const fn of_constant(constant: &Constant) -> Self {
        match constant {
            Constant::Unit => Self::Unit,
            Constant::Bool(_) => Self::Bool,
            Constant::Int(_) => Self::Int,
            Constant::Decimal(_) => Self::Decimal,
            Constant::Text(_) => Self::Text,
            Constant::Date(_) => Self::Date,
            Constant::Texts(_) => Self::Texts,
            Constant::List(_) => Self::List,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Decimal => "a number",
            Self::Text => "text",
            Self::Date => "a date",
            Self::Texts => "a list of texts",
            Self::List => "a list",
            Self::Object(_) => "an object",
            Self::Unit => "nothing",
            Self::Any => "something",
            Self::Action => "an action",
        }
    }

    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Decimal)
    }

    /// True when a value of kind `given` fits where this kind is taken.
    pub(crate) fn takes(self, given: Self) -> bool {
        self == given
            || matches!(given, Self::Any)
            || matches!(self, Self::Any)
            || (self == Self::Decimal && given == Self::Int)
            || (matches!((self, given), (Self::Object(a), Self::Object(b)) if a == b))
    }

    /// True when values of the two kinds can be compared for equality.
    pub(crate) fn equates(self, other: Self) -> bool {
        self == other
            || matches!(self, Self::Any)
            || matches!(other, Self::Any)
            || (self.is_number() && other.is_number())
            || (matches!(self, Self::Texts | Self::List) && matches!(other, Self::Texts | Self::List))
    }

    /// True when values of this kind have an order.
    pub(crate) const fn has_order(self) -> bool {
        matches!(self, Self::Int | Self::Decimal | Self::Text | Self::Date | Self::Any)
    }
}
