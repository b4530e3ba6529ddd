//! Builds the program again when the content that ships inside it changes.

fn main() {
    for folder in ["../../payers", "../../workflows"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
