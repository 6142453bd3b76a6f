//! The mark: one line of a VM's description that says whose it is. Everything that is ever done to a VM rests on it.
//!
//! `slipway:v1 <installation>/<namespace>/<name>/<uid>/<vmid> born=<first uid> provisional|owned|retained[ until T]`
//!
//! A second line keeps what a lost status must not lose: `slipway-map:v1 <hash of applied> root=scsi0 data=scsi1 public=net0`.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use proxmox_client::{VmConfig, Vmid};
use sha2::{Digest as _, Sha256};
use slipway_crds::Applied;

const PREFIX: &str = "slipway:v1 ";
const MAP_PREFIX: &str = "slipway-map:v1 ";
/// What Proxmox writes into a clone's configuration until its first disk is copied.
const CLONE_IN_PROGRESS: &str = "qmclone temporary file";

/// Whose a VM is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    pub installation: String,
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

impl Identity {
    /// An index into the inventory, never a proof.
    pub fn tag(&self) -> String {
        let digest = Sha256::digest(format!("{}/{}/{}", self.installation, self.namespace, self.name));
        format!("slip-{}", hex::encode(&digest[..8]))
    }

    /// The Proxmox pool of this installation's VMs.
    pub fn pool(&self) -> String {
        pool_name(&self.installation)
    }
}

/// `slipway-<installation>`.
pub fn pool_name(installation: &str) -> String {
    format!("slipway-{installation}")
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mark {
    pub identity: Identity,
    pub vmid: Vmid,
    /// The uid that the VM was first made for; survives undo and re-homing.
    pub born: String,
    pub state: MarkState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkState {
    /// Cloned, not yet configured.
    Provisional,
    Owned,
    /// Its `VirtualServer` was deleted; destroyed at `until`, or kept until a person decides.
    Retained {
        until: Option<Timestamp>,
    },
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { installation, namespace, name, uid } = &self.identity;
        write!(f, "{PREFIX}{installation}/{namespace}/{name}/{uid}/{} born={} ", self.vmid, self.born)?;
        match self.state {
            MarkState::Provisional => f.write_str("provisional"),
            MarkState::Owned => f.write_str("owned"),
            MarkState::Retained { until: None } => f.write_str("retained"),
            MarkState::Retained { until: Some(until) } => write!(f, "retained until {until}"),
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a mark of Slipway")]
pub struct NotAMark(String);

impl FromStr for Mark {
    type Err = NotAMark;

    fn from_str(line: &str) -> Result<Self, NotAMark> {
        let wrong = || NotAMark(line.to_owned());
        let words: Vec<&str> = line.strip_prefix(PREFIX).ok_or_else(wrong)?.split(' ').collect();
        let [path, born, state @ ..] = &words[..] else { return Err(wrong()) };
        let [installation, namespace, name, uid, vmid] = path.split('/').collect::<Vec<_>>()[..] else {
            return Err(wrong());
        };
        let state = match state {
            ["provisional"] => MarkState::Provisional,
            ["owned"] => MarkState::Owned,
            ["retained"] => MarkState::Retained { until: None },
            ["retained", "until", until] => MarkState::Retained { until: Some(until.parse().map_err(|_| wrong())?) },
            _ => return Err(wrong()),
        };
        Ok(Self {
            identity: Identity {
                installation: installation.to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                uid: uid.to_owned(),
            },
            vmid: vmid.parse::<u32>().ok().and_then(|n| Vmid::try_from(n).ok()).ok_or_else(wrong)?,
            born: born.strip_prefix("born=").ok_or_else(wrong)?.to_owned(),
            state,
        })
    }
}

/// What a VM on our number is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Exactly our identity and number.
    Ours(Mark),
    /// Unlocked, with another mark or none.
    Foreign { found: Option<String> },
    /// Not to be judged now: wait, keep the number.
    Undetermined { why: String },
}

/// Judges a VM from one direct read of its configuration.
pub fn verdict(config: &VmConfig, identity: &Identity, vmid: Vmid) -> Verdict {
    let description = config.description();
    if let Some(mark) = find(description)
        && mark.identity == *identity
        && mark.vmid == vmid
    {
        return match config.lock() {
            Some(lock @ ("clone" | "create")) => Verdict::Undetermined { why: format!("it is still locked ({lock})") },
            _ => Verdict::Ours(mark),
        };
    }
    if description.contains(CLONE_IN_PROGRESS) {
        return Verdict::Undetermined { why: "a clone to this number is in progress".to_owned() };
    }
    if let Some(lock) = config.lock() {
        return Verdict::Undetermined { why: format!("it is locked ({lock})") };
    }
    Verdict::Foreign { found: mark_lines(description).next().map(str::to_owned) }
}

/// The mark in a description; none if there is no line of ours, or more than one, or a damaged one.
pub fn find(description: &str) -> Option<Mark> {
    let mut lines = mark_lines(description);
    let line = lines.next()?;
    if lines.next().is_some() { None } else { line.parse().ok() }
}

/// Whether a description has a line of ours, readable or not.
pub fn is_marked(description: &str) -> bool {
    mark_lines(description).next().is_some()
}

/// Whether a rollback or restore of ours may have left this: no mark at all, or one of ours with the same origin.
pub fn may_be_reowned(description: &str, installation: &str, born: &str) -> bool {
    let ours = |mark: Mark| mark.identity.installation == installation && mark.born == born;
    mark_lines(description).next().is_none() || find(description).is_some_and(ours)
}

/// A description with our lines as given; other lines are kept as they are.
pub fn write(description: &str, mark: &Mark, map: Option<&MapLine>) -> String {
    let kept = lines(description).filter(|l| !l.starts_with(PREFIX) && (map.is_none() || !l.starts_with(MAP_PREFIX)));
    let ours = [Some(mark.to_string()), map.map(ToString::to_string)].into_iter().flatten();
    ours.chain(kept.map(str::to_owned)).collect::<Vec<_>>().join("\n")
}

/// A description without our lines; the others are as they were.
pub fn erase(description: &str) -> String {
    let kept = lines(description).filter(|line| !line.starts_with(PREFIX) && !line.starts_with(MAP_PREFIX));
    kept.collect::<Vec<_>>().join("\n")
}

/// Joined by line feeds they are the text again, whatever ends its lines.
fn lines(description: &str) -> impl Iterator<Item = &str> {
    let all = (!description.is_empty()).then(|| description.split('\n'));
    all.into_iter().flatten()
}

fn mark_lines(description: &str) -> impl Iterator<Item = &str> {
    description.lines().map(str::trim_end).filter(|line| line.starts_with(PREFIX))
}

/// The second line: a hash of what was applied, and which slot each disk and interface is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MapLine {
    pub applied_hash: String,
    /// A disk and an interface may have the same name; their slots tell them apart.
    pub disks: BTreeMap<String, String>,
    pub networks: BTreeMap<String, String>,
}

impl MapLine {
    pub fn of(applied: &Applied, disks: BTreeMap<String, String>, networks: BTreeMap<String, String>) -> Self {
        Self { applied_hash: applied_hash(applied), disks, networks }
    }

    /// The line in a description, if there is one.
    pub fn find(description: &str) -> Option<Self> {
        let line = description.lines().find_map(|l| l.trim_end().strip_prefix(MAP_PREFIX))?;
        let mut words = line.split(' ');
        let applied_hash = words.next()?.to_owned();
        let slots = words.filter_map(|w| w.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned()));
        let (networks, disks) = slots.partition(|(_, slot)| slot.starts_with("net"));
        Some(Self { applied_hash, disks, networks })
    }
}

impl fmt::Display for MapLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MAP_PREFIX}{}", self.applied_hash)?;
        self.disks.iter().chain(&self.networks).try_for_each(|(name, slot)| write!(f, " {name}={slot}"))
    }
}

/// 16 hex digits over the canonical JSON of what was applied.
pub fn applied_hash(applied: &Applied) -> String {
    // A struct of plain fields with sorted maps always serializes, and always the same.
    let json = serde_json::to_vec(applied).unwrap_or_default();
    hex::encode(&Sha256::digest(json)[..8])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity() -> Identity {
        Identity {
            installation: "abc123def456".into(),
            namespace: "acct-a".into(),
            name: "web".into(),
            uid: "u-1".into(),
        }
    }

    fn vmid(n: u32) -> Vmid {
        Vmid::try_from(n).unwrap()
    }

    fn mark(state: MarkState) -> Mark {
        Mark { identity: identity(), vmid: vmid(100_001), born: "u-0".into(), state }
    }

    #[test]
    fn a_mark_reads_back_as_it_was_written() {
        let until = "2026-11-25T12:00:00Z".parse().unwrap();
        for state in [
            MarkState::Provisional,
            MarkState::Owned,
            MarkState::Retained { until: None },
            MarkState::Retained { until: Some(until) },
        ] {
            let mark = mark(state);
            assert_eq!(mark.to_string().parse(), Ok(mark));
        }
        assert_eq!(mark(MarkState::Owned).to_string(), "slipway:v1 abc123def456/acct-a/web/u-1/100001 born=u-0 owned");
    }

    #[test]
    fn other_lines_of_a_description_are_kept() {
        let text = write("customer: Ann\n\nslipway:v1 old", &mark(MarkState::Owned), None);
        assert!(text.contains("customer: Ann") && !text.contains("slipway:v1 old"));
        assert_eq!(find(&text), Some(mark(MarkState::Owned)));
    }

    #[test]
    fn what_is_erased_leaves_the_description_as_it_was_before_it_was_written_to() {
        let map = MapLine { applied_hash: "00ff".into(), disks: [].into(), networks: [].into() };
        for before in ["", "customer: Ann", "a\r\n\r\nb", "\n  indented\n\n", "slipway is fine\nslipway-map too"] {
            let marked = write(before, &mark(MarkState::Owned), Some(&map));
            assert_eq!(erase(&write(&marked, &mark(MarkState::Retained { until: None }), None)), before);
        }
    }

    #[test]
    fn only_no_mark_or_one_of_the_same_origin_may_be_written_over() {
        let line = mark(MarkState::Owned).to_string();
        let may = |text: &str| may_be_reowned(text, "abc123def456", "u-0");
        assert!(may("") && may("somebody's notes") && may(&line) && may(&line.replace("/u-1/", "/u-5/")));
        for wrong in [
            line.replace("abc123def456", "another"),
            line.replace("born=u-0", "born=u-9"),
            format!("{line}\n{line}"),
            line.replace(" owned", ""),
        ] {
            assert!(!may(&wrong), "{wrong}");
        }
    }

    #[test]
    fn two_marks_are_no_mark() {
        let line = mark(MarkState::Owned).to_string();
        assert_eq!(find(&format!("{line}\n{line}")), None);
    }

    #[test]
    fn verdicts_are_ours_foreign_or_undetermined() {
        let judge = |config: serde_json::Value| verdict(&VmConfig::from_json(&config), &identity(), vmid(100_001));
        let ours = mark(MarkState::Provisional).to_string();
        let other = ours.replace("u-1", "u-2");
        assert!(matches!(judge(json!({ "description": ours })), Verdict::Ours(_)));
        assert!(matches!(judge(json!({ "description": ours, "lock": "backup" })), Verdict::Ours(_)));
        assert!(matches!(judge(json!({ "description": ours, "lock": "clone" })), Verdict::Undetermined { .. }));
        assert!(matches!(
            judge(json!({ "description": " qmclone temporary file", "lock": "clone" })),
            Verdict::Undetermined { .. }
        ));
        assert!(matches!(judge(json!({ "lock": "create" })), Verdict::Undetermined { .. }));
        assert!(matches!(judge(json!({ "description": other })), Verdict::Foreign { found: Some(_) }));
        assert!(matches!(judge(json!({ "name": "somebody's" })), Verdict::Foreign { found: None }));
        // A copy inherits the mark; its number gives it away.
        let copy = verdict(&VmConfig::from_json(&json!({ "description": ours })), &identity(), vmid(100_002));
        assert!(matches!(copy, Verdict::Foreign { .. }));
    }

    #[test]
    fn the_tag_depends_on_installation_namespace_and_name_alone() {
        let tag = identity().tag();
        assert_eq!(tag.len(), 21);
        assert_eq!(Identity { uid: "u-2".into(), ..identity() }.tag(), tag);
        assert_ne!(Identity { name: "db".into(), ..identity() }.tag(), tag);
    }

    #[test]
    fn the_map_line_reads_back_its_slots() {
        let slots = |all: [(&str, &str); 2]| all.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let line = MapLine {
            applied_hash: "00ff".into(),
            disks: slots([("backup", "scsi1"), ("root", "scsi0")]),
            // Named like a disk, and none.
            networks: slots([("backup", "net1"), ("public", "net0")]),
        };
        assert_eq!(line.to_string(), "slipway-map:v1 00ff backup=scsi1 root=scsi0 backup=net1 public=net0");
        assert_eq!(MapLine::find(&format!("x\n{line}\ny")), Some(line));
    }
}
