//! How far a pass is: a bar on a terminal, a line now and then in a pipe, JSON for machines. All of it on standard error.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Between two lines where nobody watches.
const EVERY: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    rows: u64,
    expected: u64,
    began: Instant,
    told: Instant,
    how: How,
}

#[derive(Debug)]
enum How {
    Bar(ProgressBar),
    Lines,
    Json,
}

impl Progress {
    /// `expected`: rows, as far as they can be estimated.
    pub fn new(what: &'static str, expected: u64, json: bool) -> Self {
        let how = if json {
            How::Json
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(expected).with_message(what);
            let style = "{msg} {wide_bar} {human_pos}/{human_len} rows · {per_sec} · {eta} left";
            How::Bar(match ProgressStyle::with_template(style) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            })
        } else {
            How::Lines
        };
        Self { what, rows: 0, expected, began: Instant::now(), told: Instant::now(), how }
    }

    pub fn add(&mut self, rows: u64) {
        self.rows += rows;
        if let How::Bar(bar) = &self.how {
            bar.set_length(self.expected.max(self.rows));
            bar.set_position(self.rows);
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            self.tell();
        }
    }

    pub fn end(&self) {
        match &self.how {
            How::Bar(bar) => bar.finish_and_clear(),
            How::Lines | How::Json => self.tell(),
        }
    }

    fn tell(&self) {
        let seconds = self.began.elapsed().as_secs_f64();
        let (rows, expected) = (self.rows, self.expected.max(self.rows));
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = rows as f64 / seconds.max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "a guess for people")]
        let left = (expected - rows) as f64 / rate.max(1.0);
        match self.how {
            How::Json => eprintln!(
                "{}",
                serde_json::json!({
                    "progress": self.what, "rows": rows, "expected": expected, "rowsPerSecond": rate.round(),
                    "secondsLeft": left.round(),
                })
            ),
            How::Bar(_) | How::Lines => {
                eprintln!("{}: {rows} of about {expected} rows, {rate:.0} rows/s, {left:.0} s left", self.what);
            }
        }
    }
}
