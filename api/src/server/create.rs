//! Ordering a server.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::account;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalogue::store::{Offer, SiteOffer, offer, site_offer};
use crate::environment::Env;
use crate::http::body::Body;
use crate::http::idempotency::Begun;
use crate::http::request_id::RequestId;
use crate::id::{AccountId, ServerId};
use crate::operation::view::OperationKind;
use crate::problem::{FieldError, Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::disk::{self, AskedDisk, DataDisk};
use crate::server::dns::Dns;
use crate::server::guest_password::{self, GuestPassword};
use crate::server::hostname::Hostname;
use crate::server::interface::{self, Addresses, AskedInterface, Interface};
use crate::server::revision;
use crate::server::size::Size;
use crate::server::spec::{Field, Spec};
use crate::server::ssh_key::SshKeys;
use crate::server::store::{self, NewServer};
use crate::server::update::{check_group, check_place_and_grace, refuse_staff_fields};
use crate::server::view::{Accepted, DeletionPolicy, DriftPolicy, RunPolicy};
use crate::slug::slug;

/// Longest slug in an object's name: nine more characters follow, and 63 is the end.
const MAX_SLUG: usize = 50;
/// Larger disks than this are not in the CRD's bounds, in GiB.
const MAX_DISK_GIB: i32 = 131_072;

/// A server to be made. At least one of `sshKeys` and `password` is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateServer {
    /// Needed by staff and by members of several accounts.
    pub account_id: Option<AccountId>,
    /// A host name: lower case letters, digits and dashes, at most 63.
    #[schema(example = "web-1", max_length = 63)]
    pub name: String,
    /// Needed, unless staff gives `resources`.
    pub plan: Option<String>,
    pub image: String,
    pub site: String,
    /// Of the interface `public`; the site's default network when not given.
    pub network: Option<String>,
    /// Staff only: the IPv4 address of the interface `public`, in place of the next free one.
    #[schema(example = "192.0.2.10")]
    pub address: Option<String>,
    /// Staff only: its IPv6 address, or prefix, in place of the next free one.
    #[schema(example = "2001:db8::10")]
    pub address6: Option<String>,
    /// Interfaces beside `public`.
    #[serde(default)]
    #[schema(required = false, max_items = 7)]
    pub networks: Vec<AskedInterface>,
    #[serde(default)]
    #[schema(required = false, max_items = 32)]
    pub ssh_keys: Vec<String>,
    /// For the image's default user; stored as a hash only.
    #[schema(format = Password)]
    pub password: Option<String>,
    /// The plan's size when not given.
    #[serde(rename = "rootDiskGiB")]
    pub root_disk_gib: Option<i32>,
    /// Disks beside the root disk, empty at first.
    #[serde(default)]
    #[schema(required = false, max_items = 13)]
    pub disks: Vec<AskedDisk>,
    /// Servers of the account that name the same group are made on different nodes.
    #[schema(max_length = 63)]
    pub anti_affinity_group: Option<String>,
    /// `Managed` when not given.
    pub run_policy: Option<RunPolicy>,
    /// True when not given.
    pub deletion_protection: Option<bool>,
    /// `Delete` when not given.
    pub deletion_policy: Option<DeletionPolicy>,
    /// 0 to 720; 72 when not given.
    #[schema(minimum = 0, maximum = 720)]
    pub deletion_grace_period_hours: Option<i32>,
    /// `Correct` when not given.
    pub drift_policy: Option<DriftPolicy>,
    /// Those of the address pool when not given.
    pub dns: Option<Dns>,
    /// Staff only: a size of its own in place of a plan.
    pub resources: Option<Size>,
    /// Staff only: the node to create it on.
    #[schema(max_length = 63)]
    pub wanted_node: Option<String>,
}

/// Order a server
#[utoipa::path(
    post, path = "/v1/servers", tag = "Servers", operation_id = "createServer",
    request_body = CreateServer,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`: a field of staff's"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`name-taken`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: an unknown plan, image, site, network or storage class, a disk size that does not fit, or no way to log in"),
    )
)]
pub async fn create(
    state: State<App>,
    caller: Caller,
    request_id: RequestId,
    body: Body<CreateServer>,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let (order, password) = Order::read(body.value, &caller)?;
    let password = match password {
        Some(password) => Some(guest_password::hash(&app, password).await?),
        None => None,
    };
    let new = order.place(attempt.connection(), &app.env, password.is_some()).await?;
    store::insert(attempt.connection(), &new, app.env.now()).await?;
    revision::insert_owned(attempt.connection(), &app.env, new.id, &new.spec, caller.user).await?;
    if let Some(hash) = password {
        guest_password::keep(attempt.connection(), &app, new.id, &hash).await?;
    }
    let change =
        Change { caller: &caller, request: &request_id, server: new.id, kind: OperationKind::Create, action: None };
    let size = order.wish.plan.as_deref().unwrap_or("its own");
    let detail = format!("name {}, plan {size}, image {}, site {}", new.name, order.image, order.site);
    accept::accept(attempt, &app, change, detail).await
}

/// An order whose words are well formed; whether they name anything is [`Order::place`]'s question.
struct Order {
    account: AccountId,
    name: Hostname,
    image: String,
    site: String,
    /// Of the interface `public`.
    network: Option<String>,
    addresses: Addresses,
    networks: Vec<AskedInterface>,
    disks: Vec<AskedDisk>,
    /// Complete, but for what is known only when it is placed.
    wish: Spec,
}

impl Order {
    fn read(body: CreateServer, caller: &Caller) -> Result<(Self, Option<GuestPassword>), Problem> {
        let account = choose_account(body.account_id, caller)?;
        let password = body.password.map(GuestPassword::try_from).transpose()?;
        let ssh_keys = SshKeys::try_from(body.ssh_keys)?;
        if password.is_none() && ssh_keys.is_empty() {
            return Err(Problem::new(Kind::Unprocessable, "Nobody could log in to this server.")
                .with_field("sshKeys", "give at least one key, or a password"));
        }
        let mut staffs = Vec::new();
        staffs.extend(body.resources.map(|_| Field::Resources));
        staffs.extend(body.wanted_node.as_ref().map(|_| Field::Placement));
        refuse_staff_fields(caller, &staffs, body.wanted_node.is_some())?;
        interface::refuse_addresses(&body.networks, caller.staff)?;
        let addresses = Addresses { v4: body.address, v6: body.address6 }.checked(caller.staff)?;
        check_group(body.anti_affinity_group.as_deref())?;
        check_place_and_grace(body.wanted_node.as_deref(), body.deletion_grace_period_hours)?;
        let resources = match (&body.plan, body.resources) {
            (Some(_), None) => None,
            (None, Some(size)) if body.root_disk_gib.is_none() => Some(size.checked(1)?),
            _ => {
                return Err(Problem::new(Kind::Unprocessable, "A server has a plan, or a size of its own.")
                    .with_field("plan", "is needed, and nothing beside it that sets another size"));
            }
        };
        let name = Hostname::try_from(body.name)?;
        let wish = Spec {
            site: Some(body.site.clone()),
            plan: body.plan,
            image: Some(body.image.clone()),
            hostname: Some(name.to_string()),
            run_policy: Some(body.run_policy.unwrap_or(RunPolicy::Managed)),
            ssh_keys: ssh_keys.to_vec(),
            root_disk_gib: body.root_disk_gib,
            resources,
            deletion_protection: Some(body.deletion_protection.unwrap_or(true)),
            deletion_policy: body.deletion_policy,
            deletion_grace_hours: body.deletion_grace_period_hours,
            drift_policy: body.drift_policy,
            dns: body.dns.map(Dns::checked).transpose()?,
            node: body.wanted_node,
            anti_affinity_group: body.anti_affinity_group,
            ..Spec::default()
        };
        let order = Self {
            account,
            name,
            image: body.image,
            site: body.site,
            network: body.network,
            addresses,
            networks: body.networks,
            disks: body.disks,
            wish,
        };
        Ok((order, password))
    }

    /// Checks the order against the catalogue and the account's other servers, and names the object.
    async fn place(&self, connection: &mut PgConnection, env: &Env, with_password: bool) -> Result<NewServer, Problem> {
        let account =
            account::store::lock(connection, self.account).await?.ok_or_else(|| Problem::not_found("account"))?;
        if store::name_exists(connection, self.account, self.name.as_str()).await? {
            return Err(name_taken(&self.name));
        }
        let plan = self.wish.plan.as_deref().unwrap_or_default();
        let names = (plan, self.image.as_str(), self.site.as_str());
        let offer = offer(connection, names, self.network.as_deref(), &account.namespace).await?;
        let errors = self.errors(&offer);
        if !errors.is_empty() {
            return Err(
                Problem::new(Kind::Unprocessable, "The order does not fit what is on offer.").with_fields(errors)
            );
        }
        let site = site_offer(connection, &self.site, &account.namespace).await?;
        let (disks, networks) = self.devices(&offer, &site)?;
        let id = ServerId(env.uuid());
        let object_name = object_name(self.name.as_str(), id);
        let password_secret = with_password.then(|| guest_password::secret_name(&object_name));
        let spec = Spec { password_secret, networks, disks, ..self.wish.clone() };
        let (name, namespace) = (self.name.to_string(), account.namespace);
        Ok(NewServer { id, account: self.account, name, namespace, object_name, spec })
    }

    /// The disks beside the root disk, and the interfaces; no interface: the site's default is `public`.
    fn devices(&self, offer: &Offer, site: &SiteOffer) -> Result<(Vec<DataDisk>, Vec<Interface>), Problem> {
        let root = self.wish.root_disk_gib.unwrap_or_default();
        let room_gib = offer.plan.map(|plan| plan.max_disk_gib - plan.disk_gib.max(root));
        let ground = disk::Ground { present: &[], classes: &site.storage_classes, room_gib };
        let disks = disk::change(&self.disks, &[], &ground)?;
        let public = self.public(&site.default_network);
        if self.networks.is_empty() {
            return Ok((disks, public));
        }
        let ground =
            interface::Ground { present: &public, default_network: &site.default_network, open: &site.networks };
        Ok((disks, interface::change(&self.networks, &[], &ground)?))
    }

    /// The interface `public`, if anything is wished of it.
    fn public(&self, default_network: &str) -> Vec<Interface> {
        if self.network.is_none() && self.addresses == Addresses::default() {
            return Vec::new();
        }
        let network = self.network.clone().unwrap_or_else(|| default_network.to_owned());
        let Addresses { v4, v6 } = self.addresses.clone();
        vec![Interface { address: v4, address6: v6, ..Interface::public(network) }]
    }

    fn errors(&self, offer: &Offer) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: String| errors.push(FieldError { field: field.to_owned(), message });
        let plan = self.wish.plan.as_deref().unwrap_or_default();
        match (offer.plan, self.wish.root_disk_gib) {
            _ if self.wish.resources.is_some() => {}
            (None, _) => wrong("plan", format!("there is no plan {plan}")),
            (Some(limits), _) if limits.deprecated => wrong("plan", format!("{plan} is not sold any more")),
            (Some(plan), Some(size)) if size < plan.disk_gib || size > plan.max_disk_gib.min(MAX_DISK_GIB) => {
                wrong("rootDiskGiB", format!("must be between {} and {}", plan.disk_gib, plan.max_disk_gib));
            }
            _ => {}
        }
        match offer.image {
            None => wrong("image", format!("there is no image {}", self.image)),
            Some(true) => wrong("image", format!("{} is not installed any more", self.image)),
            Some(false) => {}
        }
        if !offer.site {
            wrong("site", format!("there is no site {}", self.site));
        } else if !offer.network {
            let network = self.network.as_deref().unwrap_or_default();
            wrong("network", format!("there is no network {network} on this site that the account may use"));
        }
        errors
    }
}

/// The one account that the caller can mean.
fn choose_account(asked: Option<AccountId>, caller: &Caller) -> Result<AccountId, Problem> {
    match (asked, caller.accounts.as_slice()) {
        (Some(account), _) if caller.sees(Some(account)) => Ok(account),
        (Some(_), _) => Err(Problem::not_found("account")),
        (None, [only]) if !caller.staff => Ok(*only),
        (None, []) if !caller.staff => Err(Problem::new(Kind::Unprocessable, "You belong to no account.")),
        (None, _) => Err(Problem::new(Kind::Unprocessable, "Say for which account the server is.")
            .with_field("accountId", "is needed, because you can act for several accounts")),
    }
}

/// Of the Kubernetes object: never reused, so that one server is never taken for another.
pub fn object_name(name: &str, id: ServerId) -> String {
    format!("{}-{}", slug(name, MAX_SLUG), id.suffix())
}

/// The problem of a name that another server of the account has.
pub fn name_taken(name: &Hostname) -> Problem {
    Problem::new(Kind::NameTaken, format!("Another server of the account is called {name}."))
        .with_field("name", "is taken")
}
