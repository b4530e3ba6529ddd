//! What goes in comes out the same; what is hostile is refused with its reason.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail as the test does")]

use claimflow_pack::{
    FORMAT, Keyring, Limits, Manifest, Opened, PackError, PackFile, Requires, SecretKey, TrustedKey, build,
    open, sign,
};
use proptest::prelude::*;
use semver::{Version, VersionReq};

fn manifest() -> Manifest {
    Manifest {
        format: FORMAT,
        name: "acme-extra".into(),
        version: Version::new(1, 2, 0),
        layer: "vendor".into(),
        requires: Requires { claimflow: VersionReq::parse(">=0.1").unwrap(), packs: Default::default() },
        licence: "MIT".into(),
        changelog: "CHANGELOG.md".into(),
        files: vec![],
    }
}

fn file(path: &str, bytes: &[u8]) -> PackFile {
    PackFile { path: path.into(), bytes: bytes.to_vec() }
}

fn sample() -> Vec<u8> {
    build(manifest(), vec![file("rules/a.rhai", b"rule one"), file("CHANGELOG.md", b"## 1.2.0\n")]).unwrap()
}

fn read(pack: &[u8]) -> Result<Opened, PackError> {
    open(pack, None, &Version::new(0, 1, 0), &Limits::default())
}

/// The archive taken out of its frame, changed, and packed again.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut tar = zstd::decode_all(sample().as_slice()).unwrap();
    change(&mut tar);
    read(&zstd::encode_all(tar.as_slice(), 3).unwrap()).unwrap_err().to_string()
}

/// Where the header of `path` begins.
fn at(tar: &[u8], path: &str) -> usize {
    (0..tar.len()).step_by(512).find(|at| tar[*at..].starts_with(format!("{path}\0").as_bytes())).unwrap()
}

fn kind(letter: u8) -> String {
    changed(|tar| {
        let at = at(tar, "rules/a.rhai");
        tar[at + 156] = letter;
    })
}

#[test]
fn links_devices_and_renaming_headers_are_refused() {
    for (letter, word) in [(b'1', "hard link"), (b'2', "symbolic link"), (b'3', "device"), (b'6', "pipe")] {
        assert!(kind(letter).contains(word), "{}", kind(letter));
    }
    for (letter, word) in [(b'x', "renames"), (b'g', "renames"), (b'L', "renames"), (b'S', "sparse")] {
        assert!(kind(letter).contains(word), "{}", kind(letter));
    }
}

#[test]
fn paths_that_escape_or_clash_are_refused() {
    let paths = [
        "../a",
        "/a",
        "C:/a",
        "a\\b",
        "a\0b",
        "a//b",
        "nul.txt",
        "aux",
        "com1/a",
        "a./b",
        "ä",
        "a/b/c/d/e/f/g/h/i",
    ];
    for path in paths {
        let fault = build(manifest(), vec![file(path, b"")]).unwrap_err();
        assert!(matches!(fault, PackError::Path { .. }), "{path}: {fault}");
    }
    for path in ["comx", "lpta.txt", "com0", "auxx"] {
        assert!(build(manifest(), vec![file(path, b"")]).is_ok(), "{path}");
    }
    for (one, two) in [("a", "A"), ("a", "a/b"), ("a/c", "A/b"), ("a", "a"), ("x", "Manifest.json")] {
        let fault = build(manifest(), vec![file(one, b""), file(two, b"")]).unwrap_err();
        assert!(matches!(fault, PackError::Path { .. }), "{one} {two}: {fault}");
    }
    // The same from an archive that was not written here.
    let escape = changed(|tar| {
        let at = at(tar, "rules/a.rhai");
        tar[at..at + 2].copy_from_slice(b"..");
        tar[at + 2] = b'/';
    });
    assert!(escape.contains("leaves the pack's folder"), "{escape}");
}

#[test]
fn content_that_differs_from_the_manifest_is_refused() {
    let hash = changed(|tar| {
        let at = at(tar, "rules/a.rhai");
        tar[at + 512] ^= 1;
    });
    assert!(hash.contains("another hash"), "{hash}");
    let missing = changed(|tar| {
        let at = at(tar, "rules/a.rhai");
        drop(tar.drain(at..at + 1024));
    });
    assert!(missing.contains("not in the archive"), "{missing}");
    let twice = changed(|tar| {
        let at = at(tar, "rules/a.rhai");
        let entry = tar[at..at + 1024].to_vec();
        tar.splice(at..at, entry);
    });
    assert!(twice.contains("there twice"), "{twice}");
    assert!(changed(|tar| tar.extend([1])).contains("data after its end"));
}

#[test]
fn trailing_bytes_truncation_bombs_and_limits_are_refused() {
    let pack = sample();
    assert!(read(&[pack.as_slice(), b"x"].concat()).unwrap_err().to_string().contains("after its end"));
    for end in 0..pack.len() {
        assert!(read(&pack[..end]).is_err(), "cut at {end}");
    }
    let bomb = build(manifest(), vec![file("a", &vec![0; 32 << 20])]).unwrap();
    assert!(matches!(read(&bomb), Err(PackError::Limit { .. })));
    let few = Limits { files: 1, ..Limits::default() };
    assert!(matches!(open(&pack, None, &Version::new(0, 1, 0), &few), Err(PackError::Limit { .. })));
    let small = Limits { manifest: 10, ..Limits::default() };
    assert!(matches!(open(&pack, None, &Version::new(0, 1, 0), &small), Err(PackError::Limit { .. })));
    assert!(matches!(
        open(&pack, None, &Version::new(0, 0, 9), &Limits::default()),
        Err(PackError::NeedsClaimflow { .. })
    ));
    let newer = changed(|tar| {
        let at = tar.windows(11).position(|text| text == b"\"format\": 1").unwrap();
        tar[at + 10] = b'9';
    });
    assert!(newer.contains("format 9"), "{newer}");
}

#[test]
fn only_trusted_keys_sign() {
    let key = SecretKey::generate("acme").unwrap();
    let key = SecretKey::parse(&key.to_text()).unwrap();
    let pack = sign(&sample(), &key, &Limits::default()).unwrap();
    let line = key.public().to_text();
    let with = |text: &str, pack: &[u8]| {
        let keys = Keyring(vec![TrustedKey::parse(text).unwrap()]);
        open(pack, Some(&keys), &Version::new(0, 1, 0), &Limits::default())
    };
    assert_eq!(with(&line, &pack).unwrap().signed_by, Some(key.public().id()));
    assert!(with(&format!("{line}packs: acme-*\n"), &pack).is_ok());
    assert!(matches!(with(&format!("{line}packs: other\n"), &pack), Err(PackError::KeyForOthers { .. })));
    assert!(matches!(with(&format!("{line}revoked: stolen\n"), &pack), Err(PackError::RevokedKey { .. })));
    assert!(TrustedKey::parse(&format!("{line}pack: other\n")).is_err());
    assert_eq!(with(&line, &sample()).unwrap_err(), PackError::Unsigned);
    let other = SecretKey::generate("other").unwrap().public().to_text();
    assert!(matches!(with(&other, &pack), Err(PackError::UnknownKey(_))));
    let mut tar = zstd::decode_all(pack.as_slice()).unwrap();
    let at = at(&tar, "manifest.sig");
    tar[at + 512 + 40] ^= 1;
    let wrong = zstd::encode_all(tar.as_slice(), 3).unwrap();
    assert!(matches!(with(&line, &wrong), Err(PackError::WrongSignature(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn built_packs_read_the_same(files in prop::collection::btree_map("[a-z]{1,8}_x", prop::collection::vec(any::<u8>(), 0..2000), 0..8)) {
        let files: Vec<_> = files.iter().map(|(path, bytes)| file(path, bytes)).collect();
        let pack = build(manifest(), files.clone()).unwrap();
        let mut turned = files.clone();
        turned.reverse();
        prop_assert_eq!(&pack, &build(manifest(), turned).unwrap());
        prop_assert_eq!(read(&pack).unwrap().files, files);
    }

    #[test]
    fn a_flipped_bit_is_refused_or_changes_nothing(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let whole = sample();
        let mut pack = whole.clone();
        let at = at.index(pack.len());
        pack[at] ^= 1u8 << bit;
        if let Ok(opened) = read(&pack) {
            let before = read(&whole).unwrap();
            prop_assert_eq!((opened.files, opened.manifest), (before.files, before.manifest));
        }
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        prop_assert!(read(&bytes).is_err());
        prop_assert!(read(&zstd::encode_all(bytes.as_slice(), 1).unwrap()).is_err());
    }
}
