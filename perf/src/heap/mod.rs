//! Where memory is asked for: the three programs, built with `dhat` in place of their allocator, under a small load.

mod site;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use self::site::Profile;
pub(crate) use self::site::Site;
use crate::{figure::Figure, machine::Machine, report::Report};

/// The programs, each with the subcommand that is measured; others leave profiles, too.
const PROGRAMS: [(&str, &str); 3] = [("slipway-api", "serve"), ("slipway-operator", "run"), ("slipway-migrate", "run")];
/// A server that stops names every frame of every way to an allocation, which takes longer than a testbed usually waits.
const STOP_SECONDS: u32 = 300;
const MB: f64 = 1e6;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The testbed's folder, inside the project.
    #[arg(long, default_value = ".slipway")]
    state: PathBuf,
    /// Servers that are ordered one after the other.
    #[arg(long, default_value_t = 10)]
    servers: u32,
    /// Users at once, after that.
    #[arg(long, default_value_t = 20)]
    users: u32,
    /// How long they act.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Clients of the WHMCS that is carried over.
    #[arg(long, default_value_t = 5_000)]
    clients: u32,
}

pub(crate) fn measure(options: &Options) -> Result<Report> {
    let machine = Machine::here();
    let state = options.state.canonicalize().with_context(|| format!("there is no {}", options.state.display()))?;
    // The programs leave their profiles in the folder that they are started in.
    let folder = state.join("heap");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let Options { servers, users, seconds, clients, .. } = options;
    let workflow = format!(
        "--slipway --stop-seconds {STOP_SECONDS} -- workflow --servers {servers} --users {users} --seconds {seconds}"
    );
    lab(&state, &folder, &workflow)?;
    lab(&state, &folder, &format!("-- migration --clients 0 --memory-clients {clients}"))?;
    let (mut figures, mut sites) = (Vec::new(), Vec::new());
    let profiles = Profile::all(&folder)?;
    for (program, command) in PROGRAMS {
        let profile = Profile::of(&profiles, &format!("{program} {command}"))?;
        figures.extend(sums(program, profile));
        sites.extend(profile.sites(program));
    }
    fs::remove_dir_all(&folder)?;
    let about = format!(
        "Heap profiles (dhat) of the programs, little optimized: {servers} servers ordered, then {users} users for {seconds} s; \
         a WHMCS of {clients} clients carried over. A place is the innermost function of Slipway's own on the way to the allocation."
    );
    Ok(Report { sites, ..Report::new("Heap", machine, figures).about(&about) })
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn sums(program: &str, profile: &Profile) -> [Figure; 3] {
    let named = |what: &str| format!("{program}: {what}");
    [
        Figure::measured(named("heap at its most"), "MB", vec![profile.at_most() as f64 / MB]),
        Figure::measured(named("asked for in all"), "MB", vec![profile.bytes() as f64 / MB]),
        Figure::measured(named("blocks in all"), "", vec![profile.blocks() as f64]),
    ]
}

/// Runs a part of this program in a lab of the programs beside it. When it has ended, they all have.
fn lab(state: &Path, folder: &Path, what: &str) -> Result<()> {
    let me = env::current_exe()?;
    let (of_testbed, part) = what.split_once("-- ").context("no part")?;
    let mut testbed = Command::new(me.with_file_name("testbed"));
    testbed.current_dir(folder).arg("--state").arg(state).arg("with").args(of_testbed.split_whitespace());
    testbed.arg("--").arg(&me).args(part.split_whitespace());
    eprintln!("{part}");
    let status = testbed.status().with_context(|| format!("{testbed:?} could not be started"))?;
    ensure!(status.success(), "{part}: {status}");
    Ok(())
}
