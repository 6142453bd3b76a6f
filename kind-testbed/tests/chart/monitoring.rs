//! Alerts and dashboard: each has its page, and asks for nothing that no program tells.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::helm::{Helm, chart, project};

fn alerts() -> Vec<Value> {
    let text = fs::read_to_string(chart().join("files/alerts.yaml")).unwrap();
    serde_yaml_ng::from_str(&text).unwrap()
}

/// Every name that looks like a metric of ours.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|w| w.starts_with("slipway_operator_") || w.starts_with("slipway_api_")).map(str::to_owned).collect()
}

/// What the programs register: with the prefix, and with what their kind of metric adds.
fn told() -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for (source, prefix) in [("operator/src/metrics.rs", "slipway_operator"), ("api/src/metrics.rs", "slipway_api")] {
        let text = fs::read_to_string(project().join(source)).unwrap();
        let registered = text.split("register(").skip(1).filter_map(|call| call.split('"').nth(1));
        for name in registered {
            for suffix in ["", "_total", "_bucket"] {
                told.insert(format!("{prefix}_{name}{suffix}"));
            }
        }
    }
    told
}

#[test]
fn every_alert_has_its_runbook_and_every_runbook_its_alert() {
    let alerts: BTreeSet<String> = alerts().iter().map(|a| a["alert"].as_str().unwrap().to_owned()).collect();
    let pages = fs::read_dir(chart().join("runbooks")).unwrap().map(|page| page.unwrap().path());
    let pages: BTreeSet<String> = pages.map(|p| p.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(alerts, pages);
}

#[test]
fn alerts_and_dashboard_ask_for_metrics_that_there_are() {
    let dashboard = fs::read_to_string(chart().join("dashboards/slipway.json")).unwrap();
    let alerts = alerts();
    let expressions = alerts.iter().map(|a| a["expr"].as_str().unwrap()).collect::<Vec<_>>().join("\n");
    let (asked, told) = (&names(&dashboard) | &names(&expressions), told());
    assert!(asked.len() > 15, "{asked:?}");
    let missing: Vec<_> = asked.difference(&told).collect();
    assert!(missing.is_empty(), "nobody tells {missing:?}");
}

#[test]
fn prometheus_understands_every_question_of_alerts_and_dashboard() {
    let dashboard = fs::read_to_string(chart().join("dashboards/slipway.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let targets =
        dashboard["panels"].as_array().unwrap().iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    // Grafana puts a duration there.
    let panels = targets.map(|target| target["expr"].as_str().unwrap().replace("$__rate_interval", "5m"));
    let alerts = alerts();
    let alerts = alerts.iter().map(|alert| alert["expr"].as_str().unwrap().to_owned());
    let questions: Vec<String> = panels.chain(alerts).collect();
    assert!(questions.len() > 30, "{questions:?}");
    for question in questions {
        let understood = promql_parser::parser::parse(&question);
        assert!(understood.is_ok(), "{question}: {understood:?}");
    }
    assert!(promql_parser::parser::parse("sum by site (up)").is_err(), "the parser takes anything");
}

#[test]
fn without_an_api_nothing_is_asked_of_it() {
    let values = ["profile=operator-only", "monitoring.rules.enabled=true", "monitoring.serviceMonitors.enabled=true"];
    let objects = Helm::alone().objects(&values);
    let rules = objects.iter().find(|object| object["kind"] == "PrometheusRule").unwrap().to_string();
    assert!(rules.contains("slipway_operator_leader") && !rules.contains("slipway_api_"), "{rules}");
    let monitors: Vec<_> = objects.iter().filter(|object| object["kind"] == "ServiceMonitor").collect();
    assert_eq!(monitors.len(), 1);
}

#[test]
fn the_dashboard_is_json_that_grafana_finds() {
    let objects = Helm::alone().objects(&["monitoring.dashboard.enabled=true"]);
    let map = objects.iter().find(|object| object["metadata"]["name"] == "slipway-dashboard").unwrap();
    assert_eq!(map["metadata"]["labels"]["grafana_dashboard"], "1");
    let dashboard: Value = serde_json::from_str(map["data"]["slipway.json"].as_str().unwrap()).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 10);
}
