//! The `OpenAPI` 3.1 document. Handlers say what is their own; what holds for every operation is added here, once, so that
//! it cannot be forgotten in one place.

use axum::Router;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::{account, auth, catalogue, history, me, membership, migration, operation, problem, server, site, user};

/// The tag whose operations are refused to everybody but staff.
pub const STAFF_TAG: &str = "Staff";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Slipway",
        description = "Virtual servers on Proxmox VE. A change is accepted with `202` and an operation to follow; every error is a problem document (RFC 9457)."
    ),
    tags(
        (name = "Session", description = "Logging in and out"),
        (name = "Me", description = "The person who is logged in"),
        (name = "Catalogue", description = "What can be ordered, and where"),
        (name = "Servers", description = "Virtual servers"),
        (name = "Operations", description = "Changes on their way"),
        (name = "History", description = "What was carried over from another billing system, read-only"),
        (name = "Staff", description = "For the provider's staff")
    ),
    components(schemas(problem::ProblemBody)),
    security(("bearer" = [])),
    modifiers(&Bearer)
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        openapi.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Every operation below `/v1`: its routes and its description, which cannot differ because they are one.
pub fn routes() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::refresh::refresh))
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::set_password::set_password))
        .routes(routes!(me::show::show))
        .routes(routes!(me::change_password::change_password))
        .routes(routes!(catalogue::plans::plans))
        .routes(routes!(catalogue::images::images))
        .routes(routes!(catalogue::sites::sites))
        .routes(routes!(catalogue::networks::networks))
        .routes(routes!(server::list::list, server::create::create))
        .routes(routes!(server::show::show, server::update::update, server::delete::delete))
        .routes(routes!(server::plan::show))
        .routes(routes!(server::manifest::show))
        .routes(routes!(server::hand_over::hand_over))
        .routes(routes!(server::act::act))
        .routes(routes!(server::undelete::undelete))
        .routes(routes!(server::purge::purge))
        .routes(routes!(server::suspend::suspend))
        .routes(routes!(server::suspend::resume))
        .routes(routes!(operation::list::list))
        .routes(routes!(operation::show::show))
        .routes(routes!(site::show::show))
        .routes(routes!(site::acknowledge::acknowledge))
        .routes(routes!(site::adoptable::list))
        .routes(routes!(site::adopt::adopt))
        .routes(routes!(account::list::list, account::create::create))
        .routes(routes!(account::show::show, account::update::update))
        .routes(routes!(membership::list::list))
        .routes(routes!(membership::put::put, membership::delete::delete))
        .routes(routes!(user::list::list, user::create::create))
        .routes(routes!(user::show::show, user::update::update))
        .routes(routes!(user::set_password_link::create))
        .routes(routes!(history::profile::show))
        .routes(routes!(history::services::list))
        .routes(routes!(history::orders::list))
        .routes(routes!(history::invoices::list))
        .routes(routes!(history::invoice::show))
        .routes(routes!(history::transactions::list))
        .routes(routes!(history::credits::list))
        .routes(routes!(history::tickets::list))
        .routes(routes!(history::ticket::show))
        .routes(routes!(migration::list::list))
        .routes(routes!(migration::show::show))
        .routes(routes!(migration::findings::list))
        .split_for_parts();
    for item in document.paths.paths.values_mut() {
        let reads = [&mut item.get];
        let writes = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        reads.into_iter().flatten().for_each(|operation| add_common(operation, false));
        writes.into_iter().flatten().for_each(|operation| add_common(operation, true));
    }
    (router, document)
}

/// The document as it is committed and served: pretty-printed JSON with a newline at its end.
pub fn json() -> Result<String, serde_json::Error> {
    routes().1.to_pretty_json().map(|json| json + "\n")
}

fn add_common(operation: &mut Operation, writes: bool) {
    let public = operation.security.is_some();
    let staff = operation.tags.iter().flatten().any(|tag| tag == STAFF_TAG);
    let has_input = operation.request_body.is_some() || operation.parameters.is_some();
    if has_input {
        add_problem(operation, "400", "`invalid-request`: unknown or malformed fields");
    }
    if !public {
        add_problem(operation, "401", "`unauthenticated`: no, an expired or a forged token");
    }
    if staff {
        add_problem(operation, "403", "`forbidden`: staff only");
    }
    if !public && !staff {
        let description =
            "`too-many-requests`: the account's members sent too many this minute; wait as long as `Retry-After` says";
        add_problem(operation, "429", description);
    }
    if operation.request_body.is_some() {
        add_problem(operation, "413", "`invalid-request`: the body is larger than 512 KiB");
        add_problem(operation, "415", "`invalid-request`: the body is not `application/json`");
    }
    if writes && !public {
        add_problem(operation, "409", "`idempotency-mismatch`: the key came with another request before");
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("Repeats with the same key and request get the first answer and have no second effect."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(128)).build()))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
    }
    if !writes {
        let response = ResponseBuilder::new().description("Not changed since the `If-None-Match` you sent").build();
        operation.responses.responses.insert("304".into(), RefOr::T(response));
    }
    add_problem(operation, "503", "`unavailable`: wait as long as `Retry-After` says");
}

/// Adds a problem to the operation; one of the same status that the handler described keeps its own words in front.
fn add_problem(operation: &mut Operation, status: &str, description: &str) {
    let responses = &mut operation.responses.responses;
    if let Some(RefOr::T(known)) = responses.get_mut(status) {
        known.description = format!("{}; {description}", known.description);
        return;
    }
    responses.insert(status.to_owned(), RefOr::T(problem_response(status, description)));
}

fn problem_response(status: &str, description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(description).content("application/problem+json", content);
    if !["429", "503"].contains(&status) {
        return response.build();
    }
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
    response
        .header("Retry-After", HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds")).build())
        .build()
}
