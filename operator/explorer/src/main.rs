//! `slipway-explorer`: explores every scenario up to a bound and says what was found.

use std::{fs, path::PathBuf, sync::Mutex, thread, time::Instant};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use slipway_explorer::{
    drill::{Matrix, Operation, Row, put_into, summary, table},
    explore::{Bound, Explored, Violation, explore},
    sabotage::Sabotage,
    scenario::{Scenario, scenarios},
    wire::Wire,
};

/// An exploration mostly clones: a third of its time goes to the allocator otherwise.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(version, about = "Runs the operator through every crash, lost answer and interleaving")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// States of each scenario at the most.
    #[arg(long, global = true, default_value_t = 2_000)]
    states: usize,
    /// Only scenarios whose name holds this.
    #[arg(long, global = true, default_value = "")]
    only: String,
}

#[derive(Subcommand)]
enum Command {
    /// The operator as it is: no promise may break.
    Prove,
    /// Operators with a known mistake: each must be caught.
    Broken,
    /// What is explored, in words.
    List,
    /// Each operation with each mishap at each of its calls; `--only` chooses operations, `--mishap` what goes wrong.
    Matrix(MatrixArgs),
}

#[derive(Args)]
struct MatrixArgs {
    /// Only mishaps whose name holds this.
    #[arg(long, default_value = "")]
    mishap: String,
    /// Only what every step must survive: lost, killed, sent twice; not the faults of the testbed.
    #[arg(long)]
    steps: bool,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Calls go through the operator's own client to a testbed over HTTPS.
    #[arg(long)]
    https: bool,
    /// A document with a place for the whole matrix, which is written there when no promise broke.
    #[arg(long)]
    write: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let chosen: Vec<Scenario> = scenarios().into_iter().filter(|s| s.name.contains(&cli.only)).collect();
    let bound = Bound { states: cli.states };
    match cli.command {
        Command::Prove => prove(&chosen, bound),
        Command::Broken => broken(&chosen, bound),
        Command::List => {
            for scenario in chosen {
                println!("{scenario}");
            }
            Ok(())
        }
        Command::Matrix(args) => matrix(&cli.only, &args),
    }
}

fn matrix(only: &str, args: &MatrixArgs) -> anyhow::Result<()> {
    let began = Instant::now();
    let wire = if args.https { Wire::https()? } else { Wire::Direct };
    let chosen = |row: &Row, operation: &Operation| {
        let is_chosen = matches!(row, Row::Step(..)) || !args.steps;
        is_chosen && operation.name.contains(only) && row.name().contains(&args.mishap)
    };
    let matrix = Matrix::run(args.threads, &wire, chosen, |name, part| {
        for (place, promise) in &part.broken {
            println!("{place}: {promise}");
        }
        println!("{name}: {} runs, {:.1} s", part.runs, began.elapsed().as_secs_f64());
    });
    print!("{}", table(&matrix.cells));
    println!("{} {:.1} s", summary(&matrix), began.elapsed().as_secs_f64());
    let broken = matrix.broken.len();
    anyhow::ensure!(broken == 0, "{broken} runs broke a promise");
    if let Some(path) = &args.write {
        anyhow::ensure!(only.is_empty() && args.mishap.is_empty() && !args.steps, "only the whole matrix is written");
        let document = put_into(&fs::read_to_string(path)?, &matrix);
        fs::write(path, document.context("the document has no place for the matrix, `<!-- matrix: … -->`")?)?;
    }
    Ok(())
}

/// Two scenarios at a time, as many as there are cores on the smallest machine; told in their order.
fn prove(chosen: &[Scenario], bound: Bound) -> anyhow::Result<()> {
    let began = Instant::now();
    let next = Mutex::new(0);
    let found: Vec<Mutex<Option<anyhow::Result<Explored>>>> = chosen.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((scenario, slot)) = take(&next, chosen, &found) {
                    let explored = explore(scenario, Sabotage::None, bound);
                    if let Ok(explored) = &explored {
                        println!("{}", line(scenario, explored));
                    }
                    *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(explored);
                }
            });
        }
    });
    let (mut states, mut moves, mut violations) = (0, 0, 0);
    for slot in found {
        let Some(explored) = slot.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) else { continue };
        let explored = explored?;
        states += explored.states;
        moves += explored.moves;
        if let Some(violation) = explored.violation {
            violations += 1;
            println!("{violation}");
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = states as f64 / seconds;
    println!(
        "{states} states, {moves} moves, at most {} states a scenario, {seconds:.1} s, {rate:.0} states/s",
        bound.states
    );
    anyhow::ensure!(violations == 0, "{violations} scenarios broke a promise");
    Ok(())
}

fn take<'a, T>(next: &Mutex<usize>, chosen: &'a [Scenario], found: &'a [T]) -> Option<(&'a Scenario, &'a T)> {
    let mut next = next.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let at = *next;
    *next += 1;
    Some((chosen.get(at)?, found.get(at)?))
}

fn line(scenario: &Scenario, explored: &Explored) -> String {
    let end = if explored.complete { "all" } else { "bound" };
    let (name, took) = (scenario.name, explored.took.as_secs_f64());
    let (states, moves, depth) = (explored.states, explored.moves, explored.depth);
    format!("{name:<48} {states:>8} states ({end:<5}) {moves:>8} moves, depth {depth:>3}, {took:>6.1} s")
}

fn broken(chosen: &[Scenario], bound: Bound) -> anyhow::Result<()> {
    let mut missed = 0;
    for sabotage in Sabotage::ALL {
        let mut caught = None;
        for scenario in chosen {
            let explored = explore(scenario, sabotage, bound)?;
            let own = |v: &Violation| sabotage.breaks().iter().any(|words| v.promise.contains(words));
            if let Some(violation) = explored.violation.filter(own) {
                caught = Some((scenario.name, explored.states, violation));
                break;
            }
        }
        if let Some((scenario, states, violation)) = caught {
            println!("{sabotage:?}: caught in \"{scenario}\" after {states} states: {violation}");
        } else {
            missed += 1;
            println!("{sabotage:?}: NOT caught");
        }
    }
    anyhow::ensure!(missed == 0, "{missed} broken operators were not caught");
    Ok(())
}
