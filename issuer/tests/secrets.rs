//! No secret is left behind: RFC 9700 sections 4.2 and 4.3, RFC 6749 section 10.3.

use std::fs;
use std::io::{Read, Seek};

use shared::random;

use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::{TestCode, TestIssuer, client, read, refresh_form, text};

#[actix_web::test]
async fn neither_the_log_nor_the_database_holds_a_secret() {
    let issuer = TestIssuer::now(TestDatabase::sqlite()).await;
    let client_id = issuer.client().await;
    let code = issuer.code(&client_id).await;
    let replayed = issuer.code(&client_id).await;
    let issuer = issuer.stop().await;
    let mut log = tempfile::tempfile().unwrap();
    let process = Process::start(&issuer, &[("RUST_LOG", "trace")], log.try_clone().unwrap()).await;

    let planted = random::token().unwrap();
    let secrets = use_them(&process, &code, &replayed, &planted).await;
    drop(process);

    let mut written = Vec::new();
    log.rewind().unwrap();
    log.read_to_end(&mut written).unwrap();
    assert!(contains(&written, "refresh_reuse"), "the log is there");
    let TestDatabase::Sqlite(folder) = &*issuer.database else {
        unreachable!();
    };
    for file in fs::read_dir(folder.path()).unwrap() {
        written.extend(fs::read(file.unwrap().path()).unwrap());
    }
    assert!(contains(&written, &code.grant_id.to_string()), "the database is there");
    assert_eq!(secrets.len(), 11);
    for secret in secrets {
        assert!(!contains(&written, &secret), "{secret} was left behind");
    }
}

/// Everything the token endpoint can do with these codes, and every secret that was on the way.
async fn use_them(process: &Process, code: &TestCode, replayed: &TestCode, planted: &str) -> Vec<String> {
    let url = format!("{}/oauth/token", process.url);
    let post = async |form: &[(&str, &str)]| {
        let answer = client().post(&url).form(form).send().await.unwrap();
        read(answer).await
    };
    let (_, first) = post(&code.form()).await;
    let (_, second) = post(&refresh_form(&code.client_id, text(&first, "refresh_token"))).await;
    let (_, third) = post(&refresh_form(&code.client_id, text(&second, "refresh_token"))).await;
    let dead = post(&refresh_form(&code.client_id, text(&first, "refresh_token"))).await;
    assert_eq!(dead.0, 400);
    for _ in 0..2 {
        post(&replayed.form()).await;
    }
    for name in ["code", "code_verifier", "client_secret", "client_id", "resource"] {
        post(&[
            ("client_id", &code.client_id),
            ("grant_type", "authorization_code"),
            (name, planted),
        ])
        .await;
    }
    post(&refresh_form(&code.client_id, &format!("rt1_{planted}"))).await;
    let basic = client().post(&url).basic_auth(&code.client_id, Some(planted));
    basic.form(&code.form()).send().await.unwrap();

    let tokens = [&first, &second, &third];
    let access = tokens.map(|answer| signature(text(answer, "access_token")));
    let refresh = tokens.map(|answer| text(answer, "refresh_token").to_owned());
    let codes = [code, replayed].map(|code| [code.code.clone(), code.verifier.clone()]);
    let all = access.into_iter().chain(refresh).chain(codes.into_iter().flatten());
    all.chain([planted.to_owned()]).collect()
}

fn signature(jwt: &str) -> String {
    jwt.rsplit('.').next().unwrap().to_owned()
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}
