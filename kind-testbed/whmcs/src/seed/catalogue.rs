//! What is sold, in the shape that services are made of. `offer.rs` says what there is.

use super::{offer, truth::slug};

/// What runs a product's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Module {
    Pvewhmcs,
    ProxmoxCustom,
    ModulesGarden,
    SolusVm,
    VirtFusion,
    ProxmoxVm,
    /// Not a virtual server.
    Game,
    Web,
    Other,
}

impl Module {
    pub const VIRTUAL: [Self; 6] =
        [Self::Pvewhmcs, Self::ProxmoxCustom, Self::ModulesGarden, Self::SolusVm, Self::VirtFusion, Self::ProxmoxVm];

    /// By its folder's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let all = [Self::Game, Self::Web].into_iter().chain(Self::VIRTUAL);
        all.into_iter().find(|module| module.name() == text).ok_or_else(|| format!("there is no module `{text}`"))
    }

    /// The module's folder in WHMCS.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pvewhmcs => "pvewhmcs",
            Self::ProxmoxCustom => "proxmox_custom",
            Self::ModulesGarden => "ProxmoxVeVpsCloud",
            Self::SolusVm => "solusvmpro",
            Self::VirtFusion => "VirtFusionDirect",
            Self::ProxmoxVm => "proxmoxvm",
            Self::Game => "pterodactyl",
            Self::Web => "cpanel",
            Self::Other => "",
        }
    }

    pub fn is_virtual(self) -> bool {
        Self::VIRTUAL.contains(&self)
    }
}

/// What an option's answer or a field's value is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Memory,
    Cores,
    Disk,
    Image,
    Region,
    Hostname,
    SshKey,
    Vmid,
    Node,
    Address,
    Traffic,
    Network,
    Backups,
    Snapshots,
    /// How many addresses, not which.
    AddressCount,
    Secret,
    /// Of a client: carried over as text.
    Keep,
    Other,
}

impl Role {
    /// Whether there is a place for it in Slipway; the rest is left behind as the mapping says.
    pub const fn has_a_place(self) -> bool {
        !matches!(self, Self::Secret | Self::Other)
    }
}

#[derive(Debug)]
pub struct Product {
    pub id: u32,
    pub group: u32,
    pub name: String,
    pub module: Module,
    /// Cores, MiB, GiB, where the module's settings say them.
    pub base: Option<[u64; 3]>,
    /// A month, in euro cents.
    pub monthly: i64,
    pub options: Vec<usize>,
    pub fields: Vec<usize>,
}

impl Product {
    pub fn plan(&self) -> String {
        slug(&self.name.replace("&amp;", "&"))
    }
}

#[derive(Debug)]
pub struct ConfigOption {
    pub id: u32,
    pub group: u32,
    pub name: String,
    /// 1 dropdown, 2 radio, 3 yes/no, 4 quantity.
    pub kind: u32,
    pub hidden: bool,
    pub role: Role,
    /// It comes on top of another option of its role.
    pub adds: bool,
    /// Never empty.
    pub choices: Vec<Choice>,
}

#[derive(Debug)]
pub struct Choice {
    pub id: u32,
    pub name: String,
    pub hidden: bool,
    /// In the role's unit; of a quantity, what one is.
    pub amount: u64,
}

impl Choice {
    pub fn label(&self) -> &str {
        label(&self.name)
    }
}

/// What the client sees: the part after the first pipe.
pub fn label(text: &str) -> &str {
    text.split_once('|').map_or(text, |(_, label)| label)
}

#[derive(Debug)]
pub struct Field {
    pub id: u32,
    /// client, product, addon, support.
    pub owner: &'static str,
    pub relid: u32,
    pub name: String,
    pub kind: &'static str,
    pub role: Role,
    pub entries: Vec<&'static str>,
}

impl Field {
    /// The list as WHMCS reads it: it splits at every comma.
    pub fn list(&self) -> String {
        self.entries.join(",")
    }
}

#[derive(Debug)]
pub struct Server {
    pub id: u32,
    pub name: &'static str,
    pub module: Module,
    pub site: &'static str,
    pub node: &'static str,
}

#[derive(Debug)]
pub struct Catalogue {
    pub products: Vec<Product>,
    /// id, name, the products that it is linked to.
    pub groups: Vec<(u32, &'static str, Vec<u32>)>,
    pub options: Vec<ConfigOption>,
    pub fields: Vec<Field>,
    pub servers: Vec<Server>,
}

impl Catalogue {
    pub fn new(messy: bool) -> Self {
        let mut catalogue = Self {
            products: Vec::new(),
            groups: Vec::new(),
            options: Vec::new(),
            fields: Vec::new(),
            servers: offer::servers(),
        };
        offer::fill(&mut catalogue, messy);
        for product in &mut catalogue.products {
            let linked = |option: &ConfigOption| {
                catalogue.groups.iter().any(|(id, _, products)| *id == option.group && products.contains(&product.id))
            };
            product.options = catalogue.options.iter().enumerate().filter(|(_, o)| linked(o)).map(|(i, _)| i).collect();
            product.fields = catalogue
                .fields
                .iter()
                .enumerate()
                .filter(|(_, field)| field.owner == "product" && field.relid == product.id)
                .map(|(i, _)| i)
                .collect();
        }
        catalogue
    }

    /// The indices of the products that a module runs.
    pub fn of(&self, module: Module) -> Vec<usize> {
        self.products.iter().enumerate().filter(|(_, p)| p.module == module).map(|(i, _)| i).collect()
    }

    pub fn servers_of(&self, module: Module) -> Vec<&Server> {
        self.servers.iter().filter(|server| server.module == module).collect()
    }

    /// The field that a module made without a product.
    pub fn unbound(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.owner == "product" && field.relid == 0 && field.name == name)
    }

    pub fn owned(&self, owner: &str) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.owner == owner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_virtual_product_says_its_size_its_image_and_how_its_machine_is_found() {
        let catalogue = Catalogue::new(true);
        for product in catalogue.products.iter().filter(|product| product.module.is_virtual()) {
            let options = product.options.iter().map(|index| catalogue.options[*index].role);
            let roles: BTreeSet<Role> =
                options.chain(product.fields.iter().map(|index| catalogue.fields[*index].role)).collect();
            for role in [Role::Memory, Role::Cores, Role::Disk, Role::Image] {
                assert!(roles.contains(&role), "{}: nothing says {role:?}", product.name);
            }
            assert!(!catalogue.servers_of(product.module).is_empty(), "{}", product.name);
        }
    }

    #[test]
    fn damage_to_names_changes_no_number() {
        let (clean, messy) = (Catalogue::new(false), Catalogue::new(true));
        let ids = |catalogue: &Catalogue| -> Vec<(u32, u32)> {
            let options = catalogue.options.iter();
            options.flat_map(|option| option.choices.iter().map(|choice| (option.id, choice.id))).collect()
        };
        assert_eq!(ids(&clean), ids(&messy));
        assert_eq!(messy.options.iter().filter(|o| o.name.ends_with(['\u{a0}', ' '])).count(), 2);
        assert!(clean.options.iter().all(|option| option.name.trim() == option.name));
    }
}
