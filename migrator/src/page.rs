//! The owner's page: self-contained HTML, readable without a network, with bars where people would rather look than read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use html_escape::encode_text;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::command::verify::Coverage;
use crate::inventory::Machine;
use crate::outcome::Fate;
use crate::overview::Overview;
use crate::story::{Group, Story};
use crate::target::delta::Tally;
use crate::target::run::RunRow;

/// All that the page tells.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub made_at: DateTime<Utc>,
    pub source: String,
    pub overview: Overview,
    pub coverage: Vec<Coverage>,
    /// What a run would still do; `None`: there was no target to compare with.
    pub to_do: Option<Tally>,
    pub runs: Vec<RunRow>,
    /// Machines that no service is, by site.
    pub nobodys: Vec<(String, Machine)>,
    /// Machines of services that root must first put into Slipway's pool, and how.
    pub outside: Vec<String>,
    pub story: Story,
}

const STYLE: &str = include_str!("page.css");
/// Characters of a reason that are shown before its group is opened.
const EXAMPLE: usize = 140;

pub fn html(report: &Report) -> String {
    let mut page = String::new();
    let title = format!("Leaving WHMCS: {}", encode_text(&report.source));
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><body><main><h1>{title}</h1><p class=\"when\">As of {}</p>",
        report.made_at.format("%Y-%m-%d %H:%M UTC")
    );
    verdict(&mut page, report);
    decisions(&mut page, report);
    moved(&mut page, report);
    money(&mut page, report);
    answers(&mut page, report);
    machines(&mut page, report);
    left_behind(&mut page, report);
    runs(&mut page, report);
    page.push_str("</main></body></html>\n");
    page
}

fn verdict(page: &mut String, report: &Report) {
    let (findings, conflicts) = (report.story.count(Fate::Finding), report.story.count(Fate::Conflict));
    let live: u64 = ["active", "suspended"].iter().filter_map(|s| report.overview.services.get(*s)).sum();
    let to_do = match report.to_do {
        None => "This is what would be carried over; nothing was compared with a target.".to_owned(),
        Some(Tally { created: 0, changed: 0, conflicts: 0, .. }) => "The target is up to date.".to_owned(),
        Some(tally) => format!("A run would now make {} records and change {}.", tally.created, tally.changed),
    };
    let _ = write!(
        page,
        "<section class=\"cards\"><div><b>{live}</b>live services</div><div><b>{}</b>with their machine</div>\
         <div class=\"{}\"><b>{findings}</b>findings</div><div class=\"{}\"><b>{conflicts}</b>conflicts</div></section><p>{to_do}</p>",
        report.overview.linked,
        if findings > 0 { "look" } else { "" },
        if conflicts > 0 { "bad" } else { "" },
    );
}

/// What needs a decision: conflicts and findings, each with its rows.
fn decisions(page: &mut String, report: &Report) {
    let groups: Vec<_> = report.story.sorted().into_iter().filter(|group| group.outcome >= Fate::Finding).collect();
    if groups.is_empty() {
        page.push_str("<h2>Nothing needs a decision</h2>");
        return;
    }
    page.push_str("<h2>What needs a decision</h2>");
    for group in groups {
        let fate = if group.outcome == Fate::Conflict { "conflict" } else { "finding" };
        let _ = write!(
            page,
            "<details><summary><span class=\"{fate}\">{fate}</span> {} <b>{}</b>{}</summary>\
             <table><tr><th>{}</th><th>service</th><th>what is the case</th></tr>",
            title(group),
            group.count,
            example(group),
            encode_text(group.table)
        );
        for told in &group.rows {
            let service = told.service.map(|id| id.to_string()).unwrap_or_default();
            let _ =
                write!(page, "<tr><td>{}</td><td>{service}</td><td>{}</td></tr>", told.id, encode_text(&told.reason));
        }
        let rest = group.count.saturating_sub(group.rows.len() as u64);
        page.push_str("</table>");
        if rest > 0 {
            let _ = write!(page, "<p>and {rest} more: <code>report --rows FILE</code> has them all</p>");
        }
        page.push_str("</details>");
    }
}

/// `Option answers: choice missing`, for people; the words of `--rows` beside it.
fn title(group: &Group) -> String {
    let about = match group.table {
        "tblclients" => "Clients",
        "tblcontacts" => "Contacts",
        "tblcurrencies" => "Currencies",
        "tblcustomfieldsvalues" => "Field values",
        "tblhosting" => "Services",
        "tblhostingconfigoptions" => "Option answers",
        "tblupgrades" => "Upgrades",
        "tblusers" => "Users",
        "module" => "Machines in a module's table",
        other => other,
    };
    let what = group.code.replace('-', " ");
    format!("{}: {} <code>{}</code>", encode_text(about), encode_text(&what), encode_text(group.code))
}

/// One reason, to be read without opening the group.
fn example(group: &Group) -> String {
    let Some(told) = group.rows.first() else { return String::new() };
    let short: String = told.reason.chars().take(EXAMPLE).collect();
    let more = if told.reason.chars().count() > EXAMPLE { " …" } else { "" };
    format!("<span class=\"example\">{} {}: {}{more}</span>", encode_text(group.table), told.id, encode_text(&short))
}

fn moved(page: &mut String, report: &Report) {
    page.push_str("<h2>What moves</h2><table>");
    for (kind, count) in &report.overview.counts {
        let _ = write!(page, "<tr><td>{kind}</td><td class=\"n\">{count}</td></tr>");
    }
    page.push_str("</table>");
    bars(page, "Services by status", &report.overview.services);
    bars(page, "Live services by plan", &report.overview.plans);
    bars(page, "Live services by image", &report.overview.images);
    bars(page, "Live services by region", &report.overview.regions);
}

fn bars<K: AsRef<str> + Ord>(page: &mut String, title: &str, counts: &BTreeMap<K, u64>) {
    let Some(most) = counts.values().max().filter(|most| **most > 0) else { return };
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
    let _ = write!(page, "<h3>{title}</h3><table class=\"bars\">");
    for (name, count) in sorted.iter().take(20) {
        let name = if name.as_ref().is_empty() { "(none)" } else { name.as_ref() };
        let width = **count * 100 / most;
        let _ = write!(
            page,
            "<tr><td>{}</td><td class=\"n\">{count}</td><td><i style=\"width:{width}%\"></i></td></tr>",
            encode_text(name)
        );
    }
    page.push_str("</table>");
    if sorted.len() > 20 {
        let _ = write!(page, "<p>and {} more</p>", sorted.len() - 20);
    }
}

fn money(page: &mut String, report: &Report) {
    page.push_str("<h2>Money</h2>");
    for (currency, sums) in &report.overview.money {
        let currency = if currency.is_empty() { "without a currency" } else { currency.as_str() };
        let _ = write!(page, "<h3>{}</h3><table>", encode_text(currency));
        for (about, sum) in sums.iter().filter(|(_, sum)| **sum != Decimal::ZERO) {
            let _ = write!(page, "<tr><td>{}</td><td class=\"n\">{sum}</td></tr>", encode_text(about));
        }
        page.push_str("</table>");
    }
}

fn answers(page: &mut String, report: &Report) {
    page.push_str(
        "<h2>Answers and values</h2><p>Every option answer and every field value is one of these.</p>\
         <table><tr><th></th><th>carried over</th><th>left behind on purpose</th><th>findings</th></tr>",
    );
    for Coverage { table, mapped, ignored, findings } in &report.coverage {
        let name = match table.as_str() {
            "tblhostingconfigoptions" => "answers to configurable options",
            "tblcustomfieldsvalues" => "values of custom fields",
            _ => "services",
        };
        let _ = write!(
            page,
            "<tr><td>{name}</td><td class=\"n\">{mapped}</td><td class=\"n\">{ignored}</td><td class=\"n\">{findings}</td></tr>"
        );
    }
    page.push_str("</table>");
}

fn machines(page: &mut String, report: &Report) {
    page.push_str("<h2>Machines</h2>");
    bars(page, "Live services without a machine", &report.overview.unlinked);
    if !report.outside.is_empty() {
        let count = report.outside.len();
        let _ = write!(
            page,
            "<details><summary>Not adopted before they are in Slipway's pool <b>{count}</b></summary><table>"
        );
        for machine in &report.outside {
            let _ = write!(page, "<tr><td>{}</td></tr>", encode_text(machine));
        }
        page.push_str("</table></details>");
    }
    if report.nobodys.is_empty() {
        return;
    }
    page.push_str("<details><summary>Machines that no service is</summary><table><tr><th>site</th><th>VM</th><th>node</th><th>name</th><th>size</th></tr>");
    for (site, m) in &report.nobodys {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{} cores, {} MiB, {} GiB</td></tr>",
            encode_text(site),
            m.vmid,
            encode_text(&m.node),
            encode_text(&m.name),
            m.cores,
            m.memory_mib,
            m.disk_gib
        );
    }
    page.push_str("</table></details>");
}

fn left_behind(page: &mut String, report: &Report) {
    let groups: Vec<_> = report.story.sorted().into_iter().filter(|group| group.outcome == Fate::Ignored).collect();
    if groups.is_empty() {
        return;
    }
    page.push_str("<h2>What stays behind, and why</h2>");
    for group in groups {
        let _ = write!(
            page,
            "<details><summary>{} <b>{}</b>{}</summary><table>",
            title(group),
            group.count,
            example(group)
        );
        for told in group.rows.iter().take(100) {
            let _ = write!(page, "<tr><td>{}</td><td>{}</td></tr>", told.id, encode_text(&told.reason));
        }
        page.push_str("</table></details>");
    }
}

fn runs(page: &mut String, report: &Report) {
    if report.runs.is_empty() {
        return;
    }
    page.push_str("<h2>Runs</h2><table class=\"runs\"><tr><th>run</th><th>began</th><th>status</th><th>made</th><th>changed</th><th>by</th></tr>");
    for run in &report.runs {
        let sealed = if run.sealed_at.is_some() { ", cut over" } else { "" };
        let _ = write!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}{sealed}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            run.id,
            run.started_at.format("%Y-%m-%d %H:%M"),
            encode_text(&run.status),
            run.created,
            run.changed,
            encode_text(&run.actor)
        );
    }
    page.push_str("</table>");
}
