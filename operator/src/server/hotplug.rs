//! What a running machine takes at once and what waits for its next start: its own `hotplug` option says.

use proxmox_client::{ConfigChange, VmConfig};

/// What Proxmox plugs in where nothing else is said.
const DEFAULT: &str = "network,disk,usb";
/// Never part of the machine, whatever it is.
const BESIDE_THE_MACHINE: [&str; 5] = ["name", "description", "tags", "onboot", "protection"];
/// Told to the guest by its cloud-init drive.
const CLOUD_INIT: [&str; 5] = ["ciuser", "cipassword", "sshkeys", "nameserver", "searchdomain"];

/// Whether a part of the change has no effect on the machine before it is started anew.
pub(super) fn waits_for_restart(config: &VmConfig, running: bool, change: &ConfigChange) -> bool {
    let set = change.set.iter().map(|(option, value)| (option.as_str(), value.as_str()));
    let all = set.chain(change.delete.iter().map(|option| (option.as_str(), "")));
    running && all.into_iter().any(|(option, value)| !is_taken_at_once(config, option, value))
}

fn is_taken_at_once(config: &VmConfig, option: &str, value: &str) -> bool {
    let features = match config.get("hotplug") {
        None | Some("1") => DEFAULT,
        Some(listed) => listed,
    };
    let plugs = |feature: &str| features.split([',', ';', ' ']).any(|f| f == feature);
    let is_slot = |kind: &str| option.strip_prefix(kind).is_some_and(|n| n.parse::<u8>().is_ok());
    if option == "memory" {
        // Modules can be added to nodes only, and a guest need not give one back.
        let grows = value.parse::<u32>().is_ok_and(|mib| mib > config.memory_mib());
        return plugs("memory") && config.flag("numa") && grows;
    }
    // `hotplug: cpu` is about `vcpus`, which nobody sets: cores and sockets always wait.
    (is_slot("net") && plugs("network"))
        || ((is_slot("scsi") || is_slot("virtio")) && plugs("disk"))
        || is_slot("ipconfig")
        || BESIDE_THE_MACHINE.contains(&option)
        || CLOUD_INIT.contains(&option)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn waits(hotplug: Value, numa: u8, option: &str, value: &str) -> bool {
        let mut config = json!({ "memory": "1024", "numa": numa, "digest": "d" });
        if !hotplug.is_null() {
            config["hotplug"] = hotplug;
        }
        let change = ConfigChange {
            set: vec![(option.into(), value.into())],
            delete: vec!["description".into()],
            digest: "d".into(),
        };
        waits_for_restart(&VmConfig::from_json(&config), true, &change)
    }

    #[test]
    fn each_machine_says_what_it_takes_at_once() {
        for (hotplug, numa, option, value, waits_) in [
            (Value::Null, 0, "memory", "2048", true),
            (json!("network,disk,memory"), 1, "memory", "2048", false),
            (json!("network,disk,memory"), 1, "memory", "512", true),
            (json!("network,disk,memory"), 0, "memory", "2048", true),
            (json!("1"), 1, "memory", "2048", true),
            (json!("network,disk,cpu"), 1, "cores", "4", true),
            (Value::Null, 0, "net1", "virtio,bridge=vmbr0", false),
            (json!(1), 0, "net1", "virtio,bridge=vmbr0", false),
            (json!("0"), 0, "net1", "virtio,bridge=vmbr0", true),
            (json!("disk"), 0, "net1", "virtio,bridge=vmbr0", true),
            (json!("disk"), 0, "scsi2", "local-lvm:5", false),
            (json!("0"), 0, "ipconfig0", "ip=dhcp", false),
            (json!("0"), 0, "name", "web", false),
        ] {
            assert_eq!(waits(hotplug.clone(), numa, option, value), waits_, "{option}={value} with hotplug {hotplug}");
        }
    }

    #[test]
    fn a_machine_that_is_off_waits_for_nothing() {
        let change = ConfigChange { set: vec![("cores".into(), "4".into())], ..ConfigChange::default() };
        assert!(!waits_for_restart(&VmConfig::default(), false, &change));
        assert!(waits_for_restart(&VmConfig::default(), true, &change));
    }
}
