//! One page that holds everything: what was measured, on what, how sure it is, and how it went over the commits.

mod plot;

use std::{fmt::Write as _, iter};

use crate::{
    figure::{Figure, Kind, grouped},
    heap::Site,
    history::Entry,
    report::{Report, shown},
    statistics,
};

/// Neither scripts nor fonts nor images from anywhere.
const STYLE: &str = include_str!("page.css");

/// `reports` of now, `history` of the same kind of machine, `elsewhere`: what others measured on theirs.
pub(crate) fn page(reports: &[Report], history: &[Entry], elsewhere: &[Report], commit: &str) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>Slipway, measured</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    head(&mut out, reports, history, commit);
    for report in reports {
        section(&mut out, report, history);
    }
    others(&mut out, elsewhere);
    out.push_str("</body>\n</html>\n");
    out
}

fn head(out: &mut String, reports: &[Report], history: &[Entry], commit: &str) {
    let figures = || reports.iter().flat_map(|report| &report.figures);
    let goals = figures().filter_map(Figure::is_met);
    let (met, of) = goals.fold((0, 0), |(met, of), is_met| (met + u32::from(is_met), of + 1));
    let _ = write!(
        out,
        "<header>\n<h1>Slipway, measured</h1>\n<p>{} figures in {} parts at commit <code>{}</code>; {met} of {of} goals are \
         met. {} earlier runs on this kind of machine are kept.</p>\n",
        figures().count(),
        reports.len(),
        escaped(commit),
        history.len()
    );
    let missed: Vec<String> = reports
        .iter()
        .flat_map(|report| report.figures.iter().map(move |figure| (report, figure)))
        .filter(|(_, figure)| figure.is_met() == Some(false))
        .map(|(report, figure)| {
            let Figure { name, value, unit, goal, .. } = figure;
            let name = escaped(&format!("{}: {name}", report.title));
            format!("<li>{name}: {} {}, goal {}</li>\n", grouped(*value), escaped(unit), shown(*goal))
        })
        .collect();
    if !missed.is_empty() {
        let _ = writeln!(out, "<p>Missed:</p>\n<ul class=\"missed\">\n{}</ul>", missed.concat());
    }
    out.push_str(
        "<details><summary>How to read this</summary>\n<p><b>Median</b> is the middle of the samples; the <b>range</b> holds \
         it in 95 of 100 repetitions (bootstrap). In <b>samples</b> each dot is one, the bar is that range, the line the \
         median, and a dashed line the goal. <b>Trend</b> is the median of each kept run, the oldest on the left; point at a \
         dot for its commit. A <i>count</i> is the same each time; a <i>ratio</i> is two things measured in turns in one run, \
         and holds on any machine; everything else is true for the machine it names. A <i>fact</i> says what was measured \
         on.</p></details>\n</header>\n",
    );
    let _ = write!(out, "<nav>");
    for report in reports {
        let _ = write!(out, "<a href=\"#{}\">{}</a> ", anchor(&report.title), escaped(&report.title));
    }
    let _ = writeln!(out, "<a href=\"#elsewhere\">Measured elsewhere</a></nav>");
}

fn section(out: &mut String, report: &Report, history: &[Entry]) {
    let on: Vec<String> = iter::once(report.machine.describe()).chain(report.versions.clone()).collect();
    let _ = write!(
        out,
        "<section id=\"{}\">\n<h2>{}</h2>\n<p>{}</p>\n<p class=\"machine\">{}</p>\n<table>\n<thead><tr><th>what</th>\
         <th>median</th><th>range</th><th>samples</th><th>goal</th><th>trend</th></tr></thead>\n<tbody>\n",
        anchor(&report.title),
        escaped(&report.title),
        escaped(&report.about),
        escaped(&on.join(" · "))
    );
    for figure in &report.figures {
        row(out, figure, &trend(report, figure, history));
    }
    out.push_str("</tbody>\n</table>\n");
    if !report.sites.is_empty() {
        places(out, &report.sites);
    }
    out.push_str("</section>\n");
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn places(out: &mut String, sites: &[Site]) {
    out.push_str(
        "<table>\n<thead><tr><th>program</th><th>where memory is asked for</th><th>bytes at the most</th><th>bytes in all</th>\
         <th>blocks in all</th></tr></thead>\n<tbody>\n",
    );
    for Site { program, function, at_most, bytes, blocks } in sites {
        let _ = write!(out, "<tr><td>{}</td><td><code>{}</code></td>", escaped(program), escaped(function));
        for number in [at_most, bytes, blocks] {
            let _ = write!(out, "<td class=\"number\">{}</td>", grouped(*number as f64));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

fn row(out: &mut String, figure: &Figure, trend: &[(String, f64)]) {
    let Figure { name, kind, unit, value, samples, goal, .. } = figure;
    let (low, high) = statistics::confidence(samples);
    let range = if samples.len() > 1 { format!("{} – {}", grouped(low), grouped(high)) } else { String::new() };
    let kind = match kind {
        Kind::Fact => "fact",
        Kind::Count => "count",
        Kind::Ratio => "ratio",
        Kind::Measured => "",
    };
    let (class, verdict) = match figure.is_met() {
        Some(true) => ("met", " ✓"),
        Some(false) => ("missed", " ✗"),
        None => ("", ""),
    };
    let _ = writeln!(
        out,
        "<tr><td>{} <i>{kind}</i></td><td class=\"number\">{} {}</td><td class=\"number\">{range}</td><td>{}</td>\
         <td class=\"number {class}\">{}{verdict}</td><td>{}</td></tr>",
        escaped(name),
        grouped(*value),
        escaped(unit),
        plot::samples(samples, (low, high), *goal),
        shown(*goal),
        plot::trend(trend)
    );
}

/// What the kept runs measured of a figure, with where it was, and last what it is now.
fn trend(report: &Report, figure: &Figure, history: &[Entry]) -> Vec<(String, f64)> {
    let kept = history.iter().filter_map(|entry| {
        let middle = entry.figures.get(&report.title)?.get(figure.name.as_ref())?;
        let day = entry.at.split('T').next().unwrap_or_default();
        Some((format!("{day} {}: {} {}", entry.commit, grouped(middle.median), figure.unit), middle.median))
    });
    let mut all: Vec<_> = kept.collect();
    all.push((format!("now: {} {}", grouped(figure.value), figure.unit), figure.value));
    all
}

fn others(out: &mut String, elsewhere: &[Report]) {
    out.push_str("<section id=\"elsewhere\">\n<h2>Measured elsewhere</h2>\n");
    if elsewhere.is_empty() {
        out.push_str(
            "<p>Nothing yet. A report of this format in <code>perf/elsewhere/</code>, of whatever was measured on whatever \
             machine, is shown here; it is compared with nothing.</p>\n",
        );
    }
    out.push_str("</section>\n");
    for report in elsewhere {
        section(out, report, &[]);
    }
}

fn anchor(title: &str) -> String {
    title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    #[test]
    fn the_page_stands_alone_and_tells_each_figure_with_its_goal() {
        let figures = vec![
            Figure::measured("GET /v1/servers <50>", "ms", vec![1.0, 2.0, 3.0]).at_most(1.5),
            Figure::count("queries", "", 3.0),
        ];
        let reports = [Report::new("API", Machine::here(), figures)];
        let history = [Entry::of(&reports).unwrap()];
        let page = page(&reports, &history, &[], "abc1234");
        assert!(page.contains("GET /v1/servers &lt;50&gt;") && page.contains("0 of 1 goals are met"), "{page}");
        assert!(page.contains("≤ 1.5 ✗") && page.contains("<svg"), "{page}");
        for from_elsewhere in ["<script", "http://", "https://", "@import", "<img", "<link"] {
            assert!(!page.contains(from_elsewhere), "the page refers to {from_elsewhere}");
        }
    }
}
