//! Whether a server may get another size. Disks never shrink, and a plan says how far they grow.

use crate::catalogue::store::PlanLimits;
use crate::problem::{Kind, Problem};
use crate::server::store::Current;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Resize<'a> {
    pub plan: Option<&'a str>,
    pub root_disk_gib: Option<i32>,
    /// What the other disks have together: the plan bounds the sum.
    pub data_gib: i32,
}

/// The root disk to set, in GiB; `None`: it is the plan's.
pub fn resize(asked: &Resize<'_>, current: &Current, plan: Option<PlanLimits>) -> Result<Option<i32>, Problem> {
    let name = asked.plan.unwrap_or(&current.plan);
    let Some(plan) = plan else {
        return Err(wrong("plan", format!("there is no plan {name}")));
    };
    if plan.deprecated && asked.plan.is_some_and(|asked| asked != current.plan) {
        return Err(wrong("plan", format!("{name} is not sold any more")));
    }
    let size = asked.root_disk_gib.or(current.root_disk_gib).unwrap_or(plan.disk_gib);
    let size = if asked.root_disk_gib.is_none() { size.max(plan.disk_gib) } else { size };
    let field = if asked.root_disk_gib.is_some() { "rootDiskGiB" } else { "plan" };
    if size < current.size_gib {
        return Err(wrong(field, format!("the disk has {} GiB and cannot shrink to {size}", current.size_gib)));
    }
    let most = plan.max_disk_gib.saturating_sub(asked.data_gib);
    if !(plan.disk_gib..=most).contains(&size) {
        let beside = if asked.data_gib > 0 { " beside the other disks" } else { "" };
        let bounds = format!("the plan {name} takes root disks of {} to {most} GiB{beside}, not {size}", plan.disk_gib);
        return Err(wrong(field, bounds));
    }
    Ok((size != plan.disk_gib).then_some(size))
}

fn wrong(field: &str, message: String) -> Problem {
    Problem::new(Kind::Unprocessable, "The size does not fit.").with_field(field, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::view::{Phase, RunPolicy};

    const PLAN: PlanLimits = PlanLimits { disk_gib: 20, max_disk_gib: 100, deprecated: false };

    fn current(size_gib: i32, root_disk_gib: Option<i32>) -> Current {
        Current {
            account: None,
            namespace: "acct-a".into(),
            name: "web".into(),
            site: "home".into(),
            plan: "small".into(),
            image: "debian".into(),
            root_disk_gib,
            size_gib,
            run_policy: RunPolicy::Managed,
            deletion_protection: false,
            phase: Phase::Running,
            suspended: None,
        }
    }

    fn field(result: Result<Option<i32>, Problem>) -> String {
        format!("{:?}", result.unwrap_err())
    }

    #[test]
    fn a_disk_grows_within_the_plan() {
        let asked = Resize { plan: None, root_disk_gib: Some(50), data_gib: 0 };
        assert_eq!(resize(&asked, &current(20, None), Some(PLAN)).unwrap(), Some(50));
        let asked = Resize { plan: None, root_disk_gib: Some(101), data_gib: 0 };
        assert!(field(resize(&asked, &current(20, None), Some(PLAN))).contains("rootDiskGiB"));
    }

    #[test]
    fn the_other_disks_count_too() {
        let asked = Resize { plan: None, root_disk_gib: Some(50), data_gib: 51 };
        assert!(field(resize(&asked, &current(20, None), Some(PLAN))).contains("20 to 49 GiB beside"));
    }

    #[test]
    fn a_disk_never_shrinks() {
        let asked = Resize { plan: None, root_disk_gib: Some(30), data_gib: 0 };
        assert!(field(resize(&asked, &current(40, Some(40)), Some(PLAN))).contains("rootDiskGiB"));
        let asked = Resize { plan: Some("tiny"), root_disk_gib: None, data_gib: 0 };
        assert!(field(resize(&asked, &current(40, None), Some(PLAN))).contains("plan"));
    }

    #[test]
    fn a_larger_plan_takes_over_a_disk_that_it_covers() {
        let large = PlanLimits { disk_gib: 80, ..PLAN };
        let asked = Resize { plan: Some("large"), root_disk_gib: None, data_gib: 0 };
        assert_eq!(resize(&asked, &current(50, Some(50)), Some(large)).unwrap(), None);
        assert_eq!(resize(&asked, &current(90, Some(90)), Some(large)).unwrap(), Some(90));
    }

    #[test]
    fn a_plan_that_is_unknown_or_not_sold_any_more_cannot_be_chosen() {
        let asked = Resize { plan: Some("old"), root_disk_gib: None, data_gib: 0 };
        assert!(resize(&asked, &current(20, None), None).is_err());
        assert!(resize(&asked, &current(20, None), Some(PlanLimits { deprecated: true, ..PLAN })).is_err());
        let same = Resize { plan: Some("small"), root_disk_gib: Some(30), data_gib: 0 };
        assert!(resize(&same, &current(20, None), Some(PlanLimits { deprecated: true, ..PLAN })).is_ok());
    }
}
