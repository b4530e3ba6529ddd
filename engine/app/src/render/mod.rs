//! What people read: the board, tables, timelines, faults. Everything here makes text of data and touches nothing.

pub mod backtest;
pub mod board;
pub mod escape;
pub mod explained;
pub mod faults;
pub mod flowed;
pub mod incidents;
pub mod out;
pub mod progress;
pub mod style;
pub mod table;
pub mod timeline;
pub mod words;
