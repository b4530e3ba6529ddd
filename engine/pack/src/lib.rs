//! Packs as one signed archive: written, checked and taken apart, bytes in and files out.
