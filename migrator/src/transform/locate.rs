//! Which machine a service is: every locator that answers must agree, and the inventory must have that machine.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::{Transform, claims, said::Said};
use crate::{
    carried::Link,
    inventory::Machine,
    mapping::{FormulaWord, Locator, Override, Place, TextRole},
    outcome::Fate,
    text::{Mac, addresses, fold, macs, tidy},
    whmcs::{ModuleRow, ServiceBundle},
};

/// What the locators say, before the inventory is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Located {
    pub vmid: Option<u32>,
    pub node: Option<String>,
    /// Those that a module keeps for it.
    pub addresses: Vec<IpAddr>,
    pub macs: Vec<Mac>,
    /// The machine itself has to bear witness, by its name, an address or a network card.
    pub is_guess: bool,
    /// The mapping itself names it for this service.
    pub is_explicit: bool,
    /// Why nothing can be said.
    pub problem: Option<String>,
}

/// What the machine is compared with.
pub struct Looks<'a> {
    pub service: i64,
    pub client: i64,
    pub hostname: Option<&'a str>,
    pub addresses: &'a [IpAddr],
    pub macs: &'a [Mac],
}

/// Asks all locators, and tells the value rows what became of them.
pub fn locate(
    transform: &Transform<'_>,
    locators: &[Locator],
    bundle: &ServiceBundle,
    own: Option<&Override>,
    said: &mut Said,
) -> Located {
    let mut located = Located::default();
    let module = transform.catalogue.products.get(&bundle.row.packageid).map_or("", |p| p.servertype.as_str());
    let mut by_table: Vec<u32> = Vec::new();
    let mut keys: Vec<&str> = Vec::new();
    let mut formula = None;
    let mut has_authority = false;
    for Locator { modules, place, must_match } in locators {
        if !modules.is_empty() && !modules.iter().any(|m| m.eq_ignore_ascii_case(module)) {
            continue;
        }
        match place {
            Place::Table { .. } => {
                let before = by_table.len();
                ask_table(transform, place, bundle, &mut located, &mut by_table);
                has_authority |= !must_match && by_table.len() > before;
            }
            Place::Field(key) => {
                has_authority |= !must_match && said.words.iter().any(|words| words.key == *key);
                keys.push(key);
            }
            Place::Formula(word) => formula = formula.or(Some(*word)),
        }
    }
    let by_field = ask_fields(&keys, own.and_then(|own| own.vmid), &by_table, said, &mut located);
    located.vmid = by_table.first().or(by_field.first()).copied();
    if by_table.iter().chain(&by_field).any(|vmid| Some(*vmid) != located.vmid) {
        let all: Vec<String> = by_table.iter().chain(&by_field).map(ToString::to_string).collect();
        located.problem.get_or_insert(format!("what says its machine says different ones: {}", all.join(", ")));
    }
    if located.vmid.is_none() && located.problem.is_none() {
        located.vmid = formula.and_then(|formula| calculate(formula, bundle.row.id));
    }
    if located.problem.is_some() {
        located.vmid = None;
    }
    located.is_guess = !has_authority;
    if let Some(own) = own {
        if own.vmid.is_some() {
            (located.vmid, located.problem, located.is_guess) = (own.vmid, None, false);
            located.is_explicit = true;
        }
        if own.node.is_some() {
            located.node.clone_from(&own.node);
        }
    }
    located
}

fn ask_table(
    transform: &Transform<'_>,
    place: &Place,
    bundle: &ServiceBundle,
    located: &mut Located,
    found: &mut Vec<u32>,
) {
    let Place::Table { table, vmid, node, address, mac, vmid_is_service, .. } = place else { return };
    for row in bundle.modules.iter().filter(|row| row.table.eq_ignore_ascii_case(table)) {
        let said = vmid.as_deref().and_then(|column| row.get(column)).filter(|text| *text != "0");
        match said {
            Some(text) => match vmid_of(text) {
                Some(vmid) => found.push(vmid),
                None => {
                    located
                        .problem
                        .get_or_insert(format!("{table} says `{}`, which is no machine's number", tidy(text)));
                }
            },
            None if *vmid_is_service => found.extend(calculate(FormulaWord::ServiceId, bundle.row.id)),
            None => {}
        }
        if let Some(node) = node.as_deref().and_then(|column| node_of(transform, row, column)) {
            located.node.get_or_insert(node);
        }
        if let Some(text) = address.as_deref().and_then(|column| row.get(column)) {
            located.addresses.extend(addresses(text).found);
        }
        if let Some(text) = mac.as_deref().and_then(|column| row.get(column)) {
            located.macs.extend(macs(text));
        }
    }
}

/// A module keeps a node's name, or its number in a table of nodes.
fn node_of(transform: &Transform<'_>, row: &ModuleRow, column: &str) -> Option<String> {
    let text = row.get(column)?;
    match text.parse::<i64>() {
        Ok(id) => transform.catalogue.pve_nodes.get(&id).map(|node| tidy(&node.name).into_owned()),
        Err(_) => Some(text.to_owned()),
    }
}

/// The numbers that fields say. Of two values of one field, the one that a module's table confirms is right (trap 26).
fn ask_fields(keys: &[&str], own: Option<u32>, by_table: &[u32], said: &mut Said, located: &mut Located) -> Vec<u32> {
    let rows: Vec<(usize, String, bool)> = said
        .words
        .iter()
        .filter(|words| words.role == TextRole::Vmid)
        .map(|words| (words.row, words.text.clone(), keys.contains(&words.key.as_str())))
        .collect();
    let known = own.or(by_table.first().copied());
    let numbers: Vec<u32> =
        rows.iter().filter(|(_, _, asked)| *asked).filter_map(|(_, text, _)| vmid_of(text)).collect();
    let are_at_odds = numbers.iter().any(|vmid| Some(vmid) != numbers.first());
    let is_settled = known.is_some_and(|known| own.is_some() || are_at_odds && numbers.contains(&known));
    for (row, text, asked) in rows {
        if !asked {
            said.change(row, Fate::Finding, "no-locator", "no locator of the mapping asks this field");
            continue;
        }
        match vmid_of(&text) {
            None => {
                said.change(row, Fate::Finding, "vmid-unreadable", "this is no machine's number");
                if known.is_none() {
                    located.problem.get_or_insert(format!("`{}` is no machine's number", tidy(&text)));
                }
            }
            Some(vmid) if is_settled => {
                if Some(vmid) != known {
                    let why = if own.is_some() {
                        "the mapping names another machine for this service"
                    } else {
                        "another value is right, for the module's own table agrees with that one"
                    };
                    said.change(row, Fate::Conflict, "values-conflict", why);
                }
            }
            Some(_) if are_at_odds => {
                said.change(row, Fate::Conflict, "values-conflict", "two values name different machines");
            }
            Some(vmid) if known.is_some_and(|known| known != vmid) => {
                said.change(row, Fate::Conflict, "locators-disagree", "the module's own table names another machine");
            }
            Some(_) => {}
        }
    }
    if is_settled { known.into_iter().collect() } else { numbers }
}

fn vmid_of(text: &str) -> Option<u32> {
    tidy(text).parse().ok().filter(|vmid| (100..=999_999_999).contains(vmid))
}

fn calculate(formula: FormulaWord, service: i64) -> Option<u32> {
    match formula {
        FormulaWord::ServiceIdOr9 if service < 100 => vmid_of(&format!("9{service}")),
        FormulaWord::ServiceId | FormulaWord::ServiceIdOr9 => vmid_of(&service.to_string()),
    }
}

/// Why most services without a machine have none.
const UNSAID: &str = "nothing says which machine it is";

/// Which machine a service is, and what is to be said of that.
pub struct Linked {
    pub link: Link,
    pub note: String,
    /// It is the one that the mapping names, although it looks like another's.
    pub doubt: Option<String>,
}

/// The machine that was located, when the inventory has it and nothing speaks against it. One that the mapping names for
/// this very service needs no likeness, and comes before whoever else says it.
pub fn link(transform: &Transform<'_>, located: &Located, site: Option<&str>, looks: &Looks<'_>) -> Linked {
    let unlinked = |cause: &'static str, reason: String| Linked {
        link: Link::Unlinked { cause, reason },
        note: String::new(),
        doubt: None,
    };
    if let Some(problem) = &located.problem {
        return unlinked("what names its machine is at odds or unreadable", problem.clone());
    }
    let Some(vmid) = located.vmid else {
        return unlinked(UNSAID, UNSAID.to_owned());
    };
    if transform.machines.is_unknown() {
        let reason = format!("it should be machine {vmid}, but there was no inventory to look it up in");
        return unlinked("there was no inventory", reason);
    }
    let found: Vec<(&str, &Machine)> = transform.machines.find(vmid, site).collect();
    let [(site, machine)] = found.as_slice() else {
        let place = site.map_or(String::new(), |site| format!(" on {site}"));
        return match found.len() {
            0 => unlinked("its machine is not there", format!("there is no machine {vmid}{place}")),
            many => unlinked(
                "several sites have a machine of its number",
                format!("there are {many} machines {vmid}, and nothing says on which site it is"),
            ),
        };
    };
    let likeness = Likeness::of(machine, looks);
    if located.is_guess && !likeness.is_witness() {
        let reason = format!("machine {vmid} may be it, but has neither its name nor its address nor its network card");
        return unlinked("its machine is only guessed", reason);
    }
    let mut doubt = None;
    if likeness == Likeness::Other {
        let reason = format!(
            "machine {vmid} (`{}`) has neither the service's name nor its addresses nor its network cards",
            machine.name
        );
        if !located.is_explicit {
            return unlinked("its machine looks like another's", reason);
        }
        doubt = Some(format!("{reason}; it is the one that the mapping names"));
    }
    let others = transform.shared.other_claimants(site, vmid, looks.service);
    let rivals: Vec<i64> =
        others.iter().filter(|other| other.is_explicit || !located.is_explicit).map(|other| other.service).collect();
    if !rivals.is_empty() {
        let reason = format!("machine {vmid} of {site} is said to be {} too", claims::named(&rivals));
        return unlinked("several services are one machine", reason);
    }
    let mut note = String::new();
    if let Some(node) = &located.node
        && fold(node) != fold(&machine.node)
    {
        note = format!("machine {vmid} is on {} now, not on {node}", machine.node);
    } else if matches!(likeness, Likeness::OtherName | Likeness::Label) {
        note = format!("machine {vmid} is called `{}`", machine.name);
    } else if likeness == Likeness::OtherAddress {
        note = format!("machine {vmid} has the service's name, and other addresses or network cards");
    }
    let link = Link::Machine {
        site: (*site).to_owned(),
        node: machine.node.clone(),
        vmid,
        other_cards: other_cards(looks.macs, &machine.macs),
    };
    Linked { link, note, doubt }
}

/// Those that the service should have and the machine, whose cards are known, has not.
fn other_cards(should: &[Mac], has: &[Mac]) -> Option<String> {
    let missing = should.iter().filter(|mac| !has.contains(mac));
    let missing: BTreeSet<String> = missing.map(ToString::to_string).collect();
    let there: Vec<String> = has.iter().map(ToString::to_string).collect();
    let missing: Vec<String> = missing.into_iter().collect();
    (!missing.is_empty() && !there.is_empty())
        .then(|| format!("MAC: {} in WHMCS, {} there", missing.join(", "), there.join(", ")))
}

/// How much a machine looks like the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    Same,
    /// Its whole name is the service's, and its addresses or network cards are not.
    OtherAddress,
    /// Only the first label of its name is the service's, as `www`: many have that.
    Label,
    /// Its name says otherwise, and its addresses say nothing.
    OtherName,
    /// Neither says anything.
    Unknown,
    Other,
}

impl Likeness {
    fn of(machine: &Machine, looks: &Looks<'_>) -> Self {
        let name = fold(&machine.name);
        let is_named = !name.is_empty();
        let host = looks.hostname.map(fold).unwrap_or_default();
        let first_label = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let has_name = is_named
            && (host == name
                || name == format!("vps{}", looks.service)
                || name == format!("vps{}cus{}", looks.service, looks.client));
        // One of them is the label alone: of two whole names the rest counts, too.
        let has_label =
            is_named && first_label(&host) == first_label(&name) && (!host.contains('.') || !name.contains('.'));
        let knows_addresses = !machine.addresses.is_empty() && !looks.addresses.is_empty();
        let has_address = looks.addresses.iter().any(|address| machine.addresses.contains(address));
        let knows_cards = !machine.macs.is_empty() && !looks.macs.is_empty();
        let has_card = looks.macs.iter().any(|mac| machine.macs.contains(mac));
        match () {
            () if has_address || has_card => Self::Same,
            () if has_name && (knows_addresses || knows_cards) => Self::OtherAddress,
            () if has_name => Self::Same,
            () if knows_addresses || knows_cards => Self::Other,
            () if has_label => Self::Label,
            () if is_named && looks.hostname.is_some() => Self::OtherName,
            () => Self::Unknown,
        }
    }

    fn is_witness(self) -> bool {
        self == Self::Same
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// A machine's name and address, and the service's.
    #[rstest]
    #[case("web1.example.com", "", "web1.example.com", "", Likeness::Same)]
    #[case("web1.example.com", "203.0.113.7", "other.example.com", "203.0.113.7", Likeness::Same)]
    #[case("vps7", "", "web1.example.com", "", Likeness::Same)]
    #[case("web1.example.com", "203.0.113.7", "web1.example.com", "203.0.113.8", Likeness::OtherAddress)]
    #[case("www.other-customer.example", "", "www.cust-a.example", "", Likeness::OtherName)]
    #[case("server", "198.51.100.9", "server.cust-a.example", "203.0.113.77", Likeness::Other)]
    #[case("web1", "", "web1.example.com", "", Likeness::Label)]
    #[case("", "", "web1.example.com", "", Likeness::Unknown)]
    fn a_machine_is_the_service_by_its_whole_name_or_an_address(
        #[case] name: &str,
        #[case] has: &str,
        #[case] host: &str,
        #[case] sold: &str,
        #[case] expected: Likeness,
    ) {
        let list = |text: &str| text.parse().ok().into_iter().collect::<Vec<IpAddr>>();
        let machine = Machine { name: name.to_owned(), addresses: list(has), ..Machine::default() };
        let addresses = list(sold);
        let looks = Looks { service: 7, client: 1, hostname: Some(host), addresses: &addresses, macs: &[] };
        assert_eq!(Likeness::of(&machine, &looks), expected);
        assert_eq!(expected.is_witness(), expected == Likeness::Same);
    }

    #[rstest]
    #[case("a.example", "BC:24:11:00:04:4D", "b.example", Likeness::Same)]
    #[case("a.example", "BC:24:11:00:04:4E", "a.example", Likeness::OtherAddress)]
    #[case("a.example", "BC:24:11:00:04:4E", "b.example", Likeness::Other)]
    #[case("a.example", "", "b.example", Likeness::OtherName)]
    fn a_network_card_bears_witness_as_an_address_does(
        #[case] name: &str,
        #[case] has: &str,
        #[case] host: &str,
        #[case] expected: Likeness,
    ) {
        let sold = [Mac::parse("bc-24-11-00-04-4d").unwrap()];
        let machine = Machine { name: name.to_owned(), macs: macs(has).collect(), ..Machine::default() };
        let looks = Looks { service: 7, client: 1, hostname: Some(host), addresses: &[], macs: &sold };
        assert_eq!(Likeness::of(&machine, &looks), expected);
        let told = other_cards(&sold, &machine.macs);
        assert_eq!(told.is_some(), !has.is_empty() && expected != Likeness::Same, "{told:?}");
    }
}
