//! The products, options and fields of a host that has been in business for years, spelled as real ones are.

use super::catalogue::{Catalogue, Choice, ConfigOption, Field, Module, Product, Role, Server};

/// A product that was deleted while things still point at it.
pub const DELETED_PRODUCT: u32 = 99;
/// A group of options that no living product has any more.
pub const RETIRED_GROUP: u32 = 9;

const OS_WITH_PIPE: [&str; 4] = [
    "ubuntu-22.04|Ubuntu 22.04 LTS",
    "ubuntu-24.04|Ubuntu 24.04 LTS",
    "debian-12|Debian 12 (Bookworm)",
    "debian-13|Debian 13 (Trixie)",
];
const OS_BARE: [&str; 4] = ["Ubuntu 22.04 LTS", "Ubuntu 24.04 LTS", "Debian 12", "Debian 13"];
/// WHMCS splits the list at the comma inside the label.
const OS_WITH_COMMA: &str = "debian-11|Debian 11 (old, unsupported)";
const PLACES: [&str; 3] = ["4|Manchester", "7|Frankfurt am Main", "9|New York"];

pub fn servers() -> Vec<Server> {
    let server = |id, name, module, node| Server { id, name, module, site: "home", node };
    vec![
        server(1, "pve1 (Manchester)", Module::Pvewhmcs, "pve1"),
        server(2, "pve2 (Manchester)", Module::Pvewhmcs, "pve2"),
        server(3, "KVM node 1", Module::ProxmoxCustom, "pve1"),
        server(4, "KVM node 2", Module::ProxmoxCustom, "pve2"),
        server(5, "Cloud A", Module::ModulesGarden, "pve1"),
        server(6, "solus-master", Module::SolusVm, "pve2"),
        server(7, "virtfusion", Module::VirtFusion, "pve1"),
        server(8, "classic", Module::ProxmoxVm, "pve2"),
        server(9, "web01", Module::Web, ""),
        server(10, "games", Module::Game, ""),
    ]
}

pub fn fill(catalogue: &mut Catalogue, messy: bool) {
    products(catalogue, messy);
    options(catalogue, messy);
    fields(catalogue, messy);
}

fn products(catalogue: &mut Catalogue, messy: bool) {
    let business = if messy { "Web &amp; Mail Business" } else { "Web Business" };
    for (id, group, name, module, base, monthly) in [
        (1, 1, "VPS Starter", Module::Pvewhmcs, Some([1, 1024, 20]), 500),
        (2, 1, "VPS Growth", Module::Pvewhmcs, Some([2, 2048, 40]), 1250),
        (3, 1, "VPS Pro", Module::Pvewhmcs, Some([4, 8192, 80]), 2990),
        (4, 1, "VPS Enterprise", Module::Pvewhmcs, Some([8, 16384, 160]), 5990),
        (5, 2, "KVM S", Module::ProxmoxCustom, Some([1, 2048, 25]), 690),
        (6, 2, "KVM M", Module::ProxmoxCustom, Some([2, 4096, 50]), 1290),
        (7, 2, "KVM L", Module::ProxmoxCustom, Some([4, 8192, 100]), 2490),
        (8, 3, "Cloud One", Module::ModulesGarden, None, 800),
        (9, 3, "Cloud Two", Module::ModulesGarden, None, 1600),
        (10, 4, "SSD VPS 1", Module::SolusVm, None, 450),
        (11, 4, "SSD VPS 2", Module::SolusVm, None, 900),
        (12, 3, "Compute 2", Module::VirtFusion, None, 700),
        (13, 3, "Compute 4", Module::VirtFusion, None, 1400),
        (14, 4, "Classic VPS", Module::ProxmoxVm, None, 600),
        (15, 5, "Minecraft 10", Module::Game, None, 400),
        (16, 5, "Rust Server", Module::Game, None, 1500),
        (17, 6, "Web Basic", Module::Web, None, 300),
        (18, 6, business, Module::Web, None, 900),
        (19, 7, "Managed Support", Module::Other, None, 9900),
        (20, 7, "Free DNS", Module::Other, None, 0),
    ] {
        let name = name.to_owned();
        let (options, fields) = (Vec::new(), Vec::new());
        catalogue.products.push(Product { id, group, name, module, base, monthly, options, fields });
    }
}

/// The products that each group of options is linked to.
const GROUPS: [(u32, &str, &[u32]); 9] = [
    (1, "Server resources", &[1, 2, 3, 4]),
    (2, "KVM options", &[5, 6, 7]),
    (3, "Cloud options", &[8, 9]),
    (4, "SSD VPS options", &[10, 11]),
    (5, "Compute options", &[12, 13]),
    (6, "Classic options", &[14]),
    (7, "Game options", &[15, 16]),
    (8, "Web extras", &[17, 18]),
    (RETIRED_GROUP, "Old VPS options", &[]),
];

const DROPDOWN: u32 = 1;
const RADIO: u32 = 2;
const YES_NO: u32 = 3;
const QUANTITY: u32 = 4;

/// Names with what they are in the role's unit: MiB, GiB, cores, `MBit/s`, TB.
type Choices = &'static [(&'static str, u64)];

/// Group, name, kind, role, choices. `~` in front of a name hides it, `+` makes an option add to another.
#[rustfmt::skip]
const OPTIONS: &[(u32, &str, u32, Role, Choices)] = &[
    (1, "RAM", DROPDOWN, Role::Memory,
        &[("1024|1 GB", 1024), ("2048|2 GB", 2048), ("4096|4 GB", 4096), ("8192|8 GB", 8192), ("16384|16 GB", 16384), ("~512|512 MB", 512)]),
    (1, "CPU", DROPDOWN, Role::Cores, &[("1|1 vCPU", 1), ("2|2 vCPU", 2), ("4|4 vCPU", 4), ("8|8 vCPU", 8)]),
    (1, "Disk Space", DROPDOWN, Role::Disk, &[("20|20 GB", 20), ("40|40 GB", 40), ("80|80 GB", 80), ("160|160 GB", 160)]),
    (1, "+Extra RAM (GB)", QUANTITY, Role::Memory, &[("1 GB", 1024)]),
    (1, "IPv4 Addresses", QUANTITY, Role::AddressCount, &[("IP", 1)]),
    (1, "Bandwidth", DROPDOWN, Role::Traffic, &[("1|1 TB", 1), ("2|2 TB", 2), ("5|5 TB", 5)]),
    (1, "Backups", YES_NO, Role::Backups, &[("Yes", 1)]),
    (1, "~Network Speed", RADIO, Role::Network, &[("100|100 Mbps", 100), ("1000|1 Gbps", 1000)]),

    (2, "vCPU", DROPDOWN, Role::Cores, &[("1 Core", 1), ("2 Cores", 2), ("4 Cores", 4), ("6 Cores", 6)]),
    (2, "ram", DROPDOWN, Role::Memory, &[("2|2 GB", 2048), ("4|4 GB", 4096), ("8|8 GB", 8192)]),
    (2, "Disk (GB)", QUANTITY, Role::Disk, &[("GB", 1)]),
    (2, "Snapshots", QUANTITY, Role::Snapshots, &[("Snapshot", 1)]),
    (2, "NetworkSpeed", DROPDOWN, Role::Network, &[("1000|1 Gbps", 1000), ("10000|10 Gbps", 10000)]),

    (3, "Memory", DROPDOWN, Role::Memory, &[("1024|1 Gib", 1024), ("2048|2 GiB", 2048), ("4096|4 GiB", 4096), ("8192|8 GiB", 8192)]),
    (3, "CPU Cores", QUANTITY, Role::Cores, &[("Core", 1)]),
    (3, "Storage", RADIO, Role::Disk, &[("40 GB", 40), ("80 GB", 80), ("160GB", 160)]),
    (3, "OS|Operating System", DROPDOWN, Role::Image,
        &[("ubuntu2204|Ubuntu 22.04 LTS", 0), ("debian12|Debian 12 (Bookworm)", 0), ("rfvt:77|Debian 13", 0), ("alma9|AlmaLinux 9", 0)]),
    (3, "Location", DROPDOWN, Role::Region, &[("4|Manchester", 0), ("7|Frankfurt am Main", 0), ("9|New York", 0)]),
    (3, "Extra Load Balancers|Extra Load Balancers", QUANTITY, Role::Other, &[("Balancer", 1)]),

    (4, "Memory", QUANTITY, Role::Memory, &[("256 MB", 256)]),
    (4, "HDD", QUANTITY, Role::Disk, &[("10 GB", 10)]),
    (4, "VCPU", DROPDOWN, Role::Cores, &[("1|1 Core", 1), ("2|2 Cores", 2), ("4|4 Cores", 4)]),
    (4, "Operating System", DROPDOWN, Role::Image,
        &[("101|Debian 12 x64", 0), ("102|Ubuntu 24.04 LTS", 0), ("103|Windows Server 2022 Standard", 0)]),
    (4, "Location", RADIO, Role::Region, &[("1|Amsterdam", 0), ("2|New York", 0)]),
    (4, "VCPU Units", DROPDOWN, Role::Other, &[("1000|1000", 0), ("2000|2000", 0)]),
    (4, "Swap", DROPDOWN, Role::Other, &[("512|512 MB", 0), ("1024|1 GB", 0)]),

    (5, "Memory", DROPDOWN, Role::Memory, &[("1|1 GB", 1024), ("2|2 GB", 2048), ("4|4 GB", 4096), ("8192|8 GB", 8192)]),
    (5, "CPU Cores", DROPDOWN, Role::Cores, &[("1", 1), ("2", 2), ("4", 4)]),
    (5, "Storage", DROPDOWN, Role::Disk, &[("25|25 GB", 25), ("50|50 GB", 50), ("100|100 GB", 100)]),
    (5, "Location", DROPDOWN, Role::Region, &[("3|Frankfurt am Main", 0), ("5|Amsterdam", 0)]),
    (5, "Data Transfer", DROPDOWN, Role::Traffic, &[("1|1 TB", 1), ("4|4 TB", 4)]),

    (6, "RAM (GB)", QUANTITY, Role::Memory, &[("GB", 1024)]),
    (6, "Cores", DROPDOWN, Role::Cores, &[("1 Core", 1), ("2 Cores", 2)]),
    (6, "disk_gb", DROPDOWN, Role::Disk, &[("10GB", 10), ("30GB", 30), ("60GB", 60)]),
    (6, "Storage Type", DROPDOWN, Role::Other, &[("nvme|NVMe", 0), ("hdd|HDD", 0)]),

    (7, "memory", DROPDOWN, Role::Other, &[("1024|1 GB", 0), ("4096|4 GB", 0)]),
    (7, "cpu", DROPDOWN, Role::Other, &[("100|1 core", 0), ("200|2 cores", 0)]),
    (7, "Player Slots", QUANTITY, Role::Other, &[("Slot", 0)]),
    (7, "dedicated_ip|Dedicated IP", YES_NO, Role::Other, &[("Yes", 0)]),
    (8, "Backup Frequency", DROPDOWN, Role::Other, &[("Weekly (included)", 0), ("Daily (+$2/mo)", 0)]),
    (RETIRED_GROUP, "~memory", DROPDOWN, Role::Memory, &[("1024|1 GB", 1024), ("2048|2 GB", 2048)]),
];

/// What hands did to names since: spaces that nobody sees, a second pipe.
const MISSPELT: [(&str, &str); 3] =
    [("ram", "ram\u{a0}"), ("RAM (GB)", "RAM (GB) "), ("alma9|AlmaLinux 9", "alma9|AlmaLinux 9|recommended")];

fn options(catalogue: &mut Catalogue, messy: bool) {
    for (id, name, products) in GROUPS {
        let deleted = messy && id == RETIRED_GROUP;
        catalogue.groups.push((id, name, if deleted { vec![DELETED_PRODUCT] } else { products.to_vec() }));
    }
    let spelt = |name: &str| {
        let name = name.trim_start_matches(['~', '+']);
        let odd = MISSPELT.iter().find(|(right, _)| messy && *right == name);
        odd.map_or(name, |(_, odd)| odd).to_owned()
    };
    let mut choice_id = 0;
    for (id, (group, name, kind, role, choices)) in (1..).zip(OPTIONS) {
        let choices = choices
            .iter()
            .map(|(name, amount)| {
                choice_id += 1;
                Choice { id: choice_id, name: spelt(name), hidden: name.starts_with('~'), amount: *amount }
            })
            .collect();
        catalogue.options.push(ConfigOption {
            id,
            group: *group,
            name: spelt(name),
            kind: *kind,
            hidden: name.starts_with('~'),
            role: *role,
            adds: name.starts_with('+'),
            choices,
        });
    }
}

fn fields(catalogue: &mut Catalogue, messy: bool) {
    let mut id = 0;
    let mut field = |owner, relid, name: &str, kind, role, entries: &[&'static str]| {
        id += 1;
        let name = name.to_owned();
        catalogue.fields.push(Field { id, owner, relid, name, kind, role, entries: entries.to_vec() });
    };
    for product in 1..=4 {
        let mut systems = if messy && product == 4 { OS_BARE.to_vec() } else { OS_WITH_PIPE.to_vec() };
        if messy && product == 2 {
            systems.push(OS_WITH_COMMA);
        }
        field("product", product, "OS templates", "dropdown", Role::Image, &systems);
        field("product", product, "Datacenter locations", "dropdown", Role::Region, &PLACES);
        field("product", product, "SSH Public Key", "textarea", Role::SshKey, &[]);
        field("product", product, "Password", "password", Role::Secret, &[]);
    }
    for product in 5..=7 {
        field("product", product, "OS Template", "dropdown", Role::Image, &OS_BARE);
        field("product", product, "Location", "dropdown", Role::Region, &["Manchester", "New York"]);
    }
    for product in 8..=9 {
        field("product", product, "vmid", "text", Role::Vmid, &[]);
        field("product", product, "node", "text", Role::Node, &[]);
        field("product", product, "SSHKey", "textarea", Role::SshKey, &[]);
        field("product", product, "monitoring", "tickbox", Role::Other, &[]);
    }
    for product in 10..=11 {
        field("product", product, "vserverid", "text", Role::Vmid, &[]);
        field("product", product, "nodeid", "text", Role::Node, &[]);
        field("product", product, "SSH Key", "textarea", Role::SshKey, &[]);
        field("product", product, "hostname", "text", Role::Hostname, &[]);
    }
    for product in 12..=13 {
        field("product", product, "Initial Operating System", "text", Role::Image, &OS_BARE);
        field("product", product, "Initial SSH Key", "textarea", Role::SshKey, &[]);
    }
    field("product", 14, "Image", "dropdown", Role::Image, &["Rocky Linux 9", "Debian 12"]);
    field("product", 14, "Server Name", "text", Role::Hostname, &[]);
    field("product", 15, "Server Name", "text", Role::Other, &[]);
    field("product", 17, "Website", "link", Role::Other, &[]);
    // A module made these by itself, for no product.
    field("product", 0, "VMID", "text", Role::Vmid, &[]);
    field("product", 0, "IP", "text", Role::Address, &[]);
    field("product", 0, "PVEPassword", "password", Role::Secret, &[]);
    field("product", 0, "Last Reinstall Time", "text", Role::Other, &[]);
    field("client", 0, "VAT number", "text", Role::Keep, &[]);
    field("client", 0, "Newsletter", "tickbox", Role::Keep, &[]);
    field("client", 0, "Website", "link", Role::Keep, &[]);
    field("client", 0, "How did you find us?", "dropdown", Role::Keep, &["Search engine", "A friend", "Conference"]);
    field("addon", 1, "Licence key", "text", Role::Other, &[]);
    field("support", 1, "Affected server", "text", Role::Other, &[]);
}
