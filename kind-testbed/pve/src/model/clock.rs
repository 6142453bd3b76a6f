//! Calendar times in UTC, from Unix seconds.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Days from 0000-03-01, when the calendar of this file begins, to 1970.
const BEFORE_UNIX: u64 = 719_468;

/// A moment as a calendar and a clock show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    pub day: u64,
    pub hour: u64,
    pub minute: u64,
    pub second: u64,
    /// Monday is 0.
    pub weekday: usize,
}

impl Civil {
    pub fn of(unix: u64) -> Self {
        let (days, seconds) = (unix / 86_400, unix % 86_400);
        // Days are counted from 0000-03-01, in eras of 400 years.
        let shifted = days + BEFORE_UNIX;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_index + 2) / 5 + 1,
            hour: seconds / 3_600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            // The first of January 1970 was a Thursday.
            weekday: usize::try_from((days + 3) % 7).unwrap_or(0),
        }
    }

    /// `2026-11-23`.
    pub fn date(&self) -> String {
        format!("{}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `2026-11-23 05:54:13`.
    pub fn timestamp(&self) -> String {
        let Self { year, month, day, hour, minute, second, .. } = self;
        format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }

    /// `Mon, 23 Nov 2026 05:54:13 GMT`, as HTTP wants it.
    pub fn http_date(&self) -> String {
        let Self { year, day, hour, minute, second, .. } = self;
        format!("{}, {day:02} {} {year} {hour:02}:{minute:02}:{second:02} GMT", self.day_name(), self.month_name())
    }

    /// `Mon Nov 23 05:54:13 2026`, as Perl's `localtime` writes it.
    pub fn local_time(&self) -> String {
        let Self { year, day, hour, minute, second, .. } = self;
        format!("{} {} {day:>2} {hour:02}:{minute:02}:{second:02} {year}", self.day_name(), self.month_name())
    }

    fn day_name(&self) -> &'static str {
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][self.weekday]
    }

    fn month_name(&self) -> &'static str {
        MONTHS[usize::try_from(self.month - 1).unwrap_or(0)]
    }
}

/// `Mon, 23 Nov 2026 05:54:13 GMT` → Unix seconds; `None` for anything else.
pub fn parse_http_date(date: &str) -> Option<u64> {
    let mut parts = date.split_whitespace().skip(1);
    let day: u64 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = u64::try_from(MONTHS.iter().position(|known| *known == name)?).ok()? + 1;
    let year: u64 = parts.next()?.parse().ok()?;
    let mut clock = parts.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let (year, month) = if month <= 2 { (year.checked_sub(1)?, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(days.checked_sub(1 + BEFORE_UNIX)? * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_each_form() {
        let moment = Civil::of(1_795_413_253);
        assert_eq!(moment.http_date(), "Mon, 23 Nov 2026 05:54:13 GMT");
        assert_eq!(moment.timestamp(), "2026-11-23 05:54:13");
        assert_eq!(moment.local_time(), "Mon Nov 23 05:54:13 2026");
    }

    #[test]
    fn a_date_reads_back() {
        for moment in [0, 951_782_400, 1_795_413_253] {
            assert_eq!(parse_http_date(&Civil::of(moment).http_date()), Some(moment));
        }
    }

    #[test]
    fn a_leap_day_is_found() {
        assert_eq!(Civil::of(951_782_400).http_date(), "Tue, 29 Feb 2000 00:00:00 GMT");
    }
}
