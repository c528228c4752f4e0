//! The packages that the programs need, installed once below the target folder, from the exact versions that lie
//! beside the programs. Where they cannot be installed, the tests say so and are passed over; with `INTEROP_REQUIRED`
//! in the environment, as in `.ci/run`, they fail.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What runs a program.
#[derive(Clone, Copy)]
pub(super) enum Language {
    Node,
    Python,
}

impl Language {
    fn folder(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Python => "python",
        }
    }

    /// The file that names every package and its version.
    fn versions(self) -> &'static str {
        match self {
            Self::Node => "package-lock.json",
            Self::Python => "requirements.txt",
        }
    }

    fn interpreter(self, folder: &Path) -> PathBuf {
        match self {
            Self::Node => PathBuf::from("node"),
            Self::Python => folder.join("venv/bin/python"),
        }
    }

    fn install(self, folder: &Path) -> Result<(), String> {
        match self {
            Self::Node => {
                let npm =
                    "npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-retry-mintimeout=1000";
                run(npm, folder)
            }
            Self::Python => {
                run("python3 -m venv --clear venv", folder)?;
                run(
                    "venv/bin/pip install --quiet --retries 1 --requirement requirements.txt",
                    folder,
                )
            }
        }
    }
}

/// A command that runs one of the programs, or `None` with a plain message where its packages cannot be installed.
pub(super) fn program(language: Language, name: &str) -> Option<Command> {
    match installed(language) {
        Ok(folder) => {
            let mut command = Command::new(language.interpreter(&folder));
            command.arg(folder.join(name)).stdin(Stdio::null());
            Some(command)
        }
        Err(why) => missing(&why),
    }
}

/// Says what is missing.
pub(super) fn missing<T>(why: &str) -> Option<T> {
    assert!(env::var_os("INTEROP_REQUIRED").is_none(), "{why}");
    println!("skipped: {why}");
    None
}

/// The folder with the programs and their packages.
fn installed(language: Language) -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/interop")
        .join(language.folder());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("interop")
        .join(language.folder());
    fs::create_dir_all(&folder).unwrap();
    // Tests of other processes install here, too.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    for entry in fs::read_dir(&source).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // what somebody installed beside them
        }
        replace(&folder.join(path.file_name().unwrap()), &fs::read(&path).unwrap());
    }
    let (wanted, done) = (
        fs::read(source.join(language.versions())).unwrap(),
        folder.join("installed"),
    );
    if fs::read(&done).ok().as_ref() != Some(&wanted) {
        language.install(&folder)?;
        fs::write(done, wanted).unwrap();
    }
    run(
        &format!("{} --version", language.interpreter(&folder).display()),
        &folder,
    )?;
    Ok(folder)
}

/// Writes a file that another test may be reading: it sees the old one or the new one.
fn replace(path: &Path, text: &[u8]) {
    if fs::read(path).is_ok_and(|there| there == text) {
        return;
    }
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

/// Runs a command line; in words what went wrong.
fn run(line: &str, folder: &Path) -> Result<(), String> {
    let mut words = line.split(' ');
    let output = Command::new(words.next().unwrap())
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run `{line}`: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` fails: {said}"))
    }
}
