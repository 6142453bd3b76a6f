//! Who may do what, and what is kept secret.

use mysql_async::{Conn, OptsBuilder, prelude::Queryable};
use whmcs_testbed::{
    READER,
    secret::{CC_ENCRYPTION_HASH, decrypt},
};

use crate::server::{Database, Wish, url};

#[tokio::test]
async fn the_reader_reads_its_database_and_writes_nothing() {
    let database = Database::seeded("reader", Wish::default()).await;
    let reader = |name: &str| {
        OptsBuilder::from_opts(url()).user(Some(READER.0)).pass(Some(READER.1)).db_name(Some(name.to_owned()))
    };
    let mut conn = Conn::new(reader(&database.name)).await.unwrap();
    let clients: u64 = conn.query_first("SELECT COUNT(*) FROM tblclients").await.unwrap().unwrap();
    assert_eq!(clients, 25);
    for refused in [
        "UPDATE tblclients SET credit = 0",
        "DELETE FROM tblhosting",
        "INSERT INTO tblnotes (userid) VALUES (1)",
        "CREATE TABLE mine (id INT)",
        "DROP TABLE tblhosting",
        "SELECT COUNT(*) FROM mysql.user",
    ] {
        assert!(conn.query_drop(refused).await.is_err(), "{refused}");
    }
    assert!(Conn::new(reader("mysql")).await.is_err());
    database.drop().await;
}

#[tokio::test]
async fn what_is_encrypted_comes_back_with_the_key() {
    let mut database = Database::seeded("secrets", Wish { clients: 60, ..Wish::default() }).await;
    let texts: Vec<String> = database
        .conn
        .query(
            "SELECT password FROM tblhosting UNION ALL SELECT password FROM tblservers UNION ALL SELECT v.value \
             FROM tblcustomfieldsvalues v JOIN tblcustomfields f ON f.id = v.fieldid WHERE f.fieldtype = 'password'",
        )
        .await
        .unwrap();
    let readable = |key: &str| texts.iter().filter(|text| decrypt(key, text).is_some()).count();
    let junk = usize::try_from(database.seeded.damage["password-junk"]).unwrap();
    assert_eq!(readable(CC_ENCRYPTION_HASH), texts.len() - junk);
    assert_eq!(readable("another installation's key"), 0);
    database.drop().await;
}

#[tokio::test]
async fn each_known_login_fits_the_hash_that_is_stored() {
    let mut database = Database::seeded("logins", Wish::default()).await;
    let schemes: Vec<(String, String)> = database.conn.query("SELECT email, password FROM tblusers").await.unwrap();
    let lines: Vec<_> = database.of("tblclients").cloned().collect();
    assert_eq!(lines.len(), 25);
    let mut seen = Vec::new();
    for line in &lines {
        let Some(password) = line["password"].as_str() else { continue };
        let login = line["login"].as_str().unwrap();
        let (_, hash) = schemes.iter().find(|(email, _)| email == login).expect(login);
        match line["scheme"].as_str().unwrap() {
            // Checked against the password elsewhere; here it must be that password's.
            "bcrypt" => assert!(whmcs_testbed::secret::LOGINS.contains(&(password, hash.as_str())), "{login}"),
            scheme => {
                let (_, salt) = hash.split_once(':').unwrap();
                assert_eq!(*hash, whmcs_testbed::secret::md5_login(password, salt));
                seen.push(scheme.to_owned());
            }
        }
    }
    assert!(seen.contains(&"md5".to_owned()));
    assert!(lines.iter().any(|line| line["scheme"] == "none" && line["password"].is_null()));
    database.drop().await;
}
