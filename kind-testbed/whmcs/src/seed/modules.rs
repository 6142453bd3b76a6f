//! What provisioning modules write in tables of their own: which machine a service is.

use super::{
    Generator,
    catalogue::Module,
    services::{Link, Service},
};
use crate::insert;

impl Generator {
    pub fn write_module_rows(&mut self, service: &Service) {
        let created = service.registered.and_hms_opt(8, 0, 0);
        if service.row_kept {
            insert!(
                self.sink,
                mod_pvewhmcs_vms {
                    id: service.id,
                    vmid: self.vmid_offset + service.id,
                    node_id: 1i64,
                    user_id: service.client,
                    vtype: "qemu",
                    ipaddress: &service.dedicated_ip,
                    subnetmask: "255.255.255.0",
                    gateway: "192.0.2.1",
                    created: created,
                }
            );
        }
        let Some(link) = &service.link else { return };
        match service.module {
            Module::Pvewhmcs => {
                let node = if link.node == "pve1" { 1u32 } else { 2 };
                insert!(
                    self.sink,
                    mod_pvewhmcs_vms {
                        id: service.id,
                        vmid: link.written,
                        node_id: link.written.map(|_| node),
                        user_id: service.client,
                        vtype: "qemu",
                        ipaddress: &service.dedicated_ip,
                        subnetmask: "255.255.255.0",
                        gateway: "192.0.2.1",
                        created: created,
                    }
                );
            }
            Module::ProxmoxVm => {
                if let Some(vmid) = link.written {
                    insert!(
                        self.sink,
                        mod_proxmoxvm {
                            id: service.id,
                            service_id: service.id,
                            vmid: vmid,
                            node: link.node,
                            created_at: created,
                        }
                    );
                }
            }
            Module::VirtFusion => {
                let about = format!("{{\"id\":{},\"name\":\"{}\"}}", link.vmid, service.domain);
                insert!(
                    self.sink,
                    mod_virtfusion_direct {
                        service_id: service.id,
                        server_id: link.written,
                        server_object: &about,
                        created_at: created,
                    }
                );
            }
            Module::ModulesGarden => self.write_modules_garden(service, link),
            Module::ProxmoxCustom => {
                insert!(
                    self.sink,
                    mod_proxmox_tasks {
                        id: service.id,
                        service_id: service.id,
                        server_id: service.server,
                        task_type: "create",
                        stage: "done",
                        status: "completed",
                        created_at: created,
                        updated_at: created,
                    }
                );
            }
            Module::SolusVm | Module::Game | Module::Web | Module::Other => {}
        }
    }

    fn write_modules_garden(&mut self, service: &Service, link: &Link) {
        insert!(
            self.sink,
            ProxmoxAddon_User {
                id: service.id,
                user_id: service.client,
                hosting_id: service.id,
                username: &format!("u{}", service.id),
                realm: "pve",
            }
        );
        insert!(
            self.sink,
            ProxmoxAddon_VmIpAddress {
                id: service.id,
                hosting_id: service.id,
                server_id: service.server,
                ip: &service.dedicated_ip,
                mac_address: &super::machines::mac(link.vmid),
                subnet_mask: "255.255.255.0",
                gateway: "192.0.2.1",
            }
        );
    }
}
