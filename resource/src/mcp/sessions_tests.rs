//! Whose sessions they are, how many, and how long; raced on threads.

use shared::scope::Scope;

use super::*;

fn principal(iss: &str, sub: &str, client_id: Option<&str>) -> Principal {
    Principal {
        iss: iss.to_owned(),
        sub: sub.to_owned(),
        client_id: client_id.map(str::to_owned),
        scope: Scope::default(),
    }
}

fn ann() -> Principal {
    principal("https://a", "ann", Some("app"))
}

fn sessions(of_one: usize, in_all: usize) -> (Sessions, Clock) {
    let clock = Clock::fixed(1_000_000);
    (Sessions::new(Limits { of_one, in_all }, clock.clone()), clock)
}

#[test]
fn a_session_is_not_there_for_anybody_else() {
    let (sessions, _) = sessions(8, 8);
    let id = sessions.begin(&ann()).unwrap();
    let others = [
        principal("https://b", "ann", Some("app")),
        principal("https://a", "bob", Some("app")),
        principal("https://a", "ann", Some("other")),
        principal("https://a", "ann", None),
    ];
    for other in &others {
        assert!(!sessions.touch(&id, other) && !sessions.end(&id, other));
        assert!(sessions.listen(&id, other).is_none());
    }
    assert!(sessions.touch(&id, &ann()) && sessions.end(&id, &ann()));
    assert!(!sessions.touch(&id, &ann()) && !sessions.end(&id, &ann()));
    assert!(
        sessions.begin(&principal("", "", None)).is_none(),
        "nobody has no session"
    );
}

#[test]
fn of_too_many_the_idlest_goes_and_what_is_listened_to_goes_last() {
    let (sessions, clock) = sessions(3, 8);
    let begin = || {
        clock.advance(1);
        sessions.begin(&ann()).unwrap()
    };
    let (first, second, third) = (begin(), begin(), begin());
    let listening = sessions.listen(&first, &ann()).unwrap();
    let fourth = begin();
    let there: Vec<_> = [&first, &second, &third, &fourth]
        .map(|id| sessions.touch(id, &ann()))
        .into();
    assert_eq!(there, [true, false, true, true]);
    assert!(!listening.ended.is_cancelled());
}

/// Whoever registers a thousand clients still has the places of one user, and takes nobody else's.
#[test]
fn one_user_has_no_more_in_many_clients() {
    let (sessions, clock) = sessions(3, 8);
    let bob = sessions.begin(&principal("https://a", "bob", Some("app"))).unwrap();
    let ids: Vec<_> = (0..20)
        .map(|client| {
            clock.advance(1);
            let ann = principal("https://a", "ann", Some(&format!("app-{client}")));
            (sessions.begin(&ann).unwrap(), ann)
        })
        .collect();
    let there: Vec<_> = ids.iter().map(|(id, ann)| sessions.touch(id, ann)).collect();
    assert_eq!(there.iter().rposition(|there| !there), Some(16), "{there:?}");
    assert!(sessions.touch(&bob, &principal("https://a", "bob", Some("app"))));
    assert_eq!(sessions.count(), 4);
}

#[test]
fn when_all_places_are_taken_there_is_none_and_nobody_loses_one() {
    let (sessions, clock) = sessions(8, 2);
    let own = sessions.begin(&ann()).unwrap();
    let strangers = ["x", "y", "z"].map(|sub| sessions.begin(&principal("https://a", sub, None)).is_some());
    assert_eq!(strangers, [true, false, false]);
    assert!(sessions.touch(&own, &ann()));
    clock.advance(IDLE_SECONDS + 1);
    assert!(
        !sessions.touch(&own, &ann()),
        "it ended when it was idle, before it was cleared away"
    );
    assert!(sessions.begin(&ann()).is_some());
    assert_eq!((sessions.count(), sessions.table().of_users.len()), (1, 1));
}

#[test]
fn a_later_stream_ends_the_earlier_one_and_a_stream_keeps_its_session() {
    let (sessions, clock) = sessions(8, 8);
    let id = sessions.begin(&ann()).unwrap();
    let earlier = sessions.listen(&id, &ann()).unwrap();
    let later = sessions.listen(&id, &ann()).unwrap();
    assert!(earlier.ended.is_cancelled() && !later.ended.is_cancelled());
    drop(earlier);
    clock.advance(IDLE_SECONDS + 1);
    assert!(sessions.touch(&id, &ann()), "somebody listens");
    clock.advance(IDLE_SECONDS + 1);
    drop(later);
    clock.advance(IDLE_SECONDS);
    assert!(sessions.touch(&id, &ann()), "the end of the stream was a use");
    let last = sessions.listen(&id, &ann()).unwrap();
    assert!(sessions.end(&id, &ann()) && last.ended.is_cancelled());
}

#[test]
fn owners_that_race_get_and_lose_only_their_own() {
    let (sessions, _) = sessions(4, 1_000);
    std::thread::scope(|threads| {
        for at in 0..8 {
            let (sessions, own) = (
                sessions.clone(),
                principal("https://a", &format!("user-{}", at % 2), None),
            );
            threads.spawn(move || {
                let other = principal("https://a", &format!("user-{}", (at + 1) % 2), None);
                for _ in 0..200 {
                    let id = sessions.begin(&own).unwrap();
                    assert!(!sessions.touch(&id, &other) && !sessions.end(&id, &other));
                    drop(sessions.listen(&id, &own));
                    sessions.end(&id, &own);
                }
            });
        }
    });
    assert_eq!((sessions.count(), sessions.table().of_users.len()), (0, 0));
}
