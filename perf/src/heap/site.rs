//! What `dhat` says: bytes and blocks of each way to an allocation, summed up by function.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// Places of a program that are told: so many with the most bytes at its peak, and so many with the most in all.
const TOP: usize = 8;
/// How the names of our own functions begin.
const OURS: [&str; 2] = ["slipway_", "proxmox_client"];
/// Functions that ask for others.
const FOR_OTHERS: [&str; 6] = ["alloc::", "core::", "std::", "hashbrown::", "dhat::", "__rust"];

/// A function, with what was asked for in it and in what it calls of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Site {
    pub(crate) program: String,
    pub(crate) function: String,
    /// Bytes that it held when the whole program held the most.
    pub(crate) at_most: u64,
    /// In all.
    pub(crate) bytes: u64,
    /// In all.
    pub(crate) blocks: u64,
}

/// `dhat-<pid>.json`, as far as it is read.
#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    /// The process's arguments, its own name among them.
    cmd: String,
    pps: Vec<Point>,
    /// Names of frames.
    ftbl: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Point {
    #[serde(rename = "tb")]
    bytes: u64,
    #[serde(rename = "tbk")]
    blocks: u64,
    #[serde(rename = "gb")]
    at_most: u64,
    /// The innermost first.
    #[serde(rename = "fs")]
    frames: Vec<usize>,
}

impl Profile {
    /// Those that processes have left in `folder`.
    pub(super) fn all(folder: &Path) -> Result<Vec<Self>> {
        let read = |path: &Path| serde_json::from_slice(&fs::read(path)?).with_context(|| path.display().to_string());
        fs::read_dir(folder)?.map(|entry| read(&entry?.path())).collect()
    }

    /// That of the one process that `command` started: a server killed before it had written has none.
    pub(super) fn of<'a>(profiles: &'a [Self], command: &str) -> Result<&'a Self> {
        let mut own = profiles.iter().filter(|profile| format!("{} ", profile.cmd).contains(&format!("/{command} ")));
        match (own.next(), own.next()) {
            (Some(profile), None) => Ok(profile),
            (None, _) => {
                bail!("{command} left no profile: was it built with its feature `dhat`, and did it end by itself?")
            }
            (Some(_), Some(_)) => bail!("{command} left more than one profile"),
        }
    }

    pub(super) fn at_most(&self) -> u64 {
        self.pps.iter().map(|point| point.at_most).sum()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.pps.iter().map(|point| point.bytes).sum()
    }

    pub(super) fn blocks(&self) -> u64 {
        self.pps.iter().map(|point| point.blocks).sum()
    }

    /// The places that matter, those with the most at the peak first.
    pub(super) fn sites(&self, program: &str) -> Vec<Site> {
        let mut all: BTreeMap<&str, Site> = BTreeMap::new();
        for point in &self.pps {
            let function = self.function(point);
            let site = all.entry(function).or_insert_with(|| Site {
                program: program.to_owned(),
                function: function.to_owned(),
                at_most: 0,
                bytes: 0,
                blocks: 0,
            });
            site.at_most += point.at_most;
            site.bytes += point.bytes;
            site.blocks += point.blocks;
        }
        let mut sites: Vec<Site> = all.into_values().collect();
        sites.sort_by_key(|site| std::cmp::Reverse(site.bytes));
        let (busy, rest) = sites.split_at(TOP.min(sites.len()));
        let mut rest = rest.to_vec();
        rest.sort_by_key(|site| std::cmp::Reverse(site.at_most));
        rest.truncate(TOP);
        let mut top = [busy.to_vec(), rest].concat();
        top.sort_by_key(|site| std::cmp::Reverse((site.at_most, site.bytes)));
        top
    }

    /// Ours if one is, otherwise the first that does not ask for others.
    fn function(&self, point: &Point) -> &str {
        let names = || point.frames.iter().filter_map(|frame| self.ftbl.get(*frame)).map(|frame| name(frame));
        let begins = |name: &str, with: &[&str]| {
            // Of `<T as alloc::slice::ConvertVec>::to_vec`, what is known is the trait.
            let name = name.trim_start_matches('<').trim_start_matches("T as ");
            with.iter().any(|with| name.starts_with(with))
        };
        names()
            .find(|name| begins(name, &OURS))
            .or_else(|| names().find(|name| !begins(name, &FOR_OTHERS)))
            .unwrap_or("elsewhere")
    }
}

/// Of `0x55d0: slipway_api::server::store::list::{{closure}} (server/store.rs:7:1)`, the function.
fn name(frame: &str) -> &str {
    let name = frame.split_once(": ").map_or(frame, |(_, name)| name);
    let name = name.rsplit_once(" (").map_or(name, |(name, _)| name);
    name.trim_end_matches("::{{closure}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_are_summed_up_by_our_own_function_that_led_to_them() {
        let profile: Profile = serde_json::from_str(
            r#"{"cmd": "/bin/slipway-api serve", "pps": [
                {"tb": 10, "tbk": 1, "gb": 4, "fs": [1, 2, 4]}, {"tb": 30, "tbk": 2, "gb": 0, "fs": [1, 4]},
                {"tb": 5, "tbk": 5, "gb": 5, "fs": [1, 3]}, {"tb": 1, "tbk": 1, "gb": 0, "fs": [1, 5]}],
               "ftbl": ["[root]", "0x1: alloc::vec::Vec<T>::with_capacity (vec/mod.rs:1:2)", "0x2: serde_json::value::to_value",
                "0x3: tokio::runtime::task::new (task/mod.rs:3:4)", "0x4: slipway_api::server::list::{{closure}} (list.rs:5:6)",
                "0x5: <T as alloc::slice::ConvertVec>::to_vec (slice.rs:7:8)"]}"#,
        )
        .unwrap();
        assert_eq!((profile.bytes(), profile.blocks(), profile.at_most()), (46, 9, 9));
        let sites: Vec<_> =
            profile.sites("api").into_iter().map(|site| (site.function, site.at_most, site.bytes)).collect();
        let expected = [("tokio::runtime::task::new", 5, 5), ("slipway_api::server::list", 4, 40), ("elsewhere", 0, 1)];
        assert_eq!(sites, expected.map(|(function, at_most, bytes)| (function.to_owned(), at_most, bytes)));
    }

    #[test]
    fn a_profile_is_that_of_the_one_process_of_its_command() {
        let profile = |cmd: &str| Profile { cmd: cmd.to_owned(), pps: vec![], ftbl: vec![] };
        let mut profiles =
            ["/bin/slipway-api admin create", "/bin/slipway-api serve", "/bin/slipway-operator init"].map(profile);
        assert_eq!(Profile::of(&profiles, "slipway-api serve").unwrap().cmd, "/bin/slipway-api serve");
        let missing = Profile::of(&profiles, "slipway-operator run").unwrap_err().to_string();
        assert!(missing.starts_with("slipway-operator run left no profile"), "{missing}");
        profiles[0] = profile("/bin/slipway-api serve --again");
        assert!(Profile::of(&profiles, "slipway-api serve").is_err());
    }
}
