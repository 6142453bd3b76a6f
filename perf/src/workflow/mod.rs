//! The whole of Slipway, all of its programs as processes: how long each hop of a create takes, many users at once, and the
//! same while Proxmox is in trouble. `testbed with --slipway` starts everything; load and servers share the machine.

mod bare;
mod catalogue;
mod crowd;
mod faults;
mod hops;
mod user;

use std::path::PathBuf;

use anyhow::Result;

use self::{bare::Proxmox, crowd::Crowd, user::User};
use crate::{figure::Figure, machine::Machine, report::Report};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Servers that are ordered one after the other, hop by hop.
    #[arg(long, default_value_t = 20)]
    servers: u32,
    /// Users at once; 0 leaves them out.
    #[arg(long, default_value_t = 200)]
    users: u32,
    /// How long they act.
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// A quarter of them act on while Proxmox's faults are on, this long.
    #[arg(long, default_value_t = 60)]
    soak_seconds: u64,
    /// Switches faults on for the last part.
    #[arg(long)]
    faults: bool,
    #[command(flatten)]
    place: Place,
}

/// As `testbed with --slipway` says it.
#[derive(Debug, Clone, clap::Args)]
struct Place {
    #[arg(long, env = "SLIPWAY_URL")]
    url: String,
    #[arg(long, env = "SLIPWAY_PROXMOX_URL")]
    proxmox: String,
    #[arg(long, env = "SLIPWAY_TEST_STATE")]
    state: PathBuf,
    #[arg(long, env = "SLIPWAY_TEST_KUBECONFIG")]
    kubeconfig: PathBuf,
    #[arg(long, env = "SLIPWAY_E2E_STAFF_EMAIL")]
    staff: String,
    #[arg(long, env = "SLIPWAY_E2E_STAFF_PASSWORD", hide_env_values = true)]
    staff_password: String,
}

pub(crate) fn measure(options: &Options) -> Result<Report> {
    let machine = Machine::here();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let figures = runtime.block_on(all(options))?;
    Ok(Report::new("Workflow", machine, figures).about(
        "All programs of Slipway as processes, Proxmox's testbed five times as fast as Proxmox, databases, control plane and load \
         on the same machine. A request that goes wrong, or an operation that never ends, fails the measurement.",
    ))
}

async fn all(options: &Options) -> Result<Vec<Figure>> {
    let place = &options.place;
    let kubernetes = catalogue::furnish(&place.kubeconfig).await?;
    let proxmox = Proxmox::open(&place.proxmox, &place.state)?;
    let staff = User::login(&place.url, &place.staff, &place.staff_password, None).await?;
    let mut figures = hops::measure(&staff, &kubernetes, &proxmox, options.servers).await?;
    if options.users > 0 {
        let mut crowd = Crowd::gather(&staff, &place.url, options.users).await?;
        figures.extend(crowd.act(options.seconds, "users").await?);
        if options.faults {
            crowd.keep(options.users.div_ceil(4) as usize);
            let storm = faults::Storm::begin(&proxmox).await?;
            let (acted, stormed) = tokio::join!(
                crowd.act(options.soak_seconds, "users, Proxmox in trouble"),
                storm.pass(options.soak_seconds)
            );
            stormed?;
            figures.extend(acted?);
        }
    }
    Ok(figures)
}
