//! `slipway-api admin`: the first users, accounts and prices of an installation, before anybody can log in.
//!
//! Every verb can be repeated: what exists already is found and printed, so scripts need no bookkeeping.

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use sqlx::{Connection as _, PgConnection};

use crate::config::{Database, Public};
use slipway_api::account;
use slipway_api::audit::{self, Entry};
use slipway_api::auth::password::{Passwords, check_strength};
use slipway_api::display_name::DisplayName;
use slipway_api::environment::{Env, System};
use slipway_api::http::request_id::RequestId;
use slipway_api::id::{AccountId, UserId};
use slipway_api::membership;
use slipway_api::membership::view::Role;
use slipway_api::problem::Problem;
use slipway_api::user::email::Email;
use slipway_api::user::set_password_link;
use slipway_api::user::store::{self as users, NewUser};

/// Makes users, accounts and prices directly in the database.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(flatten)]
    pub database: Database,
    #[command(flatten)]
    pub public: Public,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make a user who works for the provider; prints the id.
    CreateStaff(Person),
    /// Make a user; prints the id.
    CreateUser(Person),
    /// Make an account; prints the id.
    CreateAccount {
        #[arg(long)]
        name: String,
    },
    /// Add a user to an account.
    AddMember {
        #[arg(long)]
        account: AccountId,
        #[arg(long)]
        email: String,
        #[arg(long, value_parser = |text: &str| text.parse::<Role>(), default_value = "owner")]
        role: Role,
    },
    /// Print a single-use link with which the user sets a password.
    SetPasswordLink {
        #[arg(long)]
        email: String,
    },
    /// Set what a plan costs for one month.
    SetPlanPrice {
        #[arg(long)]
        plan: String,
        /// As `EUR`.
        #[arg(long)]
        currency: String,
        /// As `4.90`.
        #[arg(long)]
        monthly: String,
    },
}

#[derive(Debug, Args)]
pub struct Person {
    #[arg(long)]
    pub email: String,
    #[arg(long)]
    pub name: String,
    /// Without one, make a link with `set-password-link`.
    #[arg(long, env = "SLIPWAY_ADMIN_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
}

/// Carries the verb out in one transaction and answers what to print.
pub async fn run(admin: Admin) -> anyhow::Result<String> {
    let env = Env::new(System);
    let mut connection = PgConnection::connect_with(&admin.database.database_url).await.context("no database")?;
    let mut transaction = connection.begin().await?;
    let request = RequestId::new(format!("admin-{}", env.uuid()));
    let (action, answer) = match admin.verb {
        Verb::CreateStaff(person) => ("user.create", person.create(&mut transaction, &env, true).await?.to_string()),
        Verb::CreateUser(person) => ("user.create", person.create(&mut transaction, &env, false).await?.to_string()),
        Verb::CreateAccount { name } => {
            let name = DisplayName::try_from(name).map_err(explain)?;
            let found = account::store::find_by_name(&mut transaction, &name).await?;
            let id = match found {
                Some(id) => id,
                None => account::store::insert(&mut transaction, &env, &name).await?,
            };
            ("account.create", id.to_string())
        }
        Verb::AddMember { account, email, role } => {
            let user = find(&mut transaction, email).await?;
            let added = membership::store::put(&mut transaction, account, user, role, env.now()).await?;
            added.ok_or_else(|| anyhow!("there is no account {account}"))?;
            ("membership.put", format!("{user} is {role} of {account}"))
        }
        Verb::SetPasswordLink { email } => {
            let user = find(&mut transaction, email).await?;
            let link = set_password_link::make(&mut transaction, &env, &admin.public.public_url, user).await?;
            ("user.set-password-link", link.url)
        }
        Verb::SetPlanPrice { plan, currency, monthly } => {
            set_price(&mut transaction, &env, (&plan, &currency, &monthly)).await?;
            ("plan.set-price", format!("{plan} costs {monthly} {currency} a month"))
        }
    };
    let mut entry = Entry::new(None, action, &request);
    // A link is a secret, and the audit is not.
    entry.detail = if action == "user.set-password-link" { String::new() } else { answer.clone() };
    audit::record(&mut transaction, &env, entry).await?;
    transaction.commit().await?;
    Ok(answer)
}

impl Person {
    async fn create(self, connection: &mut PgConnection, env: &Env, staff: bool) -> anyhow::Result<UserId> {
        let email = Email::try_from(self.email).map_err(explain)?;
        let new = NewUser { name: DisplayName::try_from(self.name).map_err(explain)?, staff, email };
        let id = match users::insert(connection, env, &new).await? {
            Some(id) => id,
            None => users::find_by_email(connection, &new.email).await?.context("the user was removed meanwhile")?,
        };
        if let Some(password) = self.password.map(SecretString::from) {
            check_strength(&password, "password").map_err(explain)?;
            let hash = Passwords::default().hash(env, password).await.map_err(explain)?;
            users::set_password(connection, id, &hash, env.now()).await?;
        }
        Ok(id)
    }
}

async fn find(connection: &mut PgConnection, email: String) -> anyhow::Result<UserId> {
    let email = Email::try_from(email).map_err(explain)?;
    users::find_by_email(connection, &email).await?.ok_or_else(|| anyhow!("there is no user {email}"))
}

async fn set_price(
    connection: &mut PgConnection,
    env: &Env,
    (plan, currency, monthly): (&str, &str, &str),
) -> anyhow::Result<()> {
    sqlx::query!(
        "insert into plan_prices (plan, currency, monthly, changed_at) values ($1, $2, $3::text::numeric, $4)
         on conflict (plan) do update set currency = excluded.currency, monthly = excluded.monthly,
             changed_at = excluded.changed_at",
        plan,
        currency,
        monthly,
        env.now()
    )
    .execute(connection)
    .await
    .with_context(|| format!("{monthly} {currency} is no price"))?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn explain(problem: Problem) -> anyhow::Error {
    anyhow!("{} {}", problem.detail(), problem.fields().join("; "))
}
