//! What the rendered network policies let through, as Kubernetes defines them: a pod that some policy selects may do what a
//! rule of one of them allows, and nothing else.

use std::net::IpAddr;

use serde_json::Value;

/// Where a connection goes.
#[derive(Clone, Copy)]
pub enum To<'a> {
    /// A component of ours.
    Component(&'a str),
    /// An address outside of the cluster.
    Address(&'a str),
}

pub struct Firewall(Vec<Value>);

impl Firewall {
    pub fn of(objects: &[Value]) -> Self {
        Self(objects.iter().filter(|object| object["kind"] == "NetworkPolicy").cloned().collect())
    }

    /// Whether `from` may open a TCP connection.
    pub fn lets(&self, from: &str, to: To<'_>, port: u16) -> bool {
        let out = self.allows(from, "Egress", "egress", "to", to, port);
        match to {
            To::Component(target) => {
                out && self.allows(target, "Ingress", "ingress", "from", To::Component(from), port)
            }
            To::Address(_) => out,
        }
    }

    fn allows(&self, pod: &str, kind: &str, rules: &str, peers: &str, other: To<'_>, port: u16) -> bool {
        let about = |policy: &&Value| {
            selects(&policy["spec"]["podSelector"], pod)
                && policy["spec"]["policyTypes"].as_array().unwrap().iter().any(|t| t == kind)
        };
        let mut policies = self.0.iter().filter(about).peekable();
        if policies.peek().is_none() {
            return true;
        }
        policies.flat_map(|policy| policy["spec"][rules].as_array().into_iter().flatten()).any(|rule| {
            let ports = rule["ports"].as_array();
            let ports = ports.is_none_or(|all| all.iter().any(|p| p["port"] == port && p["protocol"] == "TCP"));
            ports && rule[peers].as_array().is_none_or(|all| all.iter().any(|peer| is(peer, other)))
        })
    }
}

fn selects(selector: &Value, component: &str) -> bool {
    let labels = selector["matchLabels"].as_object();
    labels.is_none_or(|labels| labels.get("app.kubernetes.io/component").is_some_and(|c| c == component))
}

fn is(peer: &Value, other: To<'_>) -> bool {
    match other {
        To::Address(address) => {
            peer["ipBlock"].is_object() && {
                let inside = |cidr: &Value| contains(cidr.as_str().unwrap(), address.parse().unwrap());
                let except = peer["ipBlock"]["except"].as_array();
                inside(&peer["ipBlock"]["cidr"]) && !except.is_some_and(|all| all.iter().any(inside))
            }
        }
        To::Component(component) => {
            // A namespace's selector alone means all of its pods; whether it matches ours is not known here.
            peer["podSelector"].is_object() && selects(&peer["podSelector"], component)
                || peer["namespaceSelector"].as_object().is_some_and(serde_json::Map::is_empty)
        }
    }
}

fn contains(cidr: &str, address: IpAddr) -> bool {
    let (network, length) = cidr.split_once('/').unwrap();
    let length: u32 = length.parse().unwrap();
    match (network.parse().unwrap(), address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (network.to_bits() ^ address.to_bits()).checked_shr(32 - length).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            (network.to_bits() ^ address.to_bits()).checked_shr(128 - length).unwrap_or(0) == 0
        }
        _ => false,
    }
}
