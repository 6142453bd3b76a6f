//! `slipway-explorer`: explores every scenario up to a bound and says what was found.

use clap::Parser;
use slipway_explorer::{
    explore::{Bound, explore},
    sabotage::Sabotage,
    scenario::scenarios,
};

#[derive(Parser)]
#[command(version, about = "Runs the operator through every crash, lost answer and interleaving")]
struct Cli {
    /// States of each scenario at the most.
    #[arg(long, default_value_t = 20_000)]
    states: usize,
    /// Only scenarios whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let (mut states, mut broken) = (0, 0);
    let began = std::time::Instant::now();
    for scenario in scenarios().iter().filter(|s| s.name.contains(&cli.only)) {
        let found = explore(scenario, Sabotage::None, Bound { states: cli.states })?;
        states += found.states;
        let end = if found.complete { "all of them" } else { "the bound" };
        println!(
            "{:<50} {:>8} states ({end}), {:>8} moves, depth {:>3}, {:.1} s",
            scenario.name,
            found.states,
            found.moves,
            found.depth,
            found.took.as_secs_f64()
        );
        if let Some(violation) = found.violation {
            broken += 1;
            println!("{violation}");
        }
    }
    println!("{states} states in {:.1} s", began.elapsed().as_secs_f64());
    anyhow::ensure!(broken == 0, "{broken} scenarios broke a promise");
    Ok(())
}
