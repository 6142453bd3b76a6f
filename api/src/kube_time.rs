//! Kubernetes' timestamps are jiff's, this crate's are chrono's: the one place where they meet.

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

/// As chrono writes it; precise to the microsecond, as Postgres keeps it.
pub fn from_kube(time: &Time) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.0.as_microsecond()).unwrap_or_default()
}

/// As Kubernetes writes it, in whole seconds.
pub fn to_kube(time: DateTime<Utc>) -> Time {
    Time(Timestamp::from_second(time.timestamp()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_the_way_there_and_back() {
        let time = DateTime::from_timestamp(1_764_000_000, 0).unwrap();
        assert_eq!(from_kube(&to_kube(time)), time);
    }
}
