//! An account with everything that a migration carries over.

use slipway_api::id::AccountId;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::World;
use super::seed::Customer;

/// The first number of what is carried over: newer rows have larger ones.
pub const FIRST: i64 = 700;

const RUN: &str =
    "insert into migration_runs (id, source, mapping_hash, actor, started_at, finished_at, status, sealed_at, created)
    values ($run, 'whmcs', '\\x00', 'slipway@billing', '2026-03-01T20:00:00Z', '2026-03-01T20:40:00Z', 'finished',
            '2026-03-01T20:40:00Z', 41)";

/// One statement a table; `$account`, `$run` and `$n` are filled in.
const ROWS: [&str; 17] = [
    "insert into account_profiles (account_id, source_hash, run_id, legacy_id, first_name, last_name, company, email, phone,
         address1, address2, city, state, postcode, country, tax_id, currency, credit, status, customer_since, notes, fields)
     values ($account, '', $run, $n, 'Ada', 'Lovelace', 'Engines Ltd', 'ada@example.org', '+44 1', 'St James 12', '', 'London',
             '', 'SW1', 'GB', 'GB123', 'EUR', -3.10, 'Active', '2019-04-01', 'pays late',
             '[{\"name\": \"Rack\", \"value\": \"12\"}]')",
    "insert into contacts values (gen_random_uuid(), $account, '', $run, $n, 'Charles', 'Babbage', '', 'cb@example.org', '',
         '', '', '', '', '', 'GB')",
    "insert into account_notes values (gen_random_uuid(), $account, '', $run, $n, '2021-01-01T00:00:00Z', 'called twice')",
    "insert into services (id, account_id, source_hash, run_id, legacy_id, product_id, product_name, status, suspend_reason,
         plan, cores, memory_mib, disk_gib, image, region, hostname, ssh_keys, addresses, unlinked_reason, notes, price,
         first_payment, currency, cycle, quantity, registered_on, next_due, payment_method, subscription)
     select gen_random_uuid(), $account, '', $run, $n + i, 9, 'VPS ' || i, (array['active', 'suspended', 'terminated'])[i],
         '', 'vps-s', 2, 4096, 50, 'debian-13', 'fra', 'web-' || i, '{}', '{192.0.2.7}', 'two machines have its address',
         'for staff', 24.90, 0, 'EUR', 'monthly', 1, '2020-02-03', '2026-03-15', 'paypal', ''
     from generate_series(1, 3) i",
    "insert into service_addons select gen_random_uuid(), id, $account, '', $run, $n, 'Backup', 3.5, 'Monthly', 'Active',
         '2026-03-15' from services where account_id = $account and legacy_id = $n + 1",
    "insert into cancel_requests select gen_random_uuid(), id, '', $run, $n, '2025-12-01T00:00:00Z', 'too dear',
         'End of Billing Period' from services where account_id = $account and legacy_id = $n + 3",
    "insert into orders select gen_random_uuid(), $account, '', $run, $n + i, 'O-' || i, '2020-02-03T10:00:00Z', 24.9,
         'Active', $n + i from generate_series(1, 3) i",
    "insert into invoices select gen_random_uuid(), $account, '', $run, $n + i, '2020-' || i, 'EUR',
         (array['Paid', 'Unpaid', 'Draft'])[i], '2020-02-03', '2020-02-17', null, 20.92, 0, 3.98, 0, 24.9, 'paypal',
         'Engines Ltd' || chr(10) || 'London', 'Thank you' from generate_series(1, 3) i",
    "insert into invoice_lines select gen_random_uuid(), i.id, '', $run, $n + l, 'Hosting', $n + 1, 'VPS 1 <b>line</b> ' || l,
         10.46, true, '2020-02-03' from invoices i, generate_series(1, 2) l where i.account_id = $account",
    "insert into transactions values
        (gen_random_uuid(), $account, '', $run, $n + 1, $n + 1, 'EUR', '2020-02-04T00:00:00Z', 'paypal', 'Payment', 24.9, 0, 0.7, 'PP-1', null),
        (gen_random_uuid(), $account, '', $run, $n + 2, null, 'EUR', '2020-02-05T00:00:00Z', 'paypal', 'Back', 0, 4.9, 0, 'PP-2', $n + 1),
        (gen_random_uuid(), $account, '', $run, $n + 3, null, 'EUR', null, 'bank', 'Deposit', 100, 0, 0, '', null)",
    "insert into credits select gen_random_uuid(), $account, '', $run, $n + i, '2020-02-03', 'Credit', (array[10, -13.1])[i]
     from generate_series(1, 2) i",
    "insert into tickets select gen_random_uuid(), $account, '', $run, $n + i, 'ABC-' || i, 'Support', 'Ada', 'ada@example.org',
         'It is <i>slow</i>', '<script>alert(1)</script> please help', 'Closed', 'High', '2021-05-05T00:00:00Z', $n + 1, null
     from generate_series(1, 3) i",
    "insert into ticket_replies select gen_random_uuid(), t.id, '', $run, $n + r, 'Sam', r = 2, 'Reply ' || r, '2021-05-06T00:00:00Z'
     from tickets t, generate_series(1, 2) r where t.account_id = $account",
    "insert into migration_records values ($account, 'whmcs', 'account', 'tblclients', $n, '', '', $run, $run)",
    "insert into migration_records select user_id, 'whmcs', 'user', 'tblclients', $n, '', '', $run, $run from memberships
     where account_id = $account",
    "insert into migration_findings
     select $run, $n * 10 + i, (array['tblclients', 'tblhosting', 'tblhosting'])[i], $n, 'finding',
         (array['email-damaged', 'not-linked', 'not-linked'])[i], 'Reason ' || i, null
     from generate_series(1, 3) i",
    "analyze",
];

impl World {
    /// Fills the customer's account; the numbers of its rows begin above `first`.
    pub async fn carry_over(&self, customer: &Customer, first: i64) {
        let run = self.migration_run().await;
        self.fill(customer.account, run, first).await;
    }

    /// The run that all carried accounts came with.
    pub async fn migration_run(&self) -> Uuid {
        let known = sqlx::query_scalar("select id from migration_runs").fetch_optional(&self.app.pool).await.unwrap();
        if let Some(known) = known {
            return known;
        }
        let run = self.app.env.uuid();
        self.execute(&RUN.replace("$run", &format!("'{run}'::uuid"))).await;
        run
    }

    async fn fill(&self, account: AccountId, run: Uuid, first: i64) {
        for statement in ROWS {
            let statement = statement.replace("$account", &format!("'{account}'::uuid"));
            let statement = statement.replace("$run", &format!("'{run}'::uuid")).replace("$n", &first.to_string());
            self.execute(&statement).await;
        }
    }

    /// A server of the customer without a machine, for the service of that number.
    pub async fn unlinked(&self, customer: &Customer, name: &str, service: i64) -> Uuid {
        let id = self.app.env.uuid();
        let account = customer.account;
        self.execute(&format!(
            "insert into servers (id, account_id, origin, namespace, object_name, revision, created_at, updated_at, name, site,
                 plan, image, run_policy, deletion_protection, deletion_policy, deletion_grace_hours, phase, search_text)
             values ('{id}', '{account}', 'api', 'ns', '{name}-1', 1, now(), now(), '{name}', 'api-home', 'api-small',
                 'api-debian-13', 'Managed', true, 'Retain', 72, 'Unlinked', '{name}')"
        ))
        .await;
        self.execute(&format!(
            "update services set server_id = '{id}' where account_id = '{account}' and legacy_id = {service}"
        ))
        .await;
        id
    }

    async fn execute(&self, statement: &str) {
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&self.app.pool).await.unwrap();
    }
}
