//! The few commands a guest knows, run without a shell: enough to see that it is the guest one thinks it is.

use super::{World, guest};
use crate::{
    model::{Vmid, agent::Job, vm::Vm},
    request::Millis,
};

/// Commands that do nothing one could see, and succeed.
const SILENT: [&str; 16] = [
    "apt-get",
    "chmod",
    "chown",
    "cloud-init",
    "dnf",
    "growpart",
    "mkdir",
    "mount",
    "resize2fs",
    "service",
    "sync",
    "systemctl",
    "touch",
    "true",
    "useradd",
    "usermod",
];

/// What a command does: text on both outputs, exit code, and how long it takes.
#[derive(Debug, Default)]
struct Outcome {
    out: String,
    err: String,
    exit: i32,
    takes: Millis,
}

impl Outcome {
    fn line(text: impl Into<String>) -> Self {
        Self { out: text.into() + "\n", ..Self::default() }
    }

    fn failed(exit: i32, err: String) -> Self {
        Self { err, exit, ..Self::default() }
    }
}

impl World {
    /// Starts a command in a guest. The error is what the agent says when there is no such program.
    pub(crate) fn run_in_guest(&self, vmid: Vmid, vm: &Vm, command: &[String], input: &str) -> Result<Job, String> {
        let Some((program, arguments)) = command.split_first() else {
            return Err("Guest agent command failed, error was 'Empty command'".to_owned());
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let outcome = execute(vmid, vm, program, &arguments, input).ok_or_else(|| {
            format!(
                "Guest agent command failed, error was 'Failed to execute child process \u{201c}{program}\u{201d} (No such file or directory)'"
            )
        })?;
        let Outcome { out, err, exit, takes } = outcome;
        Ok(Job { ends: self.now + takes, exit, out, err })
    }
}

/// `None` when there is no such program.
fn execute(vmid: Vmid, vm: &Vm, program: &str, arguments: &[&str], input: &str) -> Option<Outcome> {
    let name = program.rsplit('/').next().unwrap_or(program);
    Some(match name {
        "sh" | "bash" => script(vmid, vm, arguments, input),
        "cat" if arguments.is_empty() => Outcome { out: input.to_owned(), ..Outcome::default() },
        "cat" => cat(vmid, vm, arguments),
        "echo" => Outcome::line(arguments.join(" ")),
        "false" => Outcome::failed(1, String::new()),
        "hostname" => Outcome::line(guest::host_name(vmid, vm)),
        "id" => Outcome::line("uid=0(root) gid=0(root) groups=0(root)"),
        "sleep" => {
            let seconds: f64 = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(0.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a test")]
            let takes = (seconds.clamp(0.0, 86_400.0) * 1000.0) as Millis;
            Outcome { takes, ..Outcome::default() }
        }
        "uname" => Outcome::line(uname(vmid, vm, arguments)),
        "whoami" => Outcome::line("root"),
        name if SILENT.contains(&name) => Outcome::default(),
        _ => return None,
    })
}

/// `sh -c 'command'`, or a script on standard input: simple commands one after the other.
fn script(vmid: Vmid, vm: &Vm, arguments: &[&str], input: &str) -> Outcome {
    let text = match arguments {
        ["-c", text, ..] => text,
        _ => input,
    };
    let mut all = Outcome::default();
    for line in text.split(['\n', ';']).flat_map(|line| line.split("&&")).map(str::trim) {
        let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        let Some(program) = words.next().filter(|word| !word.starts_with('#')) else { continue };
        let arguments: Vec<&str> = words.collect();
        let next = execute(vmid, vm, program, &arguments, "")
            .unwrap_or_else(|| Outcome::failed(127, format!("sh: 1: {program}: not found\n")));
        all.out.push_str(&next.out);
        all.err.push_str(&next.err);
        all.takes += next.takes;
        all.exit = next.exit;
    }
    all
}

fn cat(vmid: Vmid, vm: &Vm, files: &[&str]) -> Outcome {
    let mut all = Outcome::default();
    for file in files {
        if let Some(text) = guest::read_file(vmid, vm, file) {
            all.out.push_str(&text);
        } else {
            all.err += "cat: ";
            all.err += file;
            all.err += ": No such file or directory\n";
            all.exit = 1;
        }
    }
    all
}

fn uname(vmid: Vmid, vm: &Vm, options: &[&str]) -> String {
    let (release, version) = guest::kernel(vm);
    let host = guest::host_name(vmid, vm);
    match options {
        ["-a" | "--all"] => format!("Linux {host} {release} {version} x86_64 GNU/Linux"),
        ["-r"] => release.to_owned(),
        ["-n"] => host,
        ["-m"] => "x86_64".to_owned(),
        ["-v"] => version.to_owned(),
        _ => "Linux".to_owned(),
    }
}
