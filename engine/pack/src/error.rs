//! Why a pack is refused.

/// What the functions here return.
pub type Result<T> = std::result::Result<T, PackError>;

/// Why a pack is refused, each reason in words that name the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Not an archive, or cut short.
    #[error("the pack is damaged or cut short: {0}; fetch it again")]
    Damaged(String),
    /// It goes past a limit.
    #[error("the pack is refused: {what} is more than the limit of {limit}")]
    Limit {
        /// What is too much.
        what: String,
        /// The limit, in the unit of `what`.
        limit: u64,
    },
    /// A path that could leave the folder or clash on some computer.
    #[error("the pack is refused: path `{path}` {why}")]
    Path {
        /// The path, made printable.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An entry that is no plain file.
    #[error("the pack is refused: `{path}` is {kind}; a pack holds plain files only")]
    Kind {
        /// The entry's path, made printable.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// What is inside differs from what the manifest lists.
    #[error("the pack is refused: `{path}` {why}")]
    Content {
        /// The file's path.
        path: String,
        /// How it differs.
        why: &'static str,
    },
    /// The manifest cannot be read.
    #[error("the pack's manifest is wrong: {0}")]
    Manifest(String),
    /// Made by a newer claimflow.
    #[error("the pack has format {found}, this claimflow reads up to {known}; update claimflow first")]
    NewerFormat {
        /// The pack's format.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// It asks for another claimflow.
    #[error("the pack needs claimflow {needs}, this is {here}; update claimflow first")]
    NeedsClaimflow {
        /// The pack's requirement.
        needs: String,
        /// This version.
        here: String,
    },
    /// It carries no signature.
    #[error("the pack is not signed; ask the vendor for a signed one")]
    Unsigned,
    /// The signature does not fit.
    #[error("the signature of key `{0}` does not fit this pack: it was changed after signing")]
    WrongSignature(String),
    /// No trusted key signed it.
    #[error("the pack is signed by key `{0}`, which this practice does not trust")]
    UnknownKey(String),
    /// The key was trusted once.
    #[error("the pack is signed by key `{id}`, which was revoked: {why}")]
    RevokedKey {
        /// The key's id.
        id: String,
        /// The reason in the trusted key's file.
        why: String,
    },
    /// The key is trusted for other packs.
    #[error("key `{id}` is not trusted for pack `{pack}`, only for {only}")]
    KeyForOthers {
        /// The key's id.
        id: String,
        /// The pack's name.
        pack: String,
        /// What it is trusted for.
        only: String,
    },
    /// A key file cannot be read.
    #[error("the key file is wrong: {0}")]
    Key(&'static str),
}
