//! A size outside the plans, which staff may give a server.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::{Kind, Problem};
use crate::server::spec::Resources;

/// Cores, memory and disk in place of a plan's.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Size {
    #[schema(minimum = 1, maximum = 512)]
    pub cores: i32,
    #[serde(rename = "memoryMiB")]
    #[schema(minimum = 128, maximum = 16_777_216)]
    pub memory_mib: i32,
    /// The root disk; never smaller than it is.
    #[serde(rename = "diskGiB")]
    #[schema(minimum = 1, maximum = 131_072)]
    pub disk_gib: i32,
    /// Unlimited when not given.
    #[schema(minimum = 1, maximum = 400_000)]
    pub network_mbps: Option<i32>,
}

impl Size {
    /// Checks the bounds that Kubernetes sets, and that the disk does not shrink below `least_disk` GiB.
    pub fn checked(self, least_disk: i32) -> Result<Resources, Problem> {
        let bounds = [
            ("resources.cores", self.cores, 1..=512),
            ("resources.memoryMiB", self.memory_mib, 128..=16_777_216),
            ("resources.diskGiB", self.disk_gib, least_disk.max(1)..=131_072),
            ("resources.networkMbps", self.network_mbps.unwrap_or(1), 1..=400_000),
        ];
        if let Some((field, _, range)) = bounds.into_iter().find(|(_, value, range)| !range.contains(value)) {
            let message = format!("must be between {} and {}", range.start(), range.end());
            return Err(Problem::new(Kind::Unprocessable, "The size does not fit.").with_field(field, message));
        }
        let Self { cores, memory_mib, disk_gib, network_mbps } = self;
        Ok(Resources { cores, memory_mib, disk_gib, network_mbps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_bounds_and_its_disk_never_shrinks() {
        let size = Size { cores: 2, memory_mib: 4096, disk_gib: 40, network_mbps: None };
        assert!(size.checked(40).is_ok());
        for (wrong, least) in [
            (size, 41),
            (Size { cores: 0, ..size }, 1),
            (Size { memory_mib: 127, ..size }, 1),
            (Size { network_mbps: Some(0), ..size }, 1),
        ] {
            assert!(wrong.checked(least).is_err(), "{wrong:?} {least}");
        }
    }
}
