//! The traps that a database of years has for whoever reads its people.

use super::{Client, People, Transform, fixture::*};
use crate::{
    carried::{Legacy, PasswordHash, Role, User},
    inventory::Machines,
    outcome::{Fate, Outcome},
    whmcs::{ClientBundle, ClientRow, ContactRow, MembershipRow, UserRow},
};

/// Users before clients, as a run reads them.
fn read(users: &[UserRow], clients: &[ClientBundle], has_users: bool) -> (Vec<User>, Vec<Client>, Vec<Outcome>) {
    let (mapping, catalogue, machines) = (mapping(), catalogue(), Machines::default());
    let transform = Transform::new(&mapping, &catalogue, &machines);
    let mut people = People::default();
    let (mut logins, mut outcomes) = (Vec::new(), Vec::new());
    for row in users {
        let (user, told) = transform.user(row, &mut people);
        logins.extend(user);
        outcomes.extend(told);
    }
    let clients: Vec<Client> = clients.iter().map(|bundle| transform.client(bundle, has_users, &mut people)).collect();
    outcomes.extend(clients.iter().flat_map(|client| client.outcomes.clone()));
    (logins, clients, outcomes)
}

fn client(id: i64, email: &str) -> ClientBundle {
    let row = ClientRow {
        id,
        firstname: "Ada".into(),
        lastname: "Byron".into(),
        email: email.into(),
        country: "GB".into(),
        currency: 1,
        status: "Active".into(),
        datecreated: Some("2019-05-06".into()),
        ..ClientRow::default()
    };
    ClientBundle { row, ..ClientBundle::default() }
}

fn user(id: i64, email: &str) -> UserRow {
    let password = "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy".into();
    UserRow { id, email: email.into(), password, ..UserRow::default() }
}

fn member(client: &mut ClientBundle, user: i64, owner: bool) {
    let id = user * 100 + client.row.id;
    client.memberships.push(MembershipRow { id, auth_user_id: user, client_id: client.row.id, owner });
}

fn told<'a>(outcomes: &'a [Outcome], table: &str, id: i64) -> &'a Outcome {
    let found: Vec<_> = outcomes.iter().filter(|o| o.table == table && o.id == id).collect();
    assert_eq!(found.len(), 1, "{table} {id} is told once");
    found[0]
}

#[test]
fn trap_4_a_country_s_name_becomes_its_code_debt_stays_and_a_zero_date_is_none() {
    let mut one = client(4, "ada@example.com");
    one.row.country = "Brazil".into();
    one.row.credit = "-5.00".parse().unwrap();
    one.row.datecreated = Some("0000-00-00".into());
    member(&mut one, 1, true);
    let (_, clients, outcomes) = read(&[user(1, "ada@example.com")], &[one], true);
    let account = &clients[0].account;
    assert_eq!((account.country.as_str(), account.credit.to_string().as_str()), ("BR", "-5.00"));
    assert_eq!(account.created_on, None);
    assert_eq!(told(&outcomes, "tblclients", 4).outcome, Fate::Mapped);
}

#[test]
fn a_country_that_nobody_knows_and_a_day_that_never_was_are_told() {
    let mut one = client(4, "ada@example.com");
    one.row.country = "Atlantis".into();
    one.row.datecreated = Some("2019-02-30".into());
    member(&mut one, 1, true);
    let (_, clients, outcomes) = read(&[user(1, "ada@example.com")], &[one], true);
    assert_eq!(clients[0].account.country, "Atlantis");
    let outcome = told(&outcomes, "tblclients", 4);
    assert_eq!((outcome.outcome, outcome.code), (Fate::Finding, "country-unknown"));
    assert!(outcome.reason.contains("Atlantis") && outcome.reason.contains("2019-02-30"), "{}", outcome.reason);
}

#[test]
fn trap_5_two_clients_with_one_e_mail_are_two_accounts_and_one_login() {
    let (mut one, mut two) = (client(5, "Ada@Example.com"), client(6, "ada@example.com "));
    member(&mut one, 1, true);
    member(&mut two, 2, true);
    let users = [user(1, "Ada@Example.com"), user(2, "ada@example.com")];
    let (logins, clients, outcomes) = read(&users, &[one, two], true);
    assert_eq!(logins.iter().map(|login| login.email.as_str()).collect::<Vec<_>>(), ["ada@example.com"]);
    let first = Legacy { table: "tblusers", id: 1 };
    for (client, account) in clients.iter().zip([5, 6]) {
        let member = &client.memberships[0];
        assert_eq!((client.account.id, member.user, member.role), (account, first, Role::Owner));
    }
    assert_eq!(told(&outcomes, "tblusers", 2).code, "email-shared");
    assert!(told(&outcomes, "tblusers", 2).reason.contains("tblusers 1"));
    assert_eq!(told(&outcomes, "tblclients", 6).code, "email-shared");
}

#[test]
fn trap_5_before_8_0_the_second_client_and_a_contact_share_the_first_client_s_login() {
    let (one, mut two) = (client(5, "Ada@Example.com"), client(6, "ada@example.com"));
    let contact = ContactRow {
        id: 9,
        userid: 6,
        email: "ADA@example.com".into(),
        subaccount: true,
        password: "x".into(),
        ..ContactRow::default()
    };
    two.contacts.push(contact);
    let (_, clients, outcomes) = read(&[], &[one, two], false);
    assert_eq!(clients.iter().map(|client| client.users.len()).collect::<Vec<_>>(), [1, 0]);
    let first = Legacy { table: "tblclients", id: 5 };
    let members: Vec<_> = clients[1].memberships.iter().map(|member| (member.user, member.role)).collect();
    assert_eq!(members, [(first, Role::Owner)], "the contact is the owner already");
    assert_eq!(told(&outcomes, "tblcontacts", 9).code, "email-shared");
    assert_eq!(told(&outcomes, "tblclients", 6).code, "email-shared");
}

#[test]
fn trap_7_a_login_without_a_hash_is_one_that_staff_gives_a_link() {
    let mut empty = user(1, "ada@example.com");
    empty.password = String::new();
    let (logins, _, outcomes) = read(&[empty], &[], true);
    assert_eq!(logins[0].password, PasswordHash::None);
    assert_eq!(told(&outcomes, "tblusers", 1).code, "password-reset");
}

#[test]
fn trap_8_one_user_is_a_member_of_two_clients_and_a_client_without_owner_is_told() {
    let (mut one, mut two, three) =
        (client(1, "a@example.com"), client(2, "b@example.com"), client(3, "c@example.com"));
    member(&mut one, 7, true);
    member(&mut two, 7, false);
    let (_, clients, outcomes) = read(&[user(7, "a@example.com")], &[one, two, three], true);
    let seven = Legacy { table: "tblusers", id: 7 };
    let roles: Vec<Vec<_>> =
        clients.iter().map(|client| client.memberships.iter().map(|m| (m.user, m.role)).collect()).collect();
    assert_eq!(roles, [vec![(seven, Role::Owner)], vec![(seven, Role::Member)], vec![]]);
    assert_eq!(told(&outcomes, "tblclients", 1).code, "mapped");
    assert_eq!(told(&outcomes, "tblclients", 2).code, "no-owner");
    assert_eq!(told(&outcomes, "tblclients", 3).code, "no-login");
}

#[test]
fn a_user_without_a_name_is_called_by_its_e_mail_as_far_as_there_is_room() {
    let address = format!("{}@{}.example.com", "a".repeat(60), "b".repeat(60));
    let (logins, ..) = read(&[user(1, &address)], &[], true);
    assert_eq!((logins[0].name.as_str(), logins[0].email.as_str()), (&address[..100], address.as_str()));
}

#[test]
fn a_member_whose_user_has_no_login_is_told_and_is_no_member() {
    let mut one = client(1, "a@example.com");
    member(&mut one, 7, true);
    let (logins, clients, outcomes) = read(&[user(7, "not an address")], &[one], true);
    assert!(logins.is_empty() && clients[0].memberships.is_empty());
    assert_eq!(told(&outcomes, "tblusers", 7).code, "email-invalid");
    assert_eq!(told(&outcomes, "tblclients", 1).code, "member-without-login");
}
