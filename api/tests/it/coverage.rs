//! Which test covers what. An operation or a documented problem without a test fails here; a test that was removed or
//! renamed does not compile.
//!
//! `unauthenticated`, `forbidden`, `too-many-requests`, `invalid-request`, `idempotency-mismatch` and `unavailable` are
//! tried on every operation by the tests in `everywhere`.

use std::collections::BTreeMap;

use crate::everywhere::operations;
use crate::{
    adoption, auth, everywhere, handing_over, history, kept, lists, orders, plans, servers, sites, staff, suspensions,
    verbs,
};

type Test = fn();

/// Tried on every operation, whatever it is.
const EVERYWHERE: [(&str, Test); 6] = [
    ("unauthenticated", everywhere::without_a_token_every_operation_but_the_public_ones_is_refused),
    ("forbidden", everywhere::operations_of_staff_are_refused_to_customers),
    ("too-many-requests", everywhere::an_account_that_asks_too_often_is_refused_and_staff_is_not),
    ("invalid-request", everywhere::unknown_fields_in_a_body_or_query_are_refused),
    ("idempotency-mismatch", everywhere::a_key_that_came_with_another_request_is_refused),
    ("unavailable", everywhere::while_postgres_is_away_every_operation_says_when_to_try_again),
];

const SUCCESS: &str = "success";
const FOREIGN: Test = everywhere::what_is_somebody_elses_is_not_found;
const UNKNOWN: Test = staff::unknown_accounts_users_and_memberships_are_not_found;

/// Operation → what → test.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn covered() -> BTreeMap<&'static str, Vec<(&'static str, Test)>> {
    BTreeMap::from([
        (
            "POST /v1/auth/login",
            vec![
                (SUCCESS, auth::a_login_gives_a_short_token_and_a_cookie_that_scripts_cannot_read as Test),
                ("invalid-credentials", auth::a_wrong_password_an_unknown_user_and_a_disabled_one_look_the_same),
                ("too-many-requests", auth::guessing_is_throttled_and_says_how_long),
            ],
        ),
        (
            "POST /v1/auth/refresh",
            vec![
                (SUCCESS, auth::a_refresh_rotates_the_cookie),
                ("session-expired", auth::without_a_living_cookie_there_is_no_refresh),
            ],
        ),
        ("POST /v1/auth/logout", vec![(SUCCESS, auth::a_logout_ends_the_session_and_is_never_refused)]),
        (
            "POST /v1/auth/set-password",
            vec![
                (SUCCESS, auth::a_link_sets_a_password_once),
                ("invalid-credentials", auth::a_link_that_is_old_or_invented_sets_nothing),
                ("unprocessable", auth::a_weak_password_does_not_use_the_link_up),
                ("too-many-requests", auth::guessing_links_is_throttled),
            ],
        ),
        ("GET /v1/me", vec![(SUCCESS, staff::me_shows_who_is_logged_in)]),
        (
            "PUT /v1/me/password",
            vec![
                (SUCCESS, auth::a_changed_password_ends_the_other_sessions_and_keeps_this_one),
                ("invalid-credentials", auth::a_password_is_not_changed_without_the_current_one_nor_to_a_weak_one),
                ("unprocessable", auth::a_password_is_not_changed_without_the_current_one_nor_to_a_weak_one),
                ("too-many-requests", auth::guessing_the_current_password_is_throttled),
            ],
        ),
        (
            "GET /v1/plans",
            vec![(SUCCESS, lists::the_catalogue_shows_plans_with_prices_images_sites_and_the_networks_one_may_use)],
        ),
        (
            "GET /v1/images",
            vec![(SUCCESS, lists::the_catalogue_shows_plans_with_prices_images_sites_and_the_networks_one_may_use)],
        ),
        (
            "GET /v1/sites",
            vec![(SUCCESS, lists::the_catalogue_shows_plans_with_prices_images_sites_and_the_networks_one_may_use)],
        ),
        (
            "GET /v1/networks",
            vec![(SUCCESS, lists::the_catalogue_shows_plans_with_prices_images_sites_and_the_networks_one_may_use)],
        ),
        ("GET /v1/servers", vec![(SUCCESS, lists::customers_see_their_own_servers_and_staff_see_all)]),
        (
            "POST /v1/servers",
            vec![
                (SUCCESS, orders::an_order_is_accepted_and_can_be_followed),
                ("not-found", orders::an_order_for_another_account_finds_no_account),
                ("name-taken", orders::a_name_is_unique_in_its_account_only),
                ("unprocessable", orders::an_order_of_what_is_not_on_offer_names_the_field),
            ],
        ),
        (
            "GET /v1/servers/{id}",
            vec![
                (SUCCESS, servers::a_server_is_shown_to_its_account_and_its_place_to_staff_only),
                ("not-found", FOREIGN),
            ],
        ),
        (
            "PATCH /v1/servers/{id}",
            vec![
                (SUCCESS, servers::a_change_makes_a_revision_and_supersedes_the_one_before),
                ("not-found", FOREIGN),
                (SUCCESS, servers::every_wish_can_be_changed_and_is_shown),
                ("forbidden", servers::size_place_and_pause_are_for_staff),
                ("name-taken", servers::a_server_cannot_take_the_name_of_another),
                ("owned-by-git", servers::a_field_that_git_holds_is_not_changed_and_its_owner_is_named),
                ("conflict", servers::nothing_more_is_done_to_a_server_that_is_being_deleted),
                ("unprocessable", servers::a_disk_grows_and_never_shrinks),
            ],
        ),
        (
            "DELETE /v1/servers/{id}",
            vec![
                (SUCCESS, servers::an_unprotected_server_is_deleted_at_once),
                ("not-found", FOREIGN),
                ("protected", servers::a_protected_server_is_deleted_only_with_its_name),
                ("owned-by-git", servers::a_server_that_git_holds_is_not_deleted),
                ("conflict", servers::nothing_more_is_done_to_a_server_that_is_being_deleted),
            ],
        ),
        (
            "GET /v1/servers/{id}/manifest",
            vec![(SUCCESS, handing_over::a_manifest_for_git_can_be_read), ("not-found", FOREIGN)],
        ),
        (
            "POST /v1/servers/{id}/hand-over",
            vec![
                (SUCCESS, handing_over::what_git_holds_is_left_to_git_or_taken_back),
                ("not-found", FOREIGN),
                ("conflict", handing_over::nothing_is_handed_over_that_git_does_not_hold_or_that_is_the_providers),
            ],
        ),
        (
            "POST /v1/servers/{id}/actions",
            vec![
                (SUCCESS, verbs::a_verb_is_queued_in_order_and_supersedes_nothing),
                (SUCCESS, verbs::what_a_verb_is_about_is_kept_and_told),
                ("not-found", FOREIGN),
                ("conflict", verbs::a_verb_against_the_run_policy_is_refused),
                ("forbidden", verbs::only_staff_moves_a_server_to_another_node),
                ("unprocessable", verbs::a_verb_about_something_that_is_not_there_names_the_field),
            ],
        ),
        (
            "POST /v1/servers/{id}/suspend",
            vec![
                (SUCCESS, suspensions::staff_suspends_a_server_and_the_customer_reads_why),
                ("not-found", suspensions::staff_finds_no_server_that_does_not_exist),
                ("conflict", servers::nothing_more_is_done_to_a_server_that_is_being_deleted),
                ("owned-by-git", suspensions::a_suspension_that_git_holds_is_changed_in_git),
            ],
        ),
        (
            "POST /v1/servers/{id}/resume",
            vec![
                (SUCCESS, suspensions::staff_suspends_a_server_and_the_customer_reads_why),
                ("not-found", suspensions::staff_finds_no_server_that_does_not_exist),
                ("conflict", suspensions::a_server_that_is_not_suspended_cannot_be_resumed),
                ("owned-by-git", suspensions::a_suspension_that_git_holds_is_changed_in_git),
            ],
        ),
        (
            "POST /v1/servers/{id}/undelete",
            vec![
                (SUCCESS, kept::a_deleted_server_that_is_kept_is_taken_back_as_it_was),
                ("not-found", FOREIGN),
                ("conflict", kept::only_a_kept_server_is_taken_back_and_a_suspended_one_by_staff),
                ("name-taken", kept::a_server_is_not_taken_back_under_a_name_that_another_has_now),
            ],
        ),
        (
            "POST /v1/servers/{id}/purge",
            vec![
                (SUCCESS, kept::a_deleted_server_that_is_kept_is_purged_with_its_name_and_stays_gone),
                ("not-found", FOREIGN),
                ("protected", kept::a_deleted_server_that_is_kept_is_purged_with_its_name_and_stays_gone),
                ("conflict", kept::only_a_kept_server_is_purged_and_once),
            ],
        ),
        ("GET /v1/operations", vec![(SUCCESS, lists::operations_are_listed_newest_first_and_filtered)]),
        (
            "GET /v1/operations/{id}",
            vec![(SUCCESS, lists::an_operation_is_shown_to_its_account), ("not-found", FOREIGN)],
        ),
        (
            "GET /v1/servers/{id}/plan",
            vec![
                (SUCCESS, plans::staff_reads_the_whole_of_what_a_server_waits_for),
                ("not-found", plans::only_a_server_that_kubernetes_has_is_planned),
                ("conflict", plans::only_a_server_that_kubernetes_has_is_planned),
            ],
        ),
        (
            "GET /v1/sites/{name}",
            vec![
                (SUCCESS, sites::staff_sees_what_needs_a_person_at_a_site),
                ("not-found", sites::a_site_that_is_not_there_is_not_found),
            ],
        ),
        (
            "POST /v1/sites/{name}/acknowledge",
            vec![
                (SUCCESS, sites::what_stops_a_site_is_acknowledged_and_kept_for_the_dispatcher),
                ("not-found", sites::a_site_that_is_not_there_is_not_found),
                ("conflict", sites::only_what_stops_a_site_now_is_acknowledged),
            ],
        ),
        (
            "GET /v1/sites/{name}/adoptable",
            vec![
                (SUCCESS, adoption::staff_sees_what_a_site_has_to_adopt_and_why_not_the_rest),
                ("not-found", adoption::without_an_operator_nothing_is_said_of_machines),
            ],
        ),
        (
            "POST /v1/sites/{name}/adopt",
            vec![
                (SUCCESS, adoption::a_machine_becomes_a_server_of_an_account_as_it_is),
                ("not-found", adoption::what_cannot_be_adopted_is_refused_with_the_reason),
                ("conflict", adoption::what_cannot_be_adopted_is_refused_with_the_reason),
                ("name-taken", adoption::what_cannot_be_adopted_is_refused_with_the_reason),
                ("unprocessable", adoption::what_cannot_be_adopted_is_refused_with_the_reason),
            ],
        ),
        ("GET /v1/accounts", vec![(SUCCESS, staff::lists_of_staff_go_page_by_page)]),
        (
            "POST /v1/accounts",
            vec![
                (SUCCESS, staff::an_account_is_made_shown_and_renamed),
                ("unprocessable", staff::an_account_needs_a_name),
            ],
        ),
        ("GET /v1/accounts/{id}", vec![(SUCCESS, staff::an_account_is_made_shown_and_renamed), ("not-found", UNKNOWN)]),
        (
            "PATCH /v1/accounts/{id}",
            vec![
                (SUCCESS, staff::an_account_is_made_shown_and_renamed),
                ("not-found", UNKNOWN),
                ("unprocessable", staff::an_account_needs_a_name),
            ],
        ),
        (
            "GET /v1/accounts/{id}/memberships",
            vec![(SUCCESS, staff::a_person_joins_changes_role_and_leaves), ("not-found", UNKNOWN)],
        ),
        (
            "PUT /v1/accounts/{id}/memberships/{userId}",
            vec![(SUCCESS, staff::a_person_joins_changes_role_and_leaves), ("not-found", UNKNOWN)],
        ),
        (
            "DELETE /v1/accounts/{id}/memberships/{userId}",
            vec![(SUCCESS, staff::a_person_joins_changes_role_and_leaves), ("not-found", UNKNOWN)],
        ),
        (
            "GET /v1/accounts/{id}/profile",
            vec![
                (SUCCESS, history::a_profile_is_shown_and_what_staff_wrote_to_staff_only),
                ("not-found", history::an_account_that_was_made_here_has_no_profile_and_empty_lists),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        (
            "GET /v1/accounts/{id}/services",
            vec![
                (SUCCESS, history::a_service_shows_what_was_sold_and_its_contract),
                (SUCCESS, history::every_list_of_history_goes_page_by_page_the_newest_first),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        (
            "GET /v1/accounts/{id}/invoices",
            vec![
                (SUCCESS, history::an_invoice_shows_its_lines_and_a_draft_is_for_staff),
                (SUCCESS, history::every_list_of_history_goes_page_by_page_the_newest_first),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        (
            "GET /v1/accounts/{id}/invoices/{invoiceId}",
            vec![
                (SUCCESS, history::an_invoice_shows_its_lines_and_a_draft_is_for_staff),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        (
            "GET /v1/accounts/{id}/transactions",
            vec![
                (SUCCESS, history::payments_refunds_credit_and_orders_are_told_as_what_they_were),
                (SUCCESS, history::every_list_of_history_goes_page_by_page_the_newest_first),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        (
            "GET /v1/accounts/{id}/credits",
            vec![
                (SUCCESS, history::payments_refunds_credit_and_orders_are_told_as_what_they_were),
                (SUCCESS, history::every_list_of_history_goes_page_by_page_the_newest_first),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        (
            "GET /v1/accounts/{id}/orders",
            vec![
                (SUCCESS, history::payments_refunds_credit_and_orders_are_told_as_what_they_were),
                (SUCCESS, history::every_list_of_history_goes_page_by_page_the_newest_first),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        (
            "GET /v1/accounts/{id}/tickets",
            vec![
                (SUCCESS, history::a_ticket_shows_its_replies_and_its_text_stays_text),
                (SUCCESS, history::every_list_of_history_goes_page_by_page_the_newest_first),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        (
            "GET /v1/accounts/{id}/tickets/{ticketId}",
            vec![
                (SUCCESS, history::a_ticket_shows_its_replies_and_its_text_stays_text),
                ("not-found", FOREIGN),
                ("not-found", history::what_is_not_in_the_account_is_not_found_whoever_asks),
            ],
        ),
        ("GET /v1/migrations", vec![(SUCCESS, history::runs_go_page_by_page_the_newest_first)]),
        (
            "GET /v1/migrations/{id}",
            vec![
                (SUCCESS, history::runs_and_their_findings_are_for_staff_and_name_who_they_are_about),
                ("not-found", history::a_run_that_is_not_there_is_not_found),
            ],
        ),
        (
            "GET /v1/migrations/{id}/findings",
            vec![
                (SUCCESS, history::runs_and_their_findings_are_for_staff_and_name_who_they_are_about),
                ("not-found", history::a_run_that_is_not_there_is_not_found),
            ],
        ),
        ("GET /v1/users", vec![(SUCCESS, staff::lists_of_staff_go_page_by_page)]),
        (
            "POST /v1/users",
            vec![
                (SUCCESS, staff::a_user_is_made_shown_and_changed),
                ("name-taken", staff::an_email_belongs_to_one_user),
                ("unprocessable", staff::a_user_needs_a_plausible_email_name_and_password),
            ],
        ),
        ("GET /v1/users/{id}", vec![(SUCCESS, staff::a_user_is_made_shown_and_changed), ("not-found", UNKNOWN)]),
        (
            "PATCH /v1/users/{id}",
            vec![
                (SUCCESS, staff::a_user_is_made_shown_and_changed),
                ("not-found", UNKNOWN),
                ("conflict", staff::nobody_locks_themselves_out),
                ("unprocessable", staff::a_user_needs_a_plausible_email_name_and_password),
            ],
        ),
        (
            "POST /v1/users/{id}/set-password-link",
            vec![
                (SUCCESS, staff::a_link_is_made_and_ends_the_one_before),
                ("not-found", UNKNOWN),
                ("conflict", staff::a_disabled_user_is_out_at_once),
            ],
        ),
    ])
}

#[test]
fn every_operation_and_each_of_its_problems_has_a_test() {
    let covered = covered();
    let mut missing = Vec::new();
    for operation in operations() {
        let tests = covered.get(operation.name().as_str()).cloned().unwrap_or_default();
        let is_covered = |what: &str| {
            tests.iter().any(|(covers, _)| *covers == what) || EVERYWHERE.iter().any(|(covers, _)| *covers == what)
        };
        if !tests.iter().any(|(what, _)| *what == SUCCESS) {
            missing.push(format!("{}: success", operation.name()));
        }
        missing.extend(
            operation
                .problems
                .iter()
                .filter(|what| !is_covered(what))
                .map(|what| format!("{}: {what}", operation.name())),
        );
    }
    assert!(missing.is_empty(), "no test for {missing:#?}");
}

#[test]
fn nothing_is_covered_that_is_not_documented() {
    let operations = operations();
    for (name, tests) in covered() {
        let operation = operations.iter().find(|operation| operation.name() == name);
        let problems = &operation.unwrap_or_else(|| panic!("{name} is not in the document")).problems;
        for (what, _) in tests.into_iter().filter(|(what, _)| *what != SUCCESS) {
            assert!(problems.iter().any(|problem| problem == what), "{name} does not document {what}");
        }
    }
}
