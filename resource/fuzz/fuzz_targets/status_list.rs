//! A status list: any claims give a list of at most the bytes allowed, or a reason; no index leaves it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::status_list::{StatusList, StatusListClaims};

const MOST: usize = 1 << 16;

fuzz_target!(|input: &[u8]| {
    let Ok(claims) = serde_json::from_slice::<StatusListClaims>(input) else {
        return;
    };
    let Ok(list) = StatusList::decode(&claims.status_list, MOST) else {
        return;
    };
    let (entries, bits) = (list.len() as u64, u32::from(claims.status_list.bits));
    assert!(list.len() <= MOST * 8);
    assert_eq!(list.status(entries), None);
    assert_eq!(list.status(u64::MAX), None);
    if let Some(last) = entries.checked_sub(1) {
        assert!(list.status(last).is_some_and(|status| u32::from(status) < 1 << bits));
    }
});
