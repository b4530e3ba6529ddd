//! The keyring through power cuts and damage: without it nothing could be read any more.

use claimflow_store::crypt::{
    KEYRING_COPY, KEYRING_FILE, Master, Secrets, mend_keyring, open_keyring, write_keyring,
};
use claimflow_store::testing::SimDisk;

use crate::model::folder;

fn written() -> (SimDisk, Master, Secrets) {
    let (disk, master, secrets) = (SimDisk::default(), Master::random().unwrap(), Secrets::random().unwrap());
    write_keyring(&disk, folder(), &secrets, &[&master]).unwrap();
    (disk, master, secrets)
}

#[test]
fn a_power_cut_while_keys_change_leaves_the_old_ones_or_the_new_ones() {
    let (disk, old_master, old) = written();
    let (new_master, new) = (Master::random().unwrap(), old.with_new_key().unwrap());
    for fuel in 0.. {
        let disk = disk.copy();
        disk.set_fuel(Some(fuel));
        let done = write_keyring(&disk, folder(), &new, &[&old_master, &new_master]).is_ok();
        for seed in 0..20 {
            let after = disk.after_power_cut(seed);
            // A cut while the two are made alike again takes nothing either.
            after.set_fuel(Some(seed % 6));
            let _may_fail = mend_keyring(&after, folder());
            let after = after.after_power_cut(seed + 100);
            mend_keyring(&after, folder()).unwrap();
            let found = open_keyring(&after, folder(), &old_master).unwrap().secrets;
            assert!(found == new || (found == old && !done), "cut in step {fuel}, seed {seed}");
            assert_eq!(after.bytes(&folder().join(KEYRING_FILE)), after.bytes(&folder().join(KEYRING_COPY)));
        }
        if done {
            assert!(fuel > 8, "it has many steps");
            break;
        }
    }
}

#[test]
fn a_flipped_bit_of_the_keyring_is_found_and_its_copy_opens() {
    let (disk, master, secrets) = written();
    let (path, copy) = (folder().join(KEYRING_FILE), folder().join(KEYRING_COPY));
    let whole = disk.bytes(&path);
    for byte in 0..whole.len() {
        let flipped = disk.copy();
        let mut bytes = whole.clone();
        bytes[byte] ^= 1 << (byte % 8);
        flipped.put(&path, bytes.clone());
        let opened = open_keyring(&flipped, folder(), &master).unwrap();
        assert!(opened.from_copy && opened.secrets == secrets, "byte {byte}");
        flipped.put(&copy, bytes);
        assert!(open_keyring(&flipped, folder(), &master).is_err(), "byte {byte}");
    }
}
