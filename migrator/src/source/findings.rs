//! Questions about the source, one each: what is orphaned, twice, damaged, pending, or about to happen on its own.

use mysql_async::prelude::Queryable as _;
use serde::Serialize;

use super::{Snapshot, SourceError};

/// How much one matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Good to know.
    Note,
    /// A run goes on, and tells every row.
    Finding,
    /// Has to be settled before the cut-over.
    Blocks,
}

/// What one question found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    pub code: &'static str,
    pub weight: Weight,
    pub what: &'static str,
    pub count: u64,
    /// Id and text of the first.
    pub examples: Vec<(i64, String)>,
}

/// Examples of each.
const EXAMPLES: usize = 5;

struct Question {
    code: &'static str,
    weight: Weight,
    what: &'static str,
    /// Asked only where all of these are there: table and column.
    needs: &'static [(&'static str, &'static str)],
    /// Selects an id and a text.
    select: &'static str,
}

#[rustfmt::skip]
const QUESTIONS: &[Question] = &[
    ask("currency-without-code", Weight::Finding, "currencies whose code is none of ISO 4217: say which they are under `currencies` in the mapping", &[],
        "select k.id, k.code from tblcurrencies k where trim(k.code) not regexp '^[A-Za-z]{3}$'"),
    ask("currency-twice", Weight::Finding, "currencies with one code: the rate and the signs of the default one, else of the oldest, are carried over", &[],
        "select min(k.id), concat(upper(trim(k.code)), ' × ', count(*)) from tblcurrencies k group by upper(trim(k.code)) having count(*) > 1"),
    ask("client-currency-missing", Weight::Finding, "clients whose currency is gone", &[],
        "select c.id, concat('currency ', c.currency) from tblclients c left join tblcurrencies k on k.id = c.currency where k.id is null"),
    ask("client-without-owner", Weight::Finding, "clients that no user owns: nobody can log in for them", &[("tblusers_clients", "owner")],
        "select c.id, c.email from tblclients c where not exists (select 1 from tblusers_clients u where u.client_id = c.id and u.owner = 1)"),
    ask("email-shared", Weight::Finding, "clients with the e-mail of another, in whatever case: one login, several accounts", &[],
        "select min(c.id), concat(lower(c.email), ' × ', count(*)) from tblclients c where trim(c.email) <> '' group by lower(c.email) having count(*) > 1"),
    ask("email-unusable", Weight::Finding, "logins whose e-mail is none", &[("tblusers", "email")],
        "select u.id, u.email from tblusers u where u.email not like '%_@_%' or u.email like '% %'"),
    ask("password-md5", Weight::Note, "logins with an MD5 hash: carried over wrapped, replaced at the first login", &[("tblusers", "password")],
        "select u.id, u.email from tblusers u where u.password regexp '^[0-9a-f]{32}:'"),
    ask("password-none", Weight::Note, "logins without a hash that can be verified: staff issues a link", &[("tblusers", "password")],
        "select u.id, u.email from tblusers u where u.password not regexp '^[0-9a-f]{32}:' and u.password not like '$2_$%' and u.password not like '$argon2id$%'"),
    ask("second-factor", Weight::Note, "logins with a second factor: it has to be set up again", &[("tblusers", "second_factor")],
        "select u.id, u.email from tblusers u where u.second_factor <> ''"),
    ask("service-client-missing", Weight::Finding, "services whose client is gone", &[],
        "select h.id, concat(h.domainstatus, ', client ', h.userid) from tblhosting h left join tblclients c on c.id = h.userid where c.id is null"),
    ask("service-product-missing", Weight::Finding, "services whose product is gone", &[],
        "select h.id, concat(h.domainstatus, ', product ', h.packageid) from tblhosting h left join tblproducts p on p.id = h.packageid where p.id is null"),
    ask("service-without-due-date", Weight::Finding, "live services without a due date that are paid in turns", &[],
        "select h.id, h.billingcycle from tblhosting h where h.domainstatus in ('Active', 'Suspended') and (h.nextduedate is null or cast(h.nextduedate as char) like '0000%') and h.billingcycle not in ('Free Account', 'Free', 'One Time', 'Onetime')"),
    ask("address-shared", Weight::Finding, "dedicated addresses of several live services: one of them can have it", &[],
        "select min(h.id), concat(trim(h.dedicatedip), ' × ', count(*)) from tblhosting h where h.domainstatus in ('Active', 'Suspended') and trim(h.dedicatedip) not in ('', '0.0.0.0') group by trim(h.dedicatedip) having count(*) > 1"),
    ask("answer-service-missing", Weight::Finding, "option answers whose service is gone", &[],
        "select a.id, concat('service ', a.relid) from tblhostingconfigoptions a left join tblhosting h on h.id = a.relid where h.id is null"),
    ask("answer-option-missing", Weight::Finding, "option answers whose option is gone", &[],
        "select a.id, concat('service ', a.relid, ', option ', a.configid) from tblhostingconfigoptions a left join tblproductconfigoptions o on o.id = a.configid where o.id is null"),
    ask("answer-choice-missing", Weight::Finding, "option answers whose choice is gone: a module wrote its catalogue anew", &[],
        "select a.id, concat('service ', a.relid, ', ', o.optionname) from tblhostingconfigoptions a join tblproductconfigoptions o on o.id = a.configid left join tblproductconfigoptionssub s on s.id = a.optionid where o.optiontype in ('1', '2') and s.id is null"),
    ask("answer-choice-of-other-option", Weight::Finding, "option answers with the choice of another option", &[],
        "select a.id, concat('service ', a.relid, ', ', s.optionname) from tblhostingconfigoptions a join tblproductconfigoptionssub s on s.id = a.optionid where s.configid <> a.configid"),
    ask("answer-stale", Weight::Finding, "option answers whose option the product does not have: left over from another product", &[],
        "select a.id, concat('service ', a.relid, ', ', o.optionname) from tblhostingconfigoptions a join tblproductconfigoptions o on o.id = a.configid join tblhosting h on h.id = a.relid where not exists (select 1 from tblproductconfiglinks l where l.gid = o.gid and l.pid = h.packageid)"),
    ask("answer-twice", Weight::Finding, "options that a service answers more than once", &[],
        "select min(a.id), concat('service ', a.relid, ', option ', a.configid, ' × ', count(*)) from tblhostingconfigoptions a group by a.relid, a.configid having count(*) > 1"),
    ask("value-field-missing", Weight::Finding, "field values whose field is gone", &[],
        "select v.id, concat('field ', v.fieldid) from tblcustomfieldsvalues v left join tblcustomfields f on f.id = v.fieldid where f.id is null"),
    ask("value-service-missing", Weight::Finding, "field values whose service is gone", &[],
        "select v.id, concat('service ', v.relid) from tblcustomfieldsvalues v join tblcustomfields f on f.id = v.fieldid and f.type = 'product' left join tblhosting h on h.id = v.relid where h.id is null"),
    ask("value-twice", Weight::Finding, "fields that have several values for one service", &[],
        "select min(v.id), concat('service ', v.relid, ', ', f.fieldname, ' × ', count(*)) from tblcustomfieldsvalues v join tblcustomfields f on f.id = v.fieldid and f.type = 'product' group by v.relid, v.fieldid, f.fieldname having count(*) > 1"),
    ask("group-of-no-product", Weight::Note, "option groups linked to products that are gone", &[],
        "select l.gid, concat('product ', l.pid) from tblproductconfiglinks l left join tblproducts p on p.id = l.pid where p.id is null"),
    ask("machine-without-service", Weight::Finding, "machines of the module pvewhmcs without a service", &[("mod_pvewhmcs_vms", "id")],
        "select m.id, concat('service ', m.id, ' is not there') from mod_pvewhmcs_vms m left join tblhosting h on h.id = m.id where h.id is null"),
    ask("machine-shared", Weight::Blocks, "machines of the module pvewhmcs that several live services have", &[("mod_pvewhmcs_vms", "vmid")],
        "select min(m.id), concat('VMID ', m.vmid, ' × ', count(*)) from mod_pvewhmcs_vms m join tblhosting h on h.id = m.id and h.domainstatus in ('Active', 'Suspended') where m.vmid is not null group by m.vmid having count(*) > 1"),
    ask("text-encoded-twice", Weight::Finding, "clients whose text was encoded twice: decide `text.mojibake` in the mapping", &[],
        "select c.id, concat_ws(' ', c.firstname, c.lastname, c.companyname) from tblclients c where concat_ws(' ', c.firstname, c.lastname, c.companyname, c.city) regexp 'Ã[¡-¿€‚ƒ„…†‡ˆ‰‹‘’“”•–—˜™›]|â€'"),
    ask("text-with-entities", Weight::Note, "clients whose text holds HTML entities: decoded once", &[],
        "select c.id, concat_ws(' ', c.firstname, c.lastname, c.companyname) from tblclients c where concat_ws(' ', c.firstname, c.lastname, c.companyname) regexp '&(amp|#0?39|quot|lt|gt|[a-z]+);'"),
    ask("invoice-total-unclear", Weight::Finding, "invoices whose total is neither subtotal and tax, nor those less credit", &[],
        "select i.id, concat(i.total, ' of ', i.subtotal, ' + ', i.tax, ' + ', i.tax2, ' - ', i.credit) from tblinvoices i where i.total <> i.subtotal + i.tax + i.tax2 and i.total <> i.subtotal + i.tax + i.tax2 - i.credit"),
    ask("invoice-lines-differ", Weight::Finding, "invoices whose lines do not add up to their subtotal", &[],
        "select i.id, concat(i.subtotal, ' of ', coalesce(s.sum, 0)) from tblinvoices i left join (select invoiceid, sum(amount) as sum from tblinvoiceitems group by invoiceid) s on s.invoiceid = i.id where i.subtotal <> coalesce(s.sum, 0)"),
    ask("promotion-in-use", Weight::Finding, "live services with a recurring discount: compare with their last invoice", &[("tblhosting", "promoid")],
        "select h.id, concat('promotion ', h.promoid) from tblhosting h where h.promoid <> 0 and h.domainstatus in ('Active', 'Suspended')"),
    ask("subscription", Weight::Blocks, "live services that a gateway charges by itself: cancel or move the subscription there", &[],
        "select h.id, concat(h.paymentmethod, ' ', h.subscriptionid) from tblhosting h where h.subscriptionid <> '' and h.domainstatus in ('Active', 'Suspended')"),
    ask("order-pending", Weight::Blocks, "orders that are pending: accept or cancel them first", &[],
        "select o.id, concat('order ', o.ordernum) from tblorders o where o.status = 'Pending'"),
    ask("upgrade-pending", Weight::Blocks, "upgrades that are pending: one that is paid after the cut-over is never applied", &[],
        "select u.id, concat('service ', u.relid, ', ', u.type) from tblupgrades u where u.status = 'Pending'"),
    ask("cancellation-pending", Weight::Blocks, "cancellations of services that are still live: WHMCS would end them later", &[],
        "select r.id, concat('service ', r.relid, ', ', r.type) from tblcancelrequests r join tblhosting h on h.id = r.relid and h.domainstatus in ('Active', 'Suspended')"),
    ask("automation-suspends", Weight::Blocks, "live services that the next nightly run suspends: an unpaid invoice is due for longer than AutoSuspensionDays", &[],
        "select h.id, concat('invoice ', min(i.id), ', due ', min(cast(i.duedate as char))) from tblhosting h join tblinvoiceitems t on t.type = 'Hosting' and t.relid = h.id join tblinvoices i on i.id = t.invoiceid and i.status = 'Unpaid' where h.domainstatus = 'Active' and (select value from tblconfiguration where setting = 'AutoSuspension' limit 1) = 'on' and i.duedate > '1970-01-01' and i.duedate < current_date - interval (select coalesce(max(value), 0) + 0 from tblconfiguration where setting = 'AutoSuspensionDays') day group by h.id"),
    ask("automation-ends", Weight::Blocks, "services that the next nightly run terminates: suspended for longer than AutoTerminationDays", &[],
        "select h.id, concat('due ', cast(h.nextduedate as char)) from tblhosting h where h.domainstatus = 'Suspended' and (select value from tblconfiguration where setting = 'AutoTermination' limit 1) = 'on' and h.nextduedate > '1970-01-01' and h.nextduedate < current_date - interval (select coalesce(max(value), 0) + 0 from tblconfiguration where setting = 'AutoTerminationDays') day"),
    ask("automation-invoices", Weight::Note, "live services that the next nightly run invoices: due within CreateInvoiceDaysBefore days", &[],
        "select h.id, concat(h.amount, ', due ', cast(h.nextduedate as char)) from tblhosting h where h.domainstatus in ('Active', 'Suspended') and h.nextduedate > '1970-01-01' and h.nextduedate <= current_date + interval (select coalesce(max(value), 0) + 0 from tblconfiguration where setting = 'CreateInvoiceDaysBefore') day and h.nextinvoicedate <= h.nextduedate"),
];

const fn ask(
    code: &'static str,
    weight: Weight,
    what: &'static str,
    needs: &'static [(&'static str, &'static str)],
    select: &'static str,
) -> Question {
    Question { code, weight, what, needs, select }
}

impl Snapshot {
    /// All that was found, the gravest first; nothing about questions that found nothing.
    pub async fn findings(&mut self) -> Result<Vec<Found>, SourceError> {
        let mut found = Vec::new();
        for question in QUESTIONS {
            if question.needs.iter().any(|(table, column)| !self.schema.has(table, column)) {
                continue;
            }
            let count: Option<u64> =
                self.connection.query_first(format!("select count(*) from ({}) q", question.select)).await?;
            let count = count.unwrap_or_default();
            if count == 0 {
                continue;
            }
            let examples: Vec<(i64, Option<String>)> =
                self.connection.query(format!("{} order by 1 limit {EXAMPLES}", question.select)).await?;
            found.push(Found {
                code: question.code,
                weight: question.weight,
                what: question.what,
                count,
                examples: examples.into_iter().map(|(id, text)| (id, text.unwrap_or_default())).collect(),
            });
        }
        found.sort_by_key(|found| std::cmp::Reverse((found.weight, found.count)));
        Ok(found)
    }

    /// Encrypted passwords of services, a sample: whether a key opens them.
    pub async fn secrets(&mut self, most: usize) -> Result<Vec<String>, SourceError> {
        let statement = format!("select password from tblhosting where password <> '' order by id desc limit {most}");
        Ok(self.connection.query(statement).await?)
    }

    /// Services by status.
    pub async fn statuses(&mut self) -> Result<Vec<(String, u64)>, SourceError> {
        let statement = "select cast(domainstatus as char), count(*) from tblhosting group by 1 order by 2 desc";
        Ok(self.connection.query(statement).await?)
    }
}
