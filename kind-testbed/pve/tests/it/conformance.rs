//! The recordings of a real Proxmox VE stand beside the project, not in it; without them there is nothing to compare.

use std::path::Path;

use pve_testbed::conformance::{self, Verdict};

#[tokio::test]
async fn recorded_answers_of_a_real_proxmox_are_reproduced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/pve/recordings");
    if !folder.is_dir() {
        eprintln!("skipped: no recordings in {}", folder.display());
        return;
    }
    let report = conformance::run(&folder).await.expect("a replay");
    assert!(report.total().reproduced > 0, "{report}");
    let open = |verdict: &Verdict| matches!(verdict, Verdict::Differs(_) | Verdict::NotServed);
    assert!(!report.outcomes.iter().any(|outcome| open(&outcome.verdict)), "{report}");
}
