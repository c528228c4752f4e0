//! How much the programs need before anybody asks them for anything.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::resident;
use crate::issuer_server::IssuerServer;
use crate::report::{Figure, Scenario, micros, spread};
use crate::server::Server;
use crate::tokens;
use crate::tools::{self, Wire};

/// Starts of one program that are measured.
const STARTS: usize = 9;

/// How soon each program answers when its keys and database are there, and how much memory it takes idle.
pub(super) async fn small() -> Result<Scenario, String> {
    let mut issuer = IssuerServer::start("issuer", "0").await?;
    let (mut of_issuer, mut of_resource, mut figures) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = Vec::new();
    for _ in 0..STARTS {
        issuer = issuer.restart("issuer", "0").await?;
        of_issuer.push(micros(issuer.server.started_in) / 1000.0);
    }
    figures.push(resident(&issuer.server, "issuer, idle")?);
    let token = tokens::access_token(&issuer).await?;
    let resource = tools::start("resource", "resource", &issuer, &[]).await?;
    figures.push(resident(&resource, "resource, idle")?);
    drop(resource);
    for at in 0..STARTS {
        let mut resource = tools::start_early("resource", &issuer).await?;
        let first_found = first_search(&mut resource, &token).await?;
        if at > 0 {
            of_resource.push(micros(resource.started_in) / 1000.0);
            found.push(micros(first_found) / 1000.0);
        }
    }
    for (name, times) in [
        ("issuer, from its start to its first answer", of_issuer),
        ("resource, from its start to its first answer", of_resource),
        ("resource, to the answer of a search sent then", found),
    ] {
        let times = spread(times);
        for (which, value) in [("median", times.median), ("most", times.max)] {
            let name = format!("{name}, {which}");
            figures.push(Figure::new(&name, value, "ms"));
        }
    }
    for name in ["issuer", "resource"] {
        figures.extend(size(name));
        figures.extend(image(name));
    }
    Ok(Scenario {
        name: "small".to_owned(),
        series: Vec::new(),
        figures,
    })
}

/// From its start to the answer of a search that is sent at once.
async fn first_search(resource: &mut Server, token: &str) -> Result<Duration, String> {
    let query = json!({"query": "banana, raw"});
    let mut call = Wire::V2026.call("search_food", &query, Some(token));
    resource.first(&mut call).await
}

/// The size of a program that was built beside this one.
fn size(name: &str) -> Option<Figure> {
    let file = std::env::current_exe().ok()?.with_file_name(name);
    let bytes = u32::try_from(std::fs::metadata(file).ok()?.len()).ok()?;
    Some(megabytes(
        &format!("{name}, the program, which is what the image has beside its base"),
        bytes,
    ))
}

/// The size of its image, where Docker has one.
fn image(name: &str) -> Option<Figure> {
    let docker = |arguments: &[&str]| {
        let output = Command::new("docker").args(arguments).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let all = docker(&["image", "ls", "--format", "{{.Repository}} {{.ID}}"])?;
    let mut all = all.lines().filter_map(|line| line.split_once(' '));
    let (repository, id) = all.find(|(repository, _)| repository.ends_with(name))?;
    let bytes = docker(&["image", "inspect", "--format", "{{.Size}}", id])?;
    Some(megabytes(
        &format!("{name}, the image {repository} with its base"),
        bytes.trim().parse().ok()?,
    ))
}

fn megabytes(name: &str, bytes: u32) -> Figure {
    Figure::new(name, f64::from(bytes) / 1e6, "MB")
}
