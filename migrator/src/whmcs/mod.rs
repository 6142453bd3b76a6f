//! The rows of a WHMCS database as they stand there: read, not judged. Text is UTF-8 but otherwise raw (entities and
//! mojibake are still in it), dates are text (`0000-00-00` is one), and a column that older versions lack is an `Option`.

mod archive;
mod catalogue;
mod client;
mod module_table;
mod seen;
mod service;

pub use archive::{
    AddonRow, CancelRow, CreditRow, InvoiceItemRow, InvoiceRow, NoteRow, OrderRow, PromotionRow, ReplyRow, TicketRow,
    TransactionRow, UpgradeRow,
};
pub use catalogue::{
    AddonKind, Catalogue, Choice, CurrencyRow, CustomField, FieldScope, OptionKind, Price, Product, ProductOption,
    PveAddress, PveNode, PvePlan, PveTemplate, Server,
};
pub use client::{ClientBundle, ClientRow, ContactRow, MembershipRow, UserRow};
pub use module_table::{MODULE_TABLES, ModuleTable};
pub use seen::{AnswersSeen, Seen, ServicesSeen, ValuesSeen};
pub use service::{AnswerRow, HostingRow, ModuleRow, ServiceBundle, ServiceClient, ValueRow};
