//! Throughput of the journal and the state.

fn main() {
    divan::main();
}
