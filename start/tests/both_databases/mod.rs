//! Both programs on PostgreSQL: what they and other people's clients do together, once more.

#[expect(unreachable_pub, reason = "the issuer's tests share it")]
#[path = "../../../issuer/tests/support/again.rs"]
pub(crate) mod again;
#[expect(unreachable_pub, reason = "the issuer's tests share it")]
#[path = "../../../issuer/tests/support/postgres.rs"]
pub(crate) mod postgres;

#[test]
fn both_programs_again_on_postgresql() {
    // For how the doctor ends, forty times, it does not matter where anything is stored.
    let chosen = ["e2e::", "interop::clients::", "--skip", "the_browser_has_its_answer"];
    again::on_postgresql(&chosen, 12);
}
