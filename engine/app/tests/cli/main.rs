//! The program as its users have it: every command run as a process, with what it prints and how it ends.

mod contract;
mod demo;
mod errors;
mod help;
mod serve;
mod support;
mod work;
