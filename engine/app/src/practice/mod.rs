//! A practice folder: read from disk, checked, and as the engine uses it; and a new one.

mod disk;
mod editing;
pub mod kept;
mod loaded;
mod overlay;
mod shipped;
pub mod workflows;
mod write;

pub use disk::Folder;
pub use editing::EditedFolders;
pub(crate) use loaded::tell;
pub use loaded::{Checked, Loaded, check, check_again, check_for_work, refused};
pub use overlay::{Overlay, Tried};
pub(crate) use shipped::files as shipped_files;
pub use write::{Contents, make_folders, make_private, own_the_packs, write_new};
