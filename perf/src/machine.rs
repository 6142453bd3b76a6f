//! What figures are measured on.

use std::{fs, time::Duration};

use serde::{Deserialize, Serialize};

/// Two reports of machines that are `alike` may be compared in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processors: usize,
    pub(crate) model: String,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    /// `release` or `debug`.
    pub(crate) build: String,
    /// Processes that waited for a processor when the measurement began, over a minute.
    pub(crate) load: f64,
}

impl Machine {
    /// This one, now: before any of its load is our own.
    pub(crate) fn here() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let info = read("/proc/cpuinfo");
        let model = info.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map_or("unknown processor", |rest| rest.trim_start_matches(['\t', ' ', ':']));
        Self {
            processors: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            model: model.to_owned(),
            memory_gib: kib(&read("/proc/meminfo"), "MemTotal").div_ceil(1 << 20),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            build: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
            load: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
        }
    }

    /// What has to be equal for times to be comparable, as a name for a folder: `2x-amd-epyc-24-gib-release`.
    pub(crate) fn key(&self) -> String {
        let text = format!("{}x {} {} gib {}", self.processors, self.model, self.memory_gib, self.build);
        let plain: String =
            text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
    }

    /// `2 × AMD EPYC, 24 GiB, Linux 6.1, release build, load 0.2`.
    pub(crate) fn describe(&self) -> String {
        let Self { processors, model, memory_gib, kernel, build, load } = self;
        format!("{processors} × {model}, {memory_gib} GiB, Linux {kernel}, {build} build, load {load}")
    }
}

/// Bytes of a MiB.
pub(crate) const MIB: f64 = 1_048_576.0;

/// Memory of a process in bytes: `VmRSS` is what it has now, `VmHWM` the most that it had. `self` is this one.
pub(crate) fn memory(process: &str, what: &str) -> u64 {
    kib(&fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default(), what) << 10
}

/// `Name:   123 kB` of such a file.
fn kib(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// Time this thread has had a processor: what others do on the machine does not count.
pub(crate) fn cpu_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_of_one_kind_share_a_key_whatever_they_were_doing() {
        let machine = |kernel: &str, load| Machine {
            processors: 2,
            model: "AMD EPYC (7B13)".to_owned(),
            memory_gib: 24,
            kernel: kernel.to_owned(),
            build: "release".to_owned(),
            load,
        };
        assert_eq!(machine("6.1", 0.2).key(), "2x-amd-epyc-7b13-24-gib-release");
        assert_eq!(machine("6.1", 0.2).key(), machine("6.2", 3.0).key());
    }
}
