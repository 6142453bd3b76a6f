//! Network interfaces: added and taken out by name; one that stays keeps its network.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use slipway_crds::names::DEFAULT_INTERFACE;
use utoipa::ToSchema;

use crate::problem::{FieldError, Kind, Problem};
use crate::server::device_name::is_device_name;

/// Interfaces that a server may have.
const MAX_INTERFACES: usize = 8;

/// An interface, as a spec names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub name: String,
    pub network: String,
    pub address: Option<String>,
    pub address6: Option<String>,
}

impl Interface {
    /// The one that a server has when its spec names none.
    pub fn public(network: String) -> Self {
        Self { name: DEFAULT_INTERFACE.to_owned(), network, address: None, address6: None }
    }
}

/// An interface to add.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = InterfaceOrder)]
pub struct AskedInterface {
    /// Lower case letters, digits and dashes, at most 32; it never changes.
    #[schema(example = "private", max_length = 32)]
    pub name: String,
    /// One of the networks of the site that the account may use; it never changes.
    #[schema(max_length = 63)]
    pub network: String,
    /// Staff only: this IPv4 address in place of the next free one.
    #[schema(example = "192.0.2.10")]
    pub address: Option<String>,
    /// Staff only: this IPv6 address, or prefix, in place of the next free one.
    #[schema(example = "2001:db8::10")]
    pub address6: Option<String>,
}

/// Static addresses of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses {
    pub v4: Option<String>,
    pub v6: Option<String>,
}

impl Addresses {
    /// Addresses are handed out by the provider, and are well formed.
    pub fn checked(self, staff: bool) -> Result<Self, Problem> {
        let given = [("address", &self.v4), ("address6", &self.v6)];
        if let Some((field, _)) = given.into_iter().find(|(_, address)| address.is_some() && !staff) {
            return Err(only_staff(field));
        }
        let errors = [
            ("address", self.v4.as_deref().and_then(wrong_address)),
            ("address6", self.v6.as_deref().and_then(wrong_address6)),
        ];
        let errors: Vec<FieldError> = errors
            .into_iter()
            .filter_map(|(field, wrong)| Some(FieldError { field: field.to_owned(), message: wrong?.to_owned() }))
            .collect();
        if errors.is_empty() {
            return Ok(self);
        }
        Err(Problem::new(Kind::Unprocessable, "These are no addresses.").with_fields(errors))
    }
}

fn only_staff(field: &str) -> Problem {
    Problem::new(Kind::Forbidden, "Only staff may choose an address.").with_field(field, "is for staff")
}

fn wrong_address(address: &str) -> Option<&'static str> {
    address.parse::<Ipv4Addr>().is_err().then_some("must be an IPv4 address such as 192.0.2.10")
}

fn wrong_address6(address: &str) -> Option<&'static str> {
    address.parse::<Ipv6Addr>().is_err().then_some("must be an IPv6 address such as 2001:db8::10")
}

/// What a change is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The interfaces that the spec names now; none: there is one, `public`, on the default network.
    pub present: &'a [Interface],
    /// The site's.
    pub default_network: &'a str,
    /// Networks of the site that the account may use.
    pub open: &'a [String],
}

/// Addresses are handed out by the provider.
pub fn refuse_addresses(asked: &[AskedInterface], staff: bool) -> Result<(), Problem> {
    match asked.iter().position(|interface| interface.address.is_some() || interface.address6.is_some()) {
        Some(index) if !staff => Err(only_staff(&format!("networks.{index}.address"))),
        _ => Ok(()),
    }
}

/// The interfaces that the server has after the change.
pub fn change(asked: &[AskedInterface], removed: &[String], ground: &Ground<'_>) -> Result<Vec<Interface>, Problem> {
    let mut errors = Vec::new();
    let mut wrong = |field: String, message: String| errors.push(FieldError { field, message });
    let mut interfaces = ground.present.to_vec();
    if interfaces.is_empty() {
        interfaces.push(Interface::public(ground.default_network.to_owned()));
    }
    for (index, name) in removed.iter().enumerate() {
        match interfaces.iter().position(|interface| interface.name == *name) {
            Some(position) => drop(interfaces.remove(position)),
            None => wrong(format!("removeNetworks.{index}"), format!("the server has no interface {name}")),
        }
    }
    for (index, interface) in asked.iter().enumerate() {
        let field = |name: &str| format!("networks.{index}.{name}");
        if !is_device_name(&interface.name) {
            wrong(field("name"), "must be at most 32 lower case letters, digits and dashes, a letter first".to_owned());
        } else if removed.contains(&interface.name) || interfaces.iter().any(|other| other.name == interface.name) {
            wrong(field("name"), format!("there is an interface {} already; choose another name", interface.name));
        }
        if !ground.open.contains(&interface.network) {
            let message = format!("there is no network {} on this site that the account may use", interface.network);
            wrong(field("network"), message);
        }
        if let Some(message) = interface.address.as_deref().and_then(wrong_address) {
            wrong(field("address"), message.to_owned());
        }
        if let Some(message) = interface.address6.as_deref().and_then(wrong_address6) {
            wrong(field("address6"), message.to_owned());
        }
        let AskedInterface { name, network, address, address6 } = interface.clone();
        interfaces.push(Interface { name, network, address, address6 });
    }
    if interfaces.is_empty() {
        wrong("removeNetworks".to_owned(), "a server keeps at least one interface".to_owned());
    }
    if interfaces.len() > MAX_INTERFACES {
        wrong("networks".to_owned(), format!("a server has at most {MAX_INTERFACES} interfaces"));
    }
    if errors.is_empty() {
        return Ok(interfaces);
    }
    Err(Problem::new(Kind::Unprocessable, "The networks cannot be changed like this.").with_fields(errors))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(name: &str, network: &str) -> AskedInterface {
        AskedInterface { name: name.into(), network: network.into(), address: None, address6: None }
    }

    fn try_change(asked: &[AskedInterface], removed: &[&str]) -> Result<Vec<String>, String> {
        let open = ["lan".to_owned(), "wan".to_owned()];
        let ground = Ground { present: &[], default_network: "wan", open: &open };
        let removed: Vec<String> = removed.iter().map(ToString::to_string).collect();
        let after = change(asked, &removed, &ground).map_err(|problem| format!("{problem:?}"))?;
        Ok(after.into_iter().map(|interface| interface.name).collect())
    }

    #[test]
    fn the_interface_that_a_server_has_anyway_is_named_first() {
        assert_eq!(try_change(&[interface("private", "lan")], &[]).unwrap(), ["public", "private"]);
        assert_eq!(try_change(&[interface("private", "lan")], &["public"]).unwrap(), ["private"]);
    }

    #[test]
    fn what_does_not_fit_names_the_field() {
        let with = |address: &str, address6: &str| AskedInterface {
            address: Some(address.into()),
            address6: Some(address6.into()),
            ..interface("b", "lan")
        };
        for (asked, removed, field) in [
            (vec![interface("b", "nowhere")], &[][..], "networks.0.network"),
            (vec![interface("public", "lan")], &[], "networks.0.name"),
            (vec![interface("b", "lan"), interface("b", "lan")], &[], "networks.1.name"),
            (vec![interface("-b", "lan")], &[], "networks.0.name"),
            (vec![with("::1", "::1")], &[], "networks.0.address"),
            (vec![with("192.0.2.1", "192.0.2.1")], &[], "networks.0.address6"),
            (vec![], &["public"], "removeNetworks"),
            (vec![], &["b"], "removeNetworks.0"),
        ] {
            let error = try_change(&asked, removed).unwrap_err();
            assert!(error.contains(field), "{asked:?}: {error}");
        }
    }

    #[test]
    fn addresses_of_the_first_interface_are_staffs_and_well_formed() {
        let both = |v4: &str, v6: &str| Addresses { v4: Some(v4.into()), v6: Some(v6.into()) };
        assert!(both("192.0.2.1", "2001:db8::1").checked(true).is_ok());
        assert!(Addresses::default().checked(false).is_ok());
        for (addresses, staff, field) in [
            (both("192.0.2.1", "2001:db8::1"), false, "address "),
            (both("::1", "2001:db8::1"), true, "address "),
            (both("192.0.2.1", "192.0.2.1"), true, "address6 "),
        ] {
            let refused = addresses.checked(staff).unwrap_err();
            assert!(refused.fields()[0].starts_with(field), "{:?}", refused.fields());
        }
    }

    #[test]
    fn only_staff_choose_addresses() {
        let asked = [AskedInterface { address: Some("192.0.2.1".into()), ..interface("b", "lan") }];
        assert!(refuse_addresses(&asked, true).is_ok());
        assert!(refuse_addresses(&asked, false).is_err());
    }
}
