//! What years do to clients and their logins.

use crate::{
    load::Cents,
    secret::md5_login,
    seed::{Generator, dice::Dice, people::Client},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientDamage {
    Entities,
    Mojibake,
    OddColumns,
    SameMail,
    Md5,
    NoPassword,
    SharedLogin,
    NoOwner,
}

impl ClientDamage {
    pub const ALL: [Self; 8] = [
        Self::Entities,
        Self::Mojibake,
        Self::OddColumns,
        Self::SameMail,
        Self::Md5,
        Self::NoPassword,
        Self::SharedLogin,
        Self::NoOwner,
    ];

    const fn tag(self) -> &'static str {
        match self {
            Self::Entities => "trap-2",
            Self::Mojibake => "trap-3",
            Self::OddColumns => "trap-4",
            Self::SameMail => "trap-5",
            Self::Md5 => "trap-6",
            Self::NoPassword => "trap-7",
            Self::SharedLogin | Self::NoOwner => "trap-8",
        }
    }
}

impl Generator {
    /// Spoils a client by what is owed, or else by chance.
    pub fn damage_client(&mut self, client: &mut Client, dice: &mut Dice) {
        // The first two are the ones that others share things with.
        if client.id <= 2 {
            return;
        }
        let owed = self.owed.clients.pop();
        let damage = owed.or_else(|| dice.chance(self.messiness).then(|| *dice.pick(&ClientDamage::ALL)));
        let Some(damage) = damage else { return };
        match damage {
            ClientDamage::Entities => {
                "O&#039;Brien".clone_into(&mut client.last);
                "Brien &amp; Sons".clone_into(&mut client.company);
            }
            ClientDamage::Mojibake => {
                client.first = mojibake("Jürgen");
                client.city = mojibake("München");
            }
            ClientDamage::OddColumns => {
                "Brazil".clone_into(&mut client.country);
                client.credit = Cents(-500);
                client.created = None;
                client.uuid.clear();
            }
            ClientDamage::SameMail => {
                let Some(login) = &self.last_login else { return };
                client.email = login.email.to_uppercase();
                client.login.clone_from(&client.email);
                self.log_in_as_the_last(client);
            }
            ClientDamage::SharedLogin => self.log_in_as_the_last(client),
            ClientDamage::NoOwner => client.owner = None,
            ClientDamage::Md5 if !client.shared => {
                client.scheme = "md5";
                // A salt may hold anything, the separator too.
                client.hash = md5_login(client.password, "a:(Z");
            }
            ClientDamage::NoPassword if !client.shared => {
                client.scheme = "none";
                client.hash.clear();
            }
            ClientDamage::Md5 | ClientDamage::NoPassword => {
                self.owed.clients.extend(owed);
                return;
            }
        }
        client.damage.push(damage.tag());
        self.count(damage.tag());
    }
}

/// UTF-8 that somebody read as latin1 and stored as what he read.
fn mojibake(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_encoded_twice() {
        assert_eq!(mojibake("Jürgen"), "JÃ¼rgen");
    }
}
