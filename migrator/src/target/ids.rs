//! Ids of what is carried over: UUID v5 over the source's name, the table and the row's number, so that every run finds the
//! same.

use uuid::Uuid;

use crate::carried::{Legacy, LegacyId};

/// Of all ids made here: v5 of the DNS name `slipway.dev`.
const ROOT: Uuid = Uuid::from_u128(0x7c1e_a8f3_53d5_5b0e_9d5a_2c1f_60f4_a7b1);

/// The ids of one source.
#[derive(Debug, Clone, Copy)]
pub struct Ids(Uuid);

impl Ids {
    pub fn new(source: &str) -> Self {
        Self(Uuid::new_v5(&ROOT, format!("whmcs/{source}").as_bytes()))
    }

    pub fn of(self, table: &str, id: LegacyId) -> Uuid {
        Uuid::new_v5(&self.0, format!("{table}/{id}").as_bytes())
    }

    pub fn account(self, id: LegacyId) -> Uuid {
        self.of("tblclients", id)
    }

    pub fn user(self, user: Legacy) -> Uuid {
        // Before 8.0 a client is its own login: the two are different things all the same.
        self.of(&format!("login/{}", user.table), user.id)
    }

    pub fn membership(self, account: LegacyId, user: Legacy) -> Uuid {
        self.of(&format!("membership/{account}/{}", user.table), user.id)
    }

    pub fn service(self, id: LegacyId) -> Uuid {
        self.of("tblhosting", id)
    }

    pub fn server(self, id: LegacyId) -> Uuid {
        self.of("server/tblhosting", id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_in_every_run_and_another_for_another_source_table_or_number() {
        let ids = Ids::new("whmcs");
        assert_eq!(ids.account(7), Ids::new("whmcs").account(7));
        let login = Legacy { table: "tblclients", id: 7 };
        let others = [
            ids.account(8),
            ids.service(7),
            ids.server(7),
            ids.user(login),
            ids.membership(7, login),
            Ids::new("other").account(7),
        ];
        assert!(others.iter().all(|other| *other != ids.account(7)));
    }
}
