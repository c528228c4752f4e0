//! Makes the pack of foods from the unpacked source packages, or checks that the committed one is what they give.
//!
//! 1. Read the input files and compare each SHA-256 with the pinned one.
//! 2. Turn them into foods; those without an id get the one of the committed list beside the pack.
//! 3. Write the pack and the list, or compare them.
//!
//! `resource/data/rebuild.sh` fetches the packages and runs this.

mod csv;
mod ids;
mod inputs;
mod sr28;
mod survey;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ids::Ids;
use resource::food::pack::{self, Pack};
use sha2::{Digest, Sha256};

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    match run(&command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("food-pack: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    Command::new("food-pack")
        .about("Makes the pack of foods from the unpacked source packages")
        .arg(path("sr28", "Folder of the SR28 text files (FOOD_DES.txt ...)"))
        .arg(path("survey", "Folder with fooddata.csv"))
        .arg(path("pack", "The pack to write, or to compare with --check"))
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Write nothing; fail if the pack differs"),
        )
}

fn run(arguments: &ArgMatches) -> Result<(), Failure> {
    let path = |name: &str| arguments.get_one::<PathBuf>(name).ok_or("an argument is missing");
    let file = path("pack")?;
    let list = file.with_file_name("survey-ids.tsv");
    let mut ids = Ids::read(&list)?;
    let pack = build(path("sr28")?, path("survey")?, &mut ids)?;
    let ids = ids.finish()?;
    let bytes = pack::write(&pack)?;
    if pack::read(&bytes)? != pack {
        return Err("the pack does not read back as it was written".into());
    }
    report(&pack, &bytes);
    for (file, bytes) in [(list.as_path(), ids.as_bytes()), (file.as_path(), bytes.as_slice())] {
        if arguments.get_flag("check") {
            compare(file, bytes)?;
        } else {
            std::fs::write(file, bytes)?;
        }
    }
    Ok(())
}

fn compare(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if std::fs::read(file)? == bytes {
        println!("{} is what the sources give", file.display());
        Ok(())
    } else {
        Err(format!("{} is not what the sources give", file.display()).into())
    }
}

fn build(sr28: &Path, survey: &Path, ids: &mut Ids) -> Result<Pack, Failure> {
    let mut pack = sr28::read(sr28)?;
    let mut dishes = survey::read(survey, &pack.definitions, ids)?;
    pack.foods.append(&mut dishes);
    Ok(pack)
}

fn report(pack: &Pack, bytes: &[u8]) {
    let values: usize = pack.foods.iter().map(|food| food.nutrients.len()).sum();
    let portions: usize = pack.foods.iter().map(|food| food.portions.len()).sum();
    println!(
        "{} foods, {} nutrients, {values} values, {portions} portions, {} bytes, sha256 {}",
        pack.foods.len(),
        pack.definitions.len(),
        bytes.len(),
        inputs::hex(&Sha256::digest(bytes)),
    );
}
