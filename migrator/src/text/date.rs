//! Dates as the database prints them: zero dates are none, and a date that no calendar has is reported.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// What a date column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhmcsDate<T> {
    /// NULL, empty, or `0000-00-00`.
    None,
    On(T),
    /// As `2019-02-30` or `2020-00-10`: nobody can say what was meant.
    Invalid,
}

impl<T> WhmcsDate<T> {
    pub fn ok(self) -> Option<T> {
        match self {
            Self::On(value) => Some(value),
            Self::None | Self::Invalid => None,
        }
    }
}

/// A `date` column, or the day of a `datetime`.
pub fn date(text: Option<&str>) -> WhmcsDate<NaiveDate> {
    match parts(text) {
        WhmcsDate::On((day, _)) => WhmcsDate::On(day),
        WhmcsDate::None => WhmcsDate::None,
        WhmcsDate::Invalid => WhmcsDate::Invalid,
    }
}

/// A `datetime` column. WHMCS writes the server's own time without a zone; it is kept as it reads.
pub fn moment(text: Option<&str>) -> WhmcsDate<DateTime<Utc>> {
    match parts(text) {
        WhmcsDate::On((day, time)) => WhmcsDate::On(NaiveDateTime::new(day, time).and_utc()),
        WhmcsDate::None => WhmcsDate::None,
        WhmcsDate::Invalid => WhmcsDate::Invalid,
    }
}

fn parts(text: Option<&str>) -> WhmcsDate<(NaiveDate, NaiveTime)> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return WhmcsDate::None };
    if text.bytes().all(|b| matches!(b, b'0' | b'-' | b':' | b' ' | b'.' | b'T')) {
        return WhmcsDate::None;
    }
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let time = match time {
        "" => Some(NaiveTime::MIN),
        time => NaiveTime::parse_from_str(time, "%H:%M:%S%.f").ok(),
    };
    match (NaiveDate::parse_from_str(day, "%Y-%m-%d").ok(), time) {
        (Some(day), Some(time)) => WhmcsDate::On((day, time)),
        _ => WhmcsDate::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(None)]
    #[case(Some(""))]
    #[case(Some("0000-00-00"))]
    #[case(Some("0000-00-00 00:00:00"))]
    fn trap_4_a_zero_date_is_no_date(#[case] text: Option<&str>) {
        assert_eq!(date(text), WhmcsDate::None);
        assert_eq!(moment(text), WhmcsDate::None);
    }

    #[rstest]
    #[case("2019-02-30")]
    #[case("2020-00-10")]
    #[case("2020-01-00 00:00:00")]
    #[case("soon")]
    #[case("2020-01-01 25:00:00")]
    fn a_date_that_no_calendar_has_is_invalid(#[case] text: &str) {
        assert_eq!(date(Some(text)), WhmcsDate::Invalid);
    }

    #[test]
    fn dates_and_moments_are_read() {
        assert_eq!(date(Some("2026-11-30")).ok(), NaiveDate::from_ymd_opt(2026, 11, 30));
        assert_eq!(date(Some("2026-11-30 09:10:11")).ok(), NaiveDate::from_ymd_opt(2026, 11, 30));
        let at = moment(Some("2026-11-30 09:10:11.000000")).ok().unwrap();
        assert_eq!(at.to_rfc3339(), "2026-11-30T09:10:11+00:00");
    }
}
