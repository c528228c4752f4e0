//! threats.md B23: a sign-in takes as long and says the same whether the account exists or not.

use std::time::Instant;

use shared::random;

use crate::support::TestIssuer;

/// After so many seconds all earlier tries are forgotten.
const FORGOTTEN: i64 = 24 * 3600 + 1;
/// Beyond this the two means differ (Welch's t-test, as in the leakage tests of TVLA).
const MOST: f64 = 4.5;

/// How long sign-ins took, in microseconds.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.count()
    }

    /// The variance of the mean.
    fn spread(&self) -> f64 {
        let mean = self.mean();
        let squares = self.0.iter().map(|time| (time - mean).powi(2)).sum::<f64>();
        squares / (self.count() - 1.0) / self.count()
    }

    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    fn count(&self) -> f64 {
        self.0.len() as f64
    }
}

/// Tries a wrong password so many times as somebody and so many times as nobody, in random order.
async fn tried(each: usize) -> [Times; 2] {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut times = [Times::default(), Times::default()];
    let mut bodies = [None, None];
    while times.iter().any(|times| times.0.len() < each) {
        let who = usize::from(random::bytes::<1>().unwrap()[0] & 1);
        if times[who].0.len() == each {
            continue;
        }
        issuer.advance(FORGOTTEN);
        let mut person = issuer.person();
        let page = person.get("/sign-in").await;
        let name = ["alex", "axel"][who];
        let begun = Instant::now();
        let answer = person.sign_in(&page, name, "wrong password").await;
        times[who].0.push(begun.elapsed().as_secs_f64() * 1e6);
        assert_eq!(answer.status, 422);
        let body = answer
            .text
            .replace(&answer.field("csrf"), "TOKEN")
            .replace(name, "NAME");
        assert_eq!(bodies[who].get_or_insert_with(|| body.clone()), &body);
    }
    assert_eq!(bodies[0], bodies[1]);
    times
}

/// The time is for the long run: a few tries on a busy machine say nothing of it.
#[actix_web::test]
async fn twenty_sign_ins_as_somebody_and_as_nobody_are_answered_with_the_same_bytes() {
    tried(20).await;
}

#[actix_web::test]
#[ignore = "takes minutes; twenty_sign_ins_as_somebody_and_as_nobody_are_answered_with_the_same_bytes is the short form"]
async fn two_thousand_sign_ins_as_somebody_and_as_nobody_take_the_same_time() {
    let [somebody, nobody] = tried(2000).await;
    let t = (somebody.mean() - nobody.mean()) / (somebody.spread() + nobody.spread()).sqrt();
    println!(
        "somebody {:.0} us, nobody {:.0} us, t = {t:.2}",
        somebody.mean(),
        nobody.mean()
    );
    assert!(t.abs() < MOST, "t = {t}");
}
