//! People, accounts, a catalogue and servers to test with.

use kube::Api;
use serde_json::{Value, json};
use slipway_api::account;
use slipway_api::auth::session;
use slipway_api::display_name::DisplayName;
use slipway_api::id::{AccountId, UserId};
use slipway_api::membership;
use slipway_api::membership::view::Role;
use slipway_api::user::email::Email;
use slipway_api::user::store::{self as users, NewUser};
use slipway_crds::{OSImage, ProxmoxSite, ServerPlan};
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
            "insert into plans values ('api-small', 'Small', null, 1, 1024, 10, 100, 100, false, 1),
                                      ('api-large', 'Large', 'More', 4, 8192, 80, 200, null, false, 1),
                                      ('api-ancient', 'Ancient', null, 1, 512, 5, 50, null, true, 1)",
            "insert into plan_prices values ('api-small', 'EUR', 4.90, now())",
            "insert into images values ('api-debian-13', 'Debian 13', 'debian', '13', '2030-06-30', 'debian', false, 1),
                                       ('api-debian-9', 'Debian 9', 'debian', '9', '2022-06-30', 'debian', true, 1)",
            "insert into sites values ('api-home', 'Home', 'eu-1', 'api-public', true, null, null, 1)",
            "insert into networks values ('api-public', 'Public', 1), ('api-private', 'Private', 1)",
            "insert into network_sites values ('api-public', 'api-home'), ('api-private', 'api-home')",
            "insert into network_namespaces values ('api-public', 'acct-*'), ('api-private', 'acct-nobody')",
        ] {
            sqlx::query(statement).execute(&self.app.pool).await.unwrap();
        }
    }

    /// The same catalogue in Kubernetes, for the mirror to find.
    pub async fn catalogue_in_kubernetes(&self) {
        let client = super::cluster::admin().await;
        let plan = |name: &str, spec: Value| json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "ServerPlan", "metadata": {"name": name}, "spec": spec});
        for (name, cores, memory, disk, max) in [("api-small", 1, 1024, 10, 100), ("api-large", 4, 8192, 80, 200)] {
            let spec = json!({"cores": cores, "memoryMiB": memory, "diskGiB": disk, "maxDiskGiB": max});
            super::cluster::ensure(Api::<ServerPlan>::all(client.clone()), plan(name, spec)).await;
        }
        super::cluster::ensure(
            Api::<OSImage>::all(client.clone()),
            json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "OSImage", "metadata": {"name": "api-debian-13"},
            "spec": {"displayName": "Debian 13", "osFamily": "debian", "version": "13", "defaultUser": "debian",
                     "templateName": "debian-13", "templateTag": "debian-13", "templates": []}}),
        )
        .await;
        super::cluster::ensure(Api::<ProxmoxSite>::all(client.clone()), json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "ProxmoxSite", "metadata": {"name": "api-home"},
            "spec": {"region": "eu-1", "endpoints": ["https://127.0.0.1:1"], "credentialsSecretRef": {"name": "none"},
                     "tls": {"caBundle": "none"}, "vmidRange": {"start": 10000, "end": 19999}, "defaultNetwork": "api-public"}})).await;
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
    json!({"name": name, "plan": "api-small", "image": "api-debian-13", "site": "api-home", "sshKeys": [KEY]})
}

/// The server's id in an accepted answer.
pub fn server_id(accepted: &Value) -> String {
    accepted["server"]["id"].as_str().unwrap().to_owned()
}

/// The operation's id in an accepted answer.
pub fn operation_id(accepted: &Value) -> String {
    accepted["operation"]["id"].as_str().unwrap().to_owned()
}
