//! Guards: the rule language compiles them, this says where they stand.

use claimflow_core::guard::GuardExpr;
use claimflow_core::workflow::GUARD_VARIABLES;

use crate::yaml::{Node, Reader, Value};

/// Reads a guard. One that cannot be read is told, and stands as a condition all the same.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> GuardExpr {
    let Some(text) = reader.text(node, "`when`") else { return GuardExpr::Always };
    // The text of a quoted scalar begins after its quote.
    let quote = u32::from(matches!(node.value, Value::Scalar { plain: false, .. }));
    let path = reader.path();
    match claimflow_rules::compile_guard(text, path, node.at.line, node.at.column + quote, GUARD_VARIABLES) {
        Ok(guard) => guard,
        Err(faults) => {
            reader.extend(faults);
            GuardExpr::Always
        }
    }
}
