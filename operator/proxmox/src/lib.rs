//! proxmox-client
