//! What a migration carried over from another billing system, to be read by its account and by staff: nothing here changes.

pub mod credits;
pub mod invoice;
pub mod invoices;
pub mod list;
pub mod orders;
pub mod profile;
pub mod reader;
pub mod services;
pub mod ticket;
pub mod tickets;
pub mod transactions;
