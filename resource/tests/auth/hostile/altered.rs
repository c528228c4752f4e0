//! A good token with anything changed in it.

use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::Bench;

/// Every bit of a good token, one at a time, for each kind of key: nothing else than the token itself passes.
#[actix_web::test]
async fn any_flipped_bit() {
    let bench = Bench::start().await;
    for kid in ["key-1", "ed-1"] {
        let key = bench.key(kid);
        let good = bench.good_by(key).sign(key);
        for at in 0..good.len() * 8 {
            let mut bytes = good.clone().into_bytes();
            bytes[at / 8] ^= 1 << (at % 8);
            let Ok(altered) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(bench.verifier.check(&altered).await.is_err(), "bit {at} of {good}");
        }
    }
}

/// Any text at any place, in any part: the verifier neither accepts nor panics.
#[actix_web::test]
async fn any_replaced_text() {
    let bench = Bench::start().await;
    let good = bench.good().sign(bench.key("key-1"));
    let cases = (0..good.len(), 0..20_usize, "[A-Za-z0-9_.=-]{0,12}|\\PC{0,6}");
    let ran = TestRunner::default().run(&cases, |(at, length, text)| {
        let altered = format!("{}{text}{}", &good[..at], &good[(at + length).min(good.len())..]);
        prop_assume!(altered != good);
        // A key of another name would be waited for; that is no acceptance either.
        let verdict = bench.verifier.check(&altered).now_or_never();
        prop_assert!(!matches!(verdict, Some(Ok(_))));
        Ok(())
    });
    assert_eq!(ran, Ok(()));
}

/// `cargo test --release -p resource --test resource -- --ignored a_million_flipped_bits`
#[actix_web::test]
#[ignore = "takes minutes; any_flipped_bit is the short form"]
async fn a_million_flipped_bits() {
    let bench = Bench::start().await;
    let mut flipped = 0;
    for n in 0_u64.. {
        let key = bench.key(["key-1", "ed-1", "es384-1", "rs-1"][usize::try_from(n % 4).unwrap()]);
        let good = bench
            .good_by(key)
            .claim("jti", serde_json::json!(format!("token-{n}")))
            .sign(key);
        assert!(bench.verifier.check(&good).await.is_ok());
        for at in 0..good.len() * 8 {
            let mut bytes = good.clone().into_bytes();
            bytes[at / 8] ^= 1 << (at % 8);
            // What is no text does not pass the header.
            if let Ok(altered) = String::from_utf8(bytes) {
                assert!(bench.verifier.check(&altered).await.is_err(), "bit {at} of {good}");
                flipped += 1;
            }
        }
        if flipped >= 1_000_000 {
            break;
        }
    }
    assert!(bench.issuer.fetches() <= 20, "{} fetches", bench.issuer.fetches());
}
