//! `slipway-migrate`: leave WHMCS in an evening.

use std::process::ExitCode;

use clap::Parser as _;
use slipway_migrate::cli::{Cli, Command};
use slipway_migrate::command::{Ended, check, map, report, rollback, run, verify};
use slipway_migrate::mapping::Mapping;

/// Batches of a few MiB come and go on several threads: other allocators keep twice as much of them.
#[cfg(not(feature = "dhat"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "dhat")]
#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

#[tokio::main]
async fn main() -> ExitCode {
    #[cfg(feature = "dhat")]
    let _profile = dhat::Profiler::builder()
        .file_name(format!("dhat-{}.json", std::process::id()))
        .trim_backtraces(Some(40))
        .build();
    let cli = Cli::parse();
    match command(&cli).await {
        Ok(ended) => ended.into(),
        Err(error) => {
            if cli.json {
                eprintln!("{}", serde_json::json!({ "error": format!("{error:#}") }));
            } else {
                eprintln!("error: {error:#}");
            }
            Ended::InError.into()
        }
    }
}

async fn command(cli: &Cli) -> anyhow::Result<Ended> {
    match &cli.command {
        Command::Check(args) => {
            let (checked, ended) = check::check(args).await?;
            print(cli.json, &checked, check::Checked::text)?;
            Ok(ended)
        }
        Command::Run(args) => {
            let (summary, ended) = run::run(args, cli.json).await?;
            print(cli.json, &summary, run::Summary::text)?;
            Ok(if args.tolerate_findings { ended.tolerating_findings() } else { ended })
        }
        Command::Verify(args) => {
            let (verified, ended) = verify::verify(args, cli.json).await?;
            print(cli.json, &verified, verify::Verified::text)?;
            Ok(ended)
        }
        Command::Report(args) => {
            let (report, ended) = report::report(args, cli.json).await?;
            print(cli.json, &report, |_| format!("{} is written\n", args.html.display()))?;
            Ok(ended)
        }
        Command::Rollback(args) => {
            let (removed, ended) = rollback::rollback(args).await?;
            print(cli.json, &removed, rollback::RolledBack::text)?;
            Ok(ended)
        }
        Command::Map(args) if args.schema => {
            println!("{}", serde_json::to_string_pretty(&Mapping::schema())?);
            Ok(Ended::Well)
        }
        Command::Map(args) => {
            let (mapped, ended) = map::map(args).await?;
            print(cli.json, &mapped, map::Mapped::text)?;
            Ok(ended)
        }
    }
}

fn print<T: serde::Serialize>(json: bool, what: &T, text: impl Fn(&T) -> String) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(what)?);
    } else {
        // Names of customers come from anywhere: none of them moves a terminal's cursor.
        print!("{}", text(what).replace(|c: char| c.is_control() && c != '\n', "\u{fffd}"));
    }
    Ok(())
}
