//! Which columns the rows of WHMCS are read from.

use super::table::{Column, Kind, Row, row};
use super::{SourceError, Variant, cells::Cells};
use crate::whmcs::{
    AddonKind, AddonRow, AnswerRow, CancelRow, Choice, ClientRow, ContactRow, CreditRow, CurrencyRow, CustomField,
    FieldScope, HostingRow, InvoiceItemRow, InvoiceRow, MembershipRow, NoteRow, OptionKind, OrderRow, Price, Product,
    ProductOption, PromotionRow, PveNode, PvePlan, PveTemplate, ReplyRow, Server, TicketRow, TransactionRow,
    UpgradeRow, UserRow, ValueRow,
};

row!(ClientRow, "tblclients", {
    id: int, firstname: text, lastname: text, companyname: text, email: text, address1: text, address2: text, city: text,
    state: text, postcode: text, country: text, phonenumber: text, tax_id: later_text, password: text, currency: int,
    credit: money, datecreated: date, notes: text, groupid: int, status: text, lastlogin: date, created_at: later_date,
});
row!(UserRow, "tblusers", {
    id: int, first_name: text, last_name: text, email: text, password: text, second_factor: text, last_login: date,
    created_at: date,
});
row!(MembershipRow, "tblusers_clients", { id: int, auth_user_id: int, client_id: int, owner: flag });
row!(ContactRow, "tblcontacts", {
    id: int, userid: int, firstname: text, lastname: text, companyname: text, email: text, address1: text, address2: text,
    city: text, state: text, postcode: text, country: text, phonenumber: text, subaccount: later_flag, password: text,
    created_at: later_date,
});
row!(NoteRow, "tblnotes", { id: int, userid: int, created: date, note: text });
row!(ValueRow, "tblcustomfieldsvalues", { id: int, fieldid: int, relid: int, value: text });
row!(AnswerRow, "tblhostingconfigoptions", { id: int, relid: int, configid: int, optionid: int, qty: int });
row!(Choice, "tblproductconfigoptionssub", {
    id: int, configid: int, name = "optionname": text, sortorder: int, hidden: flag,
});
row!(Server, "tblservers", {
    id: int, name: text, hostname: text, ipaddress: text, assignedips: text, module = "type": text, active: flag,
    disabled: flag,
});
row!(CurrencyRow, "tblcurrencies", {
    id: int, code: text, prefix: text, suffix: text, rate: money, is_default = "default": flag,
});
row!(AddonKind, "tbladdons", { id: int, name: text, module: later_or_empty });
row!(PromotionRow, "tblpromotions", {
    id: int, code: text, kind = "type": text, recurring: flag, value: money, startdate: date, expirationdate: date,
    notes: text,
});
row!(OrderRow, "tblorders", {
    id: int, ordernum: text, userid: int, date: date, amount: money, status: text, invoiceid: int,
});
row!(AddonRow, "tblhostingaddons", {
    id: int, hostingid: int, addonid: int, userid: later_or_zero, name: text, qty: later_int, recurring: money,
    billingcycle: text, status: text, nextduedate: date,
});
row!(HostingRow, "tblhosting", {
    id: int, userid: int, orderid: int, packageid: int, server: int, regdate: date, domain: text, paymentmethod: text,
    qty: later_int, firstpaymentamount: money, amount: money, billingcycle: text, nextduedate: date,
    termination_date: later_date, domainstatus: text, username: text, notes: text, subscriptionid: text,
    promoid: later_or_zero, suspendreason: text, dedicatedip: text, assignedips: text,
});
row!(
    InvoiceRow,
    "tblinvoices",
    with_rest {
        id: int,
        userid: int,
        invoicenum: text,
        date: date,
        duedate: date,
        datepaid: date,
        subtotal: money,
        credit: money,
        tax: money,
        tax2: money,
        total: money,
        status: text,
        paymentmethod: text,
        notes: text,
    }
);
row!(
    TransactionRow,
    "tblaccounts",
    with_rest {
        id: int,
        userid: int,
        currency: int,
        gateway: text,
        date: date,
        description: text,
        amountin: money,
        fees: money,
        amountout: money,
        transid: text,
        invoiceid: int,
        refundid: later_or_zero,
    }
);
row!(UpgradeRow, "tblupgrades", { id: int, relid: int, kind = "type": text, date: date, status: text, paid: flag });
row!(CancelRow, "tblcancelrequests", { id: int, relid: int, date: date, reason: text, kind = "type": text });
row!(InvoiceItemRow, "tblinvoiceitems", {
    id: int, invoiceid: int, kind = "type": text, relid: int, description: text, amount: money, taxed: flag, duedate: date,
});
row!(CreditRow, "tblcredit", { id: int, clientid: int, date: date, description: text, amount: money });
row!(TicketRow, "tbltickets", {
    id: int, tid: later_text, did: int, userid: int, name: text, email: text, date: date, title: text, message: text,
    status: text, urgency: text, admin: text, service: later_or_empty, merged_ticket_id: later_int,
});
row!(ReplyRow, "tblticketreplies", {
    id: int, tid: int, name: text, email: text, date: date, message: text, admin: text,
});
row!(PveNode, "mod_pvewhmcs_nodes", { id: int, name = "pve_name": text, server = "whmcs_id": int });

/// A plan's numbers are small; what is larger than its column can hold is not there.
impl Row for PvePlan {
    const TABLE: &'static str = "mod_pvewhmcs_plans";
    const COLUMNS: &'static [Column] = &[
        plain("id"),
        plain("title"),
        plain("vmtype"),
        plain("cpus"),
        plain("cores"),
        plain("memory"),
        plain("disk"),
        plain("netrate"),
        plain("bridge"),
        plain("vmbr"),
        plain("vlanid"),
    ];

    fn read(cells: &mut Cells) -> Result<Self, SourceError> {
        let small = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
        let large = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        Ok(Self {
            id: cells.int()?,
            title: cells.text()?,
            vmtype: cells.text()?,
            cpus: small(cells.opt_int()?),
            cores: small(cells.opt_int()?),
            memory: large(cells.opt_int()?).unwrap_or_default(),
            disk: large(cells.opt_int()?),
            netrate: small(cells.opt_int()?),
            bridge: cells.text()?,
            vmbr: small(cells.opt_int()?),
            vlanid: small(cells.opt_int()?),
        })
    }

    fn id(&self) -> i64 {
        self.id
    }
}

/// Its own id says nothing: a template is known by the machine's number.
impl Row for PveTemplate {
    const TABLE: &'static str = "mod_pvewhmcs_templates";
    const COLUMNS: &'static [Column] = &[plain("id"), plain("tpl_id"), plain("title"), plain("nodes")];

    fn read(cells: &mut Cells) -> Result<Self, SourceError> {
        let _of_the_row = cells.int()?;
        Ok(Self { tpl_id: cells.opt_int()?, title: cells.text()?, node: cells.int()? })
    }

    fn id(&self) -> i64 {
        self.tpl_id.unwrap_or_default()
    }
}

impl Row for ProductOption {
    const TABLE: &'static str = "tblproductconfigoptions";
    const COLUMNS: &'static [Column] = &[
        plain("id"),
        plain("gid"),
        plain("optionname"),
        plain("optiontype"),
        plain("hidden"),
        plain("qtyminimum"),
        plain("qtymaximum"),
    ];

    fn read(cells: &mut Cells) -> Result<Self, SourceError> {
        Ok(Self {
            id: cells.int()?,
            gid: cells.int()?,
            name: cells.text()?,
            kind: OptionKind::parse(&cells.text()?),
            hidden: cells.flag()?,
            qty_minimum: cells.int()?,
            qty_maximum: cells.int()?,
        })
    }

    fn id(&self) -> i64 {
        self.id
    }
}

impl Row for CustomField {
    const TABLE: &'static str = "tblcustomfields";
    const COLUMNS: &'static [Column] =
        &[plain("id"), plain("type"), plain("relid"), plain("fieldname"), plain("fieldtype"), plain("fieldoptions")];

    fn read(cells: &mut Cells) -> Result<Self, SourceError> {
        Ok(Self {
            id: cells.int()?,
            scope: FieldScope::parse(&cells.text()?),
            relid: cells.int()?,
            name: cells.text()?,
            kind: cells.text()?,
            choices: cells.text()?,
        })
    }

    fn id(&self) -> i64 {
        self.id
    }
}

impl Row for Product {
    const TABLE: &'static str = "tblproducts";
    const COLUMNS: &'static [Column] = &[
        plain("id"),
        plain("gid"),
        plain("type"),
        plain("name"),
        plain("description"),
        plain("hidden"),
        later("retired"),
        plain("paytype"),
        later("allowqty"),
        plain("servertype"),
        plain("servergroup"),
        plain("configoption1"),
        plain("configoption2"),
        plain("configoption3"),
        plain("configoption4"),
        plain("configoption5"),
        plain("configoption6"),
        plain("configoption7"),
        plain("configoption8"),
        plain("configoption9"),
        plain("configoption10"),
        plain("configoption11"),
        plain("configoption12"),
        plain("configoption13"),
        plain("configoption14"),
        plain("configoption15"),
        plain("configoption16"),
        plain("configoption17"),
        plain("configoption18"),
        plain("configoption19"),
        plain("configoption20"),
        plain("configoption21"),
        plain("configoption22"),
        plain("configoption23"),
        plain("configoption24"),
    ];

    fn read(cells: &mut Cells) -> Result<Self, SourceError> {
        Ok(Self {
            id: cells.int()?,
            gid: cells.int()?,
            kind: cells.text()?,
            name: cells.text()?,
            description: cells.text()?,
            hidden: cells.flag()?,
            retired: cells.flag()?,
            paytype: cells.text()?,
            allowqty: cells.int()?,
            servertype: cells.text()?,
            servergroup: cells.int()?,
            settings: (0..24).map(|_| cells.text()).collect::<Result<_, _>>()?,
        })
    }

    fn id(&self) -> i64 {
        self.id
    }
}

impl Row for Price {
    const TABLE: &'static str = "tblpricing";
    const COLUMNS: &'static [Column] = &[
        plain("id"),
        plain("type"),
        plain("currency"),
        plain("relid"),
        plain("monthly"),
        plain("quarterly"),
        plain("semiannually"),
        plain("annually"),
        plain("biennially"),
        plain("triennially"),
        plain("msetupfee"),
        plain("qsetupfee"),
        plain("ssetupfee"),
        plain("asetupfee"),
        plain("bsetupfee"),
        plain("tsetupfee"),
    ];

    fn read(cells: &mut Cells) -> Result<Self, SourceError> {
        let mut price = Self {
            id: cells.int()?,
            kind: cells.text()?,
            currency: cells.int()?,
            relid: cells.int()?,
            ..Self::default()
        };
        for amount in price.cycles.iter_mut().chain(&mut price.setup) {
            *amount = cells.money()?;
        }
        Ok(price)
    }

    fn id(&self) -> i64 {
        self.id
    }
}

const fn plain(name: &'static str) -> Column {
    Column { name, kind: Kind::Plain }
}

const fn later(name: &'static str) -> Column {
    Column { name, kind: Kind::Later }
}

/// The tables that a run cannot do without.
pub fn needed(variant: Variant) -> Vec<(&'static str, &'static [Column])> {
    const fn of<R: Row>() -> (&'static str, &'static [Column]) {
        (R::TABLE, R::COLUMNS)
    }
    let mut needed = vec![
        of::<ClientRow>(),
        of::<ContactRow>(),
        of::<CurrencyRow>(),
        of::<Product>(),
        of::<ProductOption>(),
        of::<Choice>(),
        of::<CustomField>(),
        of::<Price>(),
        of::<Server>(),
        of::<HostingRow>(),
        of::<AnswerRow>(),
        of::<ValueRow>(),
        of::<UpgradeRow>(),
        of::<CancelRow>(),
        of::<InvoiceRow>(),
        of::<InvoiceItemRow>(),
        of::<TransactionRow>(),
    ];
    if variant == Variant::UsersAndClients {
        needed.extend([of::<UserRow>(), of::<MembershipRow>()]);
    }
    needed
}
