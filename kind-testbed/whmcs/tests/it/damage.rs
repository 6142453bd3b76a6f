//! Each trap is there, however few the clients are.

use crate::server::{Database, Wish};

#[tokio::test]
async fn every_trap_is_there_at_twenty_five_clients() {
    for seed in [1, 2, 3] {
        let wish = Wish { seed, messiness: 0.02, ..Wish::default() };
        let database = Database::seeded(&format!("traps_{seed}"), wish).await;
        for trap in 1..=32 {
            let tag = format!("trap-{trap}");
            assert!(database.seeded.damage.contains_key(tag.as_str()), "seed {seed}: {tag} is missing");
        }
        for more in [
            "custom-addon",
            "due-date-missing",
            "mass-payment",
            "merged-ticket",
            "guest-ticket",
            "draft-without-date",
            "vmid-missing",
        ] {
            assert!(database.seeded.damage.contains_key(more), "seed {seed}: {more} is missing");
        }
        database.drop().await;
    }
}

/// What each trap looks like, as a query that counts it.
const LOOKS: &[(&str, &str)] = &[
    ("1", "SELECT COUNT(*) FROM tblcurrencies WHERE suffix LIKE '%&%;%'"),
    ("2", "SELECT COUNT(*) FROM tblclients WHERE lastname LIKE '%&#039;%' AND companyname LIKE '%&amp;%'"),
    ("3", "SELECT COUNT(*) FROM tblclients WHERE HEX(firstname) = '4AC383C2BC7267656E'"),
    ("4", "SELECT COUNT(*) FROM tblclients WHERE country = 'Brazil' AND credit < 0 AND uuid = ''"),
    ("5", "SELECT COUNT(*) FROM tblclients a JOIN tblclients b ON a.email = b.email AND BINARY a.email <> b.email"),
    ("6", "SELECT COUNT(*) FROM tblusers WHERE password REGEXP '^[0-9a-f]{32}:'"),
    ("7", "SELECT COUNT(*) FROM tblusers WHERE password = ''"),
    ("8", "SELECT COUNT(*) FROM (SELECT auth_user_id FROM tblusers_clients GROUP BY 1 HAVING COUNT(*) > 1) shared"),
    (
        "8",
        "SELECT COUNT(*) FROM tblclients c WHERE NOT EXISTS (SELECT 1 FROM tblusers_clients u WHERE u.client_id = c.id AND owner)",
    ),
    ("9", "SELECT COUNT(*) FROM tblpricing WHERE triennially = -1"),
    ("10", "SELECT COUNT(*) FROM tblproductconfiglinks l LEFT JOIN tblproducts p ON p.id = l.pid WHERE p.id IS NULL"),
    (
        "11",
        "SELECT COUNT(*) FROM tblhostingconfigoptions a JOIN tblproductconfigoptions o ON o.id = a.configid WHERE o.hidden",
    ),
    (
        "12",
        "SELECT COUNT(*) FROM tblhostingconfigoptions a JOIN tblproductconfigoptionssub s ON s.id = a.optionid WHERE s.hidden AND s.configid = a.configid",
    ),
    ("13", "SELECT COUNT(*) FROM tblproductconfigoptionssub WHERE optionname LIKE '%|%|%'"),
    ("14", "SELECT COUNT(*) FROM tblhosting WHERE assignedips LIKE '%:%\\r\\n%'"),
    ("15", "SELECT COUNT(*) FROM tblhosting WHERE domain = '' AND qty = 0"),
    (
        "16",
        "SELECT COUNT(*) FROM tblhosting a JOIN tblhosting b ON a.dedicatedip = b.dedicatedip AND a.dedicatedip <> '' WHERE a.domainstatus = 'Terminated' AND b.domainstatus IN ('Active', 'Suspended')",
    ),
    ("17", "SELECT COUNT(*) FROM tblhosting h LEFT JOIN tblclients c ON c.id = h.userid WHERE c.id IS NULL"),
    (
        "18",
        "SELECT COUNT(*) FROM tblhostingconfigoptions a JOIN tblhostingconfigoptions b ON a.relid = b.relid AND a.configid = b.configid WHERE a.optionid <> b.optionid",
    ),
    (
        "19",
        "SELECT COUNT(*) FROM tblhostingconfigoptions a LEFT JOIN tblproductconfigoptionssub s ON s.id = a.optionid WHERE s.id IS NULL",
    ),
    (
        "20",
        "SELECT COUNT(*) FROM tblhostingconfigoptions a JOIN tblproductconfigoptions o ON o.id = a.configid AND o.hidden JOIN tblhosting h ON h.id = a.relid WHERE NOT EXISTS (SELECT 1 FROM tblproductconfiglinks l WHERE l.gid = o.gid AND l.pid = h.packageid)",
    ),
    (
        "21",
        "SELECT COUNT(*) FROM tblhostingconfigoptions a JOIN tblproductconfigoptionssub s ON s.id = a.optionid WHERE s.configid <> a.configid",
    ),
    (
        "22",
        "SELECT COUNT(*) FROM tblhostingconfigoptions a LEFT JOIN tblproductconfigoptions o ON o.id = a.configid WHERE o.id IS NULL",
    ),
    (
        "23",
        "SELECT COUNT(*) FROM tblhostingconfigoptions a LEFT JOIN tblhosting h ON h.id = a.relid WHERE h.id IS NULL",
    ),
    (
        "24",
        "SELECT COUNT(*) FROM tblcustomfields a JOIN tblcustomfields b ON a.fieldname = b.fieldname AND a.fieldtype = 'dropdown' WHERE a.fieldoptions LIKE '%|%' AND b.fieldoptions NOT LIKE '%|%'",
    ),
    ("25", "SELECT COUNT(*) FROM tblcustomfields WHERE type = 'product' AND relid = 0"),
    (
        "26",
        "SELECT COUNT(*) FROM tblcustomfieldsvalues a JOIN tblcustomfieldsvalues b ON a.fieldid = b.fieldid AND a.relid = b.relid WHERE a.value <> b.value",
    ),
    (
        "27",
        "SELECT COUNT(*) FROM tblcustomfieldsvalues v JOIN tblcustomfields f ON f.id = v.fieldid JOIN tblhosting h ON h.id = v.relid WHERE f.type = 'product' AND f.relid NOT IN (0, h.packageid)",
    ),
    ("28", "SELECT COUNT(*) FROM mod_pvewhmcs_vms WHERE vmid IS NULL"),
    (
        "29",
        "SELECT COUNT(*) FROM mod_pvewhmcs_vms m JOIN tblhosting h ON h.id = m.id WHERE h.domainstatus = 'Terminated'",
    ),
    ("30", "SELECT COUNT(*) FROM mod_pvewhmcs_vms m LEFT JOIN tblhosting h ON h.id = m.id WHERE h.id IS NULL"),
    ("31", "SELECT COUNT(*) FROM tblinvoices WHERE invoicenum = '' AND status = 'Paid'"),
    ("32", "SELECT COUNT(*) FROM tblaccounts WHERE amountout > 0 AND refundid > 0"),
    ("a comma in a label", "SELECT COUNT(*) FROM tblcustomfields WHERE fieldoptions LIKE '%(%, %)%'"),
    (
        "a space that does not break",
        "SELECT COUNT(*) FROM tblproductconfigoptions WHERE optionname LIKE CONCAT('%', CHAR(0xC2A0 USING utf8mb4))",
    ),
    ("no due date", "SELECT COUNT(*) FROM tblhosting WHERE nextduedate IS NULL"),
    ("addons of no product", "SELECT COUNT(*) FROM tblhostingaddons WHERE addonid = 0"),
    (
        "several invoices at once",
        "SELECT COUNT(*) FROM tblinvoiceitems i JOIN tblinvoices v ON v.id = i.relid WHERE i.type = 'Invoice'",
    ),
    ("merged tickets", "SELECT COUNT(*) FROM tbltickets WHERE merged_ticket_id > 0"),
    ("guests' tickets", "SELECT COUNT(*) FROM tbltickets WHERE userid = 0 AND email <> ''"),
];

#[tokio::test]
async fn each_trap_looks_as_it_does_in_life() {
    let mut database = Database::seeded("looks", Wish { messiness: 0.02, ..Wish::default() }).await;
    for (trap, query) in LOOKS {
        assert!(database.number(query).await > 0, "trap {trap}: {query}");
    }
    database.drop().await;
}

#[tokio::test]
async fn a_clean_database_has_nothing_to_find() {
    let database = Database::seeded("clean", Wish { messiness: 0.0, clients: 60, ..Wish::default() }).await;
    for line in database.truth.iter().filter(|line| line["table"] != "tblclients") {
        assert!(line["expected"] == "mapped" || line["expected"] == "ignored", "{line}");
        assert!(line["unknown"].as_array().is_none_or(Vec::is_empty), "{line}");
    }
    let live = database.of("tblhosting").filter(|line| line["vmid"].is_u64()).count();
    assert_eq!(database.machines.len(), live, "each live service has its machine, and nobody else has one");
    database.drop().await;
}
