//! The program as its users have it: every command run as a process, with what it prints and how it ends.

#[cfg(test)]
mod backtest;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod errors;

mod export;
#[cfg(test)]
mod help;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod key;
#[cfg(test)]
mod new;
#[cfg(test)]
mod pack;
#[cfg(test)]
mod pend;
#[cfg(test)]
mod plugins;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod shadow;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tutorial;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod work;
