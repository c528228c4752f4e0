//! Starting, watching and ending the two programs.
//!
//! 1. The settings of both are read, and their ports tried.
//! 2. The issuer is started, and when it can serve, the resource server.
//! 3. What to do next is printed.
//! 4. Both run until Ctrl-C or SIGTERM, or until one of them ends, which ends the other.
//! 5. Both are gone before this process is.
//!
//! Easy to get wrong: when a program cannot start, its own line says why. Nothing here may bury that
//! line, hence one program after the other.

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::Duration;

use shared::fetch::Fetch;
use shared::http::health::is_ready;
use shared::http::listen::Listen;
use shared::shutdown::asked_to_end;
use tokio::time::{Instant, interval, timeout};

use crate::banner;
use crate::plan::Plan;
use crate::program::{Output, Program};

/// Between two questions whether a program can serve.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// After this time a person is told what a program still waits for.
const PATIENCE: Duration = Duration::from_secs(20);
/// For a line that was printed before the program could serve, and is still in the pipe.
const PIPE: Duration = Duration::from_millis(300);

/// Runs both programs until they shall end.
pub(crate) fn run() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(supervise()),
        Err(error) => Err(error.to_string()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("start: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn supervise() -> Result<(), String> {
    let stop = asked_to_end().map_err(|error| error.to_string())?;
    let variables: Vec<_> = shared::settings::variables().collect();
    let plan = Plan::read(variables)?;
    plan.try_ports()?;
    let mut pair = Pair::default();
    let mut printed = Printed::default();
    let outcome = tokio::select! {
        () = stop => Ok(()),
        outcome = pair.serve(&plan, &mut printed) => outcome.map(|never| match never {}),
    };
    let ended = pair.end().await;
    outcome.and(ended)
}

/// What the programs print. Kept until they have ended: a program that prints into a closed pipe
/// could end in another way than it would.
#[derive(Debug, Default)]
struct Printed {
    issuer: Option<Output>,
    resource: Option<Output>,
}

/// What runs.
#[derive(Debug, Default)]
struct Pair {
    issuer: Option<Program>,
    resource: Option<Program>,
}

impl Pair {
    /// Starts both and watches them. Returns only when one has ended or cannot be started.
    async fn serve(&mut self, plan: &Plan, printed: &mut Printed) -> Result<Infallible, String> {
        let (issuer, lines) = start("issuer")?;
        (self.issuer, printed.issuer) = (Some(issuer), lines);
        let tls = plan.issuer.protection.tls.is_some();
        self.until(ready("the issuer", &plan.issuer.listen, tls)).await??;

        let (resource, lines) = start("resource")?;
        (self.resource, printed.resource) = (Some(resource), lines);
        let tls = plan.resource.tls.is_some();
        self.until(ready("the resource server", &plan.resource.listen, tls))
            .await??;

        let link = self.until(first_link(&mut printed.issuer)).await?;
        banner::print(&banner::next_steps(plan, link.as_deref()));
        let both = async { tokio::join!(pass_on(&mut printed.issuer), pass_on(&mut printed.resource)).0 };
        self.until(both).await
    }

    /// `work`, or the error that one of the programs ended meanwhile.
    async fn until<T>(&mut self, work: impl Future<Output = T>) -> Result<T, String> {
        tokio::select! {
            biased;
            died = end_of(&mut self.issuer) => Err(died),
            died = end_of(&mut self.resource) => Err(died),
            value = work => Ok(value),
        }
    }

    /// Ends what runs; every complaint is told.
    async fn end(self) -> Result<(), String> {
        let (issuer, resource) = tokio::join!(end(self.issuer), end(self.resource));
        let told: Vec<_> = [issuer, resource].into_iter().filter_map(Result::err).collect();
        if told.is_empty() { Ok(()) } else { Err(told.join("; ")) }
    }
}

fn start(name: &'static str) -> Result<(Program, Option<Output>), String> {
    Program::start(name).map_err(|error| format!("cannot start {name}: {error}"))
}

/// Complete when the program has ended; its own last line says why.
async fn end_of(program: &mut Option<Program>) -> String {
    let Some(program) = program else {
        return std::future::pending().await;
    };
    let title = program.title();
    match program.ended().await {
        Ok(status) => format!("{title} ended ({status}), and so both do; what it said is above"),
        Err(error) => format!("{title} is lost: {error}"),
    }
}

async fn end(program: Option<Program>) -> Result<(), String> {
    match program {
        Some(program) => program.end().await,
        None => Ok(()),
    }
}

/// Complete when the program that listens there can serve.
async fn ready(title: &str, listen: &Listen, tls: bool) -> Result<(), String> {
    let fetch = Fetch::of_this_machine().map_err(|error| error.to_string())?;
    let mut ticks = interval(ASK_EVERY);
    let since = Instant::now();
    let mut told = false;
    loop {
        ticks.tick().await;
        let Err(missing) = is_ready(&fetch, listen, tls).await else {
            return Ok(());
        };
        if !told && since.elapsed() > PATIENCE {
            eprintln!("start: still waiting for {title}: {missing}");
            told = true;
        }
    }
}

/// The one-time link, when the issuer has printed one. It prints it before it serves.
async fn first_link(lines: &mut Option<Output>) -> Option<String> {
    let line = timeout(PIPE, lines.as_mut()?.next_line()).await.ok()?.ok()??;
    banner::setup_link(&line).map(str::to_owned)
}

/// Passes on whatever a program prints; never complete, for a program that prints nothing more still runs.
async fn pass_on(lines: &mut Option<Output>) -> Infallible {
    if let Some(lines) = lines {
        while let Ok(Some(line)) = lines.next_line().await {
            banner::print(&line);
        }
    }
    std::future::pending().await
}
