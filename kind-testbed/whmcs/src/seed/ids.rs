//! The next number of each kind of row.

use super::FIRST_SERVICE;

macro_rules! ids {
    ($($kind:ident after $before:expr),+ $(,)?) => {
        #[derive(Debug)]
        pub struct Ids { $($kind: u32),+ }

        impl Default for Ids {
            fn default() -> Self { Self { $($kind: $before),+ } }
        }

        impl Ids {
            $(pub fn $kind(&mut self) -> u32 { self.$kind += 1; self.$kind })+
        }
    };
}

ids! {
    user after 0,
    membership after 0,
    contact after 0,
    service after FIRST_SERVICE - 1,
    addon after 0,
    answer after 0,
    value after 0,
    invoice after 1000,
    item after 0,
    transaction after 0,
    credit after 0,
    ticket after 0,
    reply after 0,
    note after 0,
    mail after 0,
    log after 0,
    wish after 0,
    domain after 0,
}

impl Ids {
    /// How many services there are.
    pub const fn services(&self) -> u32 {
        self.service + 1 - FIRST_SERVICE
    }

    pub const fn next_invoice(&self) -> u32 {
        self.invoice + 1
    }
}
