//! A key set from an issuer: any bytes give keys that can be named, or a reason, within the limit on their number.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resource::auth::jwks::usable_keys;
use shared::jwk::Algorithms;

fuzz_target!(|input: &[u8]| {
    let algorithms = Algorithms::parse(["ES256", "EdDSA", "RS256", "PS256"]).expect("known algorithms");
    if let Ok(keys) = usable_keys(input, &algorithms) {
        assert!(keys.len() <= 100);
        for key in keys {
            assert!(key.kid().is_some());
            assert!(algorithms.contain(key.algorithm_name()));
            assert!(!key.verify(b"a message", "AAAA"));
        }
    }
});
