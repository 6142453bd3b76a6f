//! pve-testbed
