//! What is typed, what it means, and what is said about mistakes.

use super::*;

const TABLE: &[Setting] = &[
    Setting {
        name: "ISSUER_LISTEN",
        flag: "listen",
        default: "8080",
        help: "Where.",
        secret: false,
    },
    Setting {
        name: "ISSUER_DATABASE_URL",
        flag: "database-url",
        default: "sqlite:x",
        help: "What.",
        secret: true,
    },
];

fn gather(variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Typed {
    let own = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<Vec<_>>()
    };
    Typed::gather(TABLE, &["ISSUER_"], own(variables), own(flags))
}

fn port(mut typed: Typed) -> Result<i64, Mistakes> {
    let port = typed.read("ISSUER_LISTEN", whole_number(0..=65_535));
    typed.finish(|| port)
}

#[test]
fn flags_go_before_variables_before_defaults() {
    assert_eq!(port(gather(&[], &[])), Ok(8080));
    assert_eq!(port(gather(&[("ISSUER_LISTEN", "1")], &[])), Ok(1));
    assert_eq!(
        port(gather(&[("ISSUER_LISTEN", "1")], &[("ISSUER_LISTEN", "2")])),
        Ok(2)
    );
    assert_eq!(
        port(gather(&[("ISSUER_LISTEN", "")], &[])),
        Ok(8080),
        "an empty variable is not set"
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let Err(Mistakes(mistakes)) = port(gather(&[("ISSUER_LISTEN", "nowhere"), ("ISSUER_LISTNE", "x")], &[])) else {
        panic!("must be refused")
    };
    assert_eq!(
        mistakes,
        [
            "ISSUER_LISTNE: there is no such setting; did you mean ISSUER_LISTEN?",
            "ISSUER_LISTEN=nowhere: must be a whole number"
        ]
    );
}

#[test]
fn other_programs_variables_are_not_ours() {
    assert_eq!(port(gather(&[("RESOURCE_X", "1"), ("PATH", "/")], &[])), Ok(8080));
}

#[test]
fn variables_of_a_kubernetes_service_named_issuer_are_not_refused() {
    let link = [
        ("ISSUER_PORT", "tcp://10.0.0.1:80"),
        ("ISSUER_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("ISSUER_SERVICE_HOST", "10.0.0.1"),
        ("ISSUER_SERVICE_PORT_HTTP", "80"),
    ];
    assert_eq!(port(gather(&link, &[])), Ok(8080));
}

#[test]
fn a_secret_comes_from_a_file_without_its_last_newline_and_is_never_shown() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "postgres://u:planted@h/d\n").unwrap();
    let mut typed = gather(&[("ISSUER_DATABASE_URL_FILE", file.path().to_str().unwrap())], &[]);
    assert_eq!(typed.text("ISSUER_DATABASE_URL"), "postgres://u:planted@h/d");
    assert!(!format!("{:?}", typed.effective()).contains("planted"));
    assert_eq!(typed.read("ISSUER_DATABASE_URL", |_| Err::<(), _>("no")), None);
    assert!(!typed.finish(|| Some(())).unwrap_err().to_string().contains("planted"));
}

#[test]
fn a_secret_given_twice_or_by_a_missing_file_is_a_mistake() {
    let typed = gather(
        &[
            ("ISSUER_DATABASE_URL", "a"),
            ("ISSUER_DATABASE_URL_FILE", "/nonexistent"),
        ],
        &[],
    );
    assert!(
        port(typed)
            .unwrap_err()
            .to_string()
            .contains("cannot read /nonexistent")
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let typed = gather(
        &[
            ("ISSUER_DATABASE_URL", "a"),
            ("ISSUER_DATABASE_URL_FILE", file.path().to_str().unwrap()),
        ],
        &[],
    );
    assert!(port(typed).unwrap_err().to_string().contains("both set"));
}

#[test]
fn every_default_is_shown_in_the_help() {
    let help = flags(Command::new("x"), TABLE).render_help().to_string();
    assert!(help.contains("--listen") && help.contains("ISSUER_DATABASE_URL") && help.contains("sqlite:x"));
}
