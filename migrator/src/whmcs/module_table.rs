//! Tables of provisioning modules that say which machine a service is.

/// Where a module keeps the machine of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleTable {
    /// The directory name of the module, `tblproducts.servertype`; empty where third parties write it for any.
    pub module: &'static str,
    pub table: &'static str,
    /// Holds `tblhosting.id`.
    pub service: &'static str,
    pub vmid: Option<&'static str>,
    /// Holds the node's name, or the id in `mod_pvewhmcs_nodes`.
    pub node: Option<&'static str>,
    pub address: Option<&'static str>,
    /// Holds the hardware address of the network card that `address` is on.
    pub mac: Option<&'static str>,
    /// Where `vmid` is empty or absent, the machine's number is the service's id (trap 28).
    pub vmid_is_service: bool,
    /// The number is the module's own: it is one of Proxmox only when the machine looks like the service.
    pub must_match: bool,
}

/// Those whose columns are known. A mapping may name others.
pub const MODULE_TABLES: &[ModuleTable] = &[
    ModuleTable {
        module: "pvewhmcs",
        table: "mod_pvewhmcs_vms",
        service: "id",
        vmid: Some("vmid"),
        node: Some("node_id"),
        address: Some("ipaddress"),
        mac: None,
        vmid_is_service: true,
        must_match: false,
    },
    ModuleTable {
        module: "proxmoxvm",
        table: "mod_proxmoxvm",
        service: "service_id",
        vmid: Some("vmid"),
        node: Some("node"),
        address: None,
        mac: None,
        vmid_is_service: false,
        must_match: false,
    },
    ModuleTable {
        module: "",
        table: "ProxmoxAddon_VmIpAddress",
        service: "hosting_id",
        vmid: None,
        node: None,
        address: Some("ip"),
        mac: Some("mac_address"),
        vmid_is_service: false,
        must_match: false,
    },
    ModuleTable {
        module: "",
        table: "mg_proxmox_addon_ip",
        service: "hosting_id",
        vmid: None,
        node: Some("node"),
        address: Some("ip"),
        mac: Some("mac_address"),
        vmid_is_service: false,
        must_match: false,
    },
    ModuleTable {
        module: "VirtFusionDirect",
        table: "mod_virtfusion_direct",
        service: "service_id",
        vmid: Some("server_id"),
        node: None,
        address: None,
        mac: None,
        vmid_is_service: false,
        must_match: true,
    },
];
