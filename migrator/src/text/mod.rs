//! From what WHMCS stores to what is meant: entities, mojibake, dates, countries, addresses, network cards, hashes and secrets.

mod addresses;
mod country;
mod date;
mod email;
mod entities;
mod fold;
mod mac;
mod mojibake;
mod password;
mod secret;
mod words;

pub use addresses::{Addresses, addresses};
pub use country::{Country, country};
pub use date::{WhmcsDate, date, moment};
pub use email::email;
pub use entities::{Text, TextRules};
pub use fold::{fold, tidy};
pub use mac::{Mac, macs};
pub use mojibake::propose as mojibake;
pub use password::password;
pub use secret::{Secret, SecretKey};
pub use words::{cycle, is_on};
