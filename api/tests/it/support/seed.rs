//! People, accounts, a catalogue and servers to test with.

use serde_json::{Value, json};
use slipway_api::account;
use slipway_api::auth::session;
use slipway_api::display_name::DisplayName;
use slipway_api::id::{AccountId, UserId};
use slipway_api::membership;
use slipway_api::membership::view::Role;
use slipway_api::user::email::Email;
use slipway_api::user::store::{self as users, NewUser};
use sqlx::PgConnection;

use super::World;
use super::http::Client;

/// A person who is logged in.
pub struct Person {
    pub id: UserId,
    pub client: Client,
}

/// A customer with an account of their own.
pub struct Customer {
    pub person: Person,
    pub account: AccountId,
}

impl Customer {
    pub fn client(&self) -> &Client {
        &self.person.client
    }
}

/// An ssh key that is long enough to be one.
pub const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEtest ada@example.org";

impl World {
    pub async fn staff(&self) -> Person {
        self.person("staff", true).await
    }

    pub async fn person(&self, name: &str, staff: bool) -> Person {
        let mut connection = self.app.pool.acquire().await.unwrap();
        let email = Email::try_from(format!("{}@example.org", self.app.env.uuid().simple())).unwrap();
        let new = NewUser { email, name: DisplayName::try_from(name.to_owned()).unwrap(), staff };
        let id = users::insert(&mut connection, &self.app.env, &new).await.unwrap().unwrap();
        let client = self.client.with_token(&self.log_in(&mut connection, id).await);
        Person { id, client }
    }

    /// An access token of a new session.
    pub async fn log_in(&self, connection: &mut PgConnection, user: UserId) -> String {
        let started = session::start(connection, &self.app.env, user).await.unwrap();
        self.app.tokens.sign(user, started.session, self.app.env.now()).unwrap()
    }

    pub async fn customer(&self, name: &str) -> Customer {
        let person = self.person(name, false).await;
        let mut connection = self.app.pool.acquire().await.unwrap();
        let display = DisplayName::try_from(name.to_owned()).unwrap();
        let account = account::store::insert(&mut connection, &self.app.env, &display).await.unwrap();
        let now = self.app.env.now();
        membership::store::put(&mut connection, account, person.id, Role::Owner, now).await.unwrap().unwrap();
        Customer { person, account }
    }

    /// Two plans, an old one, two images, a site, a network for everybody and one for nobody.
    pub async fn catalogue(&self) {
        for statement in [
            "insert into plans values ('small', 'Small', null, 1, 1024, 10, 100, 100, false, 1),
                                      ('large', 'Large', 'More', 4, 8192, 80, 200, null, false, 1),
                                      ('ancient', 'Ancient', null, 1, 512, 5, 50, null, true, 1)",
            "insert into plan_prices values ('small', 'EUR', 4.90, now())",
            "insert into images values ('debian-13', 'Debian 13', 'debian', '13', '2030-06-30', 'debian', false, 1),
                                       ('debian-9', 'Debian 9', 'debian', '9', '2022-06-30', 'debian', true, 1)",
            "insert into sites values ('home', 'Home', 'eu-1', 'public', true, null, null, 1)",
            "insert into networks values ('public', 'Public', 1), ('private', 'Private', 1)",
            "insert into network_sites values ('public', 'home'), ('private', 'home')",
            "insert into network_namespaces values ('public', 'acct-*'), ('private', 'acct-nobody')",
        ] {
            sqlx::query(statement).execute(&self.app.pool).await.unwrap();
        }
    }

    /// Orders a server for the customer; answers the whole `202` body.
    pub async fn order(&self, customer: &Customer, name: &str) -> Value {
        customer.client().post("/v1/servers", order(name)).await.expect(202)
    }

    /// One number that a statement answers.
    pub async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&self.app.pool).await.unwrap()
    }
}

/// The smallest order.
pub fn order(name: &str) -> Value {
    json!({"name": name, "plan": "small", "image": "debian-13", "site": "home", "sshKeys": [KEY]})
}

/// The server's id in an accepted answer.
pub fn server_id(accepted: &Value) -> String {
    accepted["server"]["id"].as_str().unwrap().to_owned()
}

/// The operation's id in an accepted answer.
pub fn operation_id(accepted: &Value) -> String {
    accepted["operation"]["id"].as_str().unwrap().to_owned()
}
