//! Ids of what is carried over, made of the source's name, the table and the row's number, so that every run finds the same.
//!
//! They begin with the number and end with a hash: rows that follow each other stand together in the target's indexes, which a
//! million ids in no order would read and write all over.

use uuid::{Builder, Uuid};

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

    /// UUID v8: two bytes of the source, four of the number, and of a v5 over all what is left.
    pub fn of(self, table: &str, id: LegacyId) -> Uuid {
        let mut bytes = Uuid::new_v5(&self.0, format!("{table}/{id}").as_bytes()).into_bytes();
        bytes[..2].copy_from_slice(&self.0.as_bytes()[..2]);
        // Of the rare one that is longer, the end: it is in the hash as a whole.
        bytes[2..6].copy_from_slice(&id.to_be_bytes()[4..]);
        Builder::from_custom_bytes(bytes).into_uuid()
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
        assert_ne!(ids.of("t", 7), ids.of("t", 7 + (1 << 32)), "beyond 32 bits the hash tells them apart");
    }

    #[test]
    fn ids_stand_in_the_order_of_their_numbers_and_differ_in_what_names_are_made_of() {
        let ids: Vec<Uuid> = [1, 2, 255, 256, 70_000].map(|id| Ids::new("whmcs").server(id)).into();
        assert!(ids.is_sorted());
        let ends: std::collections::BTreeSet<String> =
            ids.iter().map(|id| id.simple().to_string().split_off(24)).collect();
        assert_eq!(ends.len(), ids.len());
        assert_eq!(ids[0].get_version_num(), 8);
    }
}
