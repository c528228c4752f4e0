//! Password hashing: what a hash accepts, what it costs, and what happens under load.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use argon2::{PasswordHasher, PasswordVerifier};

use super::*;

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn weak_hash(text: &str) -> String {
    let params = Params::new(8 * 1024, 1, 1, None).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(text.as_bytes(), b"0123456789abcdef")
        .unwrap()
        .to_string()
}

#[actix_web::test]
async fn only_the_password_verifies() {
    let passwords = Passwords::new().unwrap();
    let stored = passwords.hash(&password("correct horse")).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    let yes = passwords.verify(Some(&password("correct horse")), Some(&stored)).await;
    assert_eq!(yes, Ok(Verified::Yes { rehash: None }));
    for wrong in ["correct horsf", "Correct horse", "correct horse "] {
        assert_eq!(
            passwords.verify(Some(&password(wrong)), Some(&stored)).await,
            Ok(Verified::No)
        );
    }
}

/// What is in the memory from before changes nothing, and others compute the same.
#[actix_web::test]
async fn hashes_in_memory_that_was_used_are_those_of_everybody_else() {
    let passwords = Passwords::with_permits(1).unwrap();
    for text in ["correct horse", "battery staple"] {
        let ours = passwords.hash(&password(text)).await.unwrap();
        let read = PasswordHash::new(&ours).unwrap();
        assert!(Argon2::default().verify_password(text.as_bytes(), &read).is_ok());
        let theirs = Argon2::default()
            .hash_password_with_salt(text.as_bytes(), b"0123456789abcdef")
            .unwrap()
            .to_string();
        let yes = passwords.verify(Some(&password(text)), Some(&theirs)).await;
        assert_eq!(yes, Ok(Verified::Yes { rehash: None }));
        let no = passwords.verify(Some(&password("another one")), Some(&theirs)).await;
        assert_eq!(no, Ok(Verified::No));
    }
    assert_eq!(format!("{:?}", passwords.memory), "Memory(1 free)");
}

#[actix_web::test]
async fn an_unknown_user_and_an_impossible_password_are_refused_after_the_same_work() {
    let passwords = Passwords::new().unwrap();
    assert_eq!(
        format!("{:?}", passwords.memory),
        "Memory(0 free)",
        "a start costs no hash"
    );
    assert_eq!(
        passwords.verify(Some(&password("correct horse")), None).await,
        Ok(Verified::No)
    );
    assert_eq!(format!("{:?}", passwords.memory), "Memory(1 free)", "the work was done");
    let stored = passwords.hash(&password("correct horse")).await.unwrap();
    assert_eq!(passwords.verify(None, Some(&stored)).await, Ok(Verified::No));
    let nobody = PasswordHash::new(&passwords.nobody).unwrap();
    assert_eq!(nobody.params, PasswordHash::new(&stored).unwrap().params);
    assert_eq!(nobody.algorithm, PasswordHash::new(&stored).unwrap().algorithm);
    assert_eq!(passwords.nobody.len(), stored.len());
    assert_ne!(passwords.nobody, Passwords::new().unwrap().nobody);
}

#[actix_web::test]
async fn a_weaker_hash_is_replaced_and_a_costly_one_is_not_worked_on() {
    let passwords = Passwords::new().unwrap();
    let Ok(Verified::Yes { rehash: Some(rehash) }) = passwords
        .verify(Some(&password("correct horse")), Some(&weak_hash("correct horse")))
        .await
    else {
        panic!("a weak hash must verify and be replaced");
    };
    let again = passwords.verify(Some(&password("correct horse")), Some(&rehash)).await;
    assert_eq!(again, Ok(Verified::Yes { rehash: None }));
    let costly = "$argon2id$v=19$m=4194304,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(
        passwords.verify(Some(&password("correct horse")), Some(costly)).await,
        Ok(Verified::No)
    );
    assert_eq!(
        passwords
            .verify(Some(&password("correct horse")), Some("nonsense"))
            .await,
        Ok(Verified::No)
    );
}

/// A client that hangs up drops the future; the thread works on, and so the permit must stay taken.
#[actix_web::test]
async fn an_abandoned_request_keeps_its_permit_until_the_work_is_done() {
    let passwords = Passwords::with_permits(1).unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    let abandoned = passwords.clone();
    let request = actix_web::rt::spawn(async move {
        let work = move || {
            begun.send(()).unwrap();
            may_finish.recv().unwrap();
        };
        abandoned.run(abandoned.place()?, work).await
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap())
        .await
        .unwrap();
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    assert_eq!(passwords.permits.available_permits(), 0);
    assert_eq!(passwords.queue.available_permits(), QUEUE - 1);

    let ran = Arc::new(AtomicBool::new(false));
    let next = passwords.run(passwords.place().unwrap(), {
        let ran = ran.clone();
        move || ran.store(true, Ordering::SeqCst)
    });
    let mut next = std::pin::pin!(next);
    let early = tokio::time::timeout(Duration::from_millis(20), &mut next).await;
    assert!(
        early.is_err() && !ran.load(Ordering::SeqCst),
        "the next one ran beside the abandoned one"
    );
    finish.send(()).unwrap();
    next.await.unwrap();
    assert!(ran.load(Ordering::SeqCst));
    assert_eq!(passwords.permits.available_permits(), 1);
}

#[actix_web::test]
async fn a_full_queue_answers_busy_at_once() {
    let passwords = Passwords::with_permits(1).unwrap();
    let everything = passwords
        .queue
        .clone()
        .try_acquire_many_owned(u32::try_from(QUEUE).unwrap())
        .unwrap();
    assert_eq!(
        passwords.hash(&password("correct horse")).await,
        Err(HashingError::Busy)
    );
    drop(everything);
    assert!(passwords.hash(&password("correct horse")).await.is_ok());
}
