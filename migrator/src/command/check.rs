//! `check`: what there is, and what stands in the way. Nothing is changed, nothing is guessed.

use std::path::Path;

use secrecy::SecretString;
use serde::Serialize;

use super::Ended;
use super::run::RunError;
use crate::cli::CheckArgs;
use crate::reading::ReadingError;
use crate::source::{Found, Snapshot, Variant, Weight, connect};
use crate::text::{Secret, SecretKey};

/// Encrypted passwords that a key is tried on.
const SAMPLE: usize = 50;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// `tblconfiguration.Version`.
    pub version: String,
    pub variant: &'static str,
    /// Tables and columns that are needed and not there.
    pub missing: Vec<String>,
    /// Modules' tables, which are read where they are known.
    pub modules: Vec<String>,
    /// Tables outside of the snapshot: they are read as they are at the moment.
    pub not_in_snapshot: Vec<String>,
    pub charsets: Vec<(String, u64)>,
    /// The grant that lets the account write.
    pub may_write: Option<String>,
    pub key: KeyCheck,
    pub counts: Vec<(String, u64)>,
    pub statuses: Vec<(String, u64)>,
    pub found: Vec<Found>,
}

/// Whether `$cc_encryption_hash` is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum KeyCheck {
    NotGiven,
    NothingToTry,
    Opens { opened: usize, of: usize },
    LooksWrong { opened: usize, of: usize },
}

pub async fn check(args: &CheckArgs) -> Result<(Checked, Ended), RunError> {
    let mut snapshot = connect(&args.source.source).await.map_err(ReadingError::from)?;
    let checked = look(&mut snapshot, args).await.map_err(ReadingError::from)?;
    snapshot.close().await.map_err(ReadingError::from)?;
    let refused = checked.may_write.is_some() && !args.allow_writing_account;
    let ended = if refused || !checked.missing.is_empty() || matches!(checked.key, KeyCheck::LooksWrong { .. }) {
        Ended::InError
    } else if checked.found.iter().any(|found| found.weight > Weight::Note) {
        Ended::WithFindings
    } else {
        Ended::Well
    };
    Ok((checked, ended))
}

async fn look(snapshot: &mut Snapshot, args: &CheckArgs) -> Result<Checked, crate::source::SourceError> {
    let missing = snapshot.schema.missing();
    let key = match &args.encryption_key_file {
        Some(path) => try_key(snapshot, path).await?,
        None => KeyCheck::NotGiven,
    };
    let schema = &snapshot.schema;
    let not_in_snapshot = schema.tables().filter(|(_, shape)| !shape.engine.eq_ignore_ascii_case("InnoDB"));
    let not_in_snapshot = not_in_snapshot.map(|(name, shape)| format!("{name} ({})", shape.engine)).collect();
    let modules = schema.tables().map(|(name, _)| name.to_owned()).filter(|name| !name.starts_with("tbl")).collect();
    let mut charsets = std::collections::BTreeMap::new();
    for (_, shape) in schema.tables() {
        *charsets.entry(shape.collation.clone()).or_insert(0_u64) += 1;
    }
    let variant = match schema.variant() {
        Variant::UsersAndClients => "users and clients (8.0 and later)",
        Variant::ClientsOnly => "clients only (7.x)",
    };
    // A schema that lacks what is read cannot be asked about it.
    let (counts, found) = if missing.is_empty() {
        let counts = snapshot.counts().await?.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect();
        (counts, snapshot.findings().await?)
    } else {
        (vec![], vec![])
    };
    Ok(Checked {
        version: snapshot.setting("Version").await?.unwrap_or_else(|| "unknown".to_owned()),
        variant,
        missing,
        modules,
        not_in_snapshot,
        charsets: charsets.into_iter().collect(),
        may_write: snapshot.write_privilege().await?,
        key,
        counts,
        statuses: snapshot.statuses().await?,
        found,
    })
}

/// There is no checksum: a wrong key gives bytes that are no text, most of the time.
async fn try_key(snapshot: &mut Snapshot, path: &Path) -> Result<KeyCheck, crate::source::SourceError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| crate::source::SourceError::Key(path.to_owned(), source))?;
    let key = SecretKey::new(&SecretString::from(text.trim().to_owned()));
    let secrets = snapshot.secrets(SAMPLE).await?;
    let of = secrets.len();
    if of == 0 {
        return Ok(KeyCheck::NothingToTry);
    }
    let opened = secrets.iter().filter(|secret| matches!(key.decrypt(secret), Secret::Clear(_))).count();
    // Some were never encrypted, or by another installation.
    Ok(if opened * 2 > of { KeyCheck::Opens { opened, of } } else { KeyCheck::LooksWrong { opened, of } })
}

impl Checked {
    /// For people.
    pub fn text(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::new();
        let _ = writeln!(text, "WHMCS {}, {}", self.version, self.variant);
        for missing in &self.missing {
            let _ = writeln!(text, "missing: {missing}");
        }
        if let Some(grant) = &self.may_write {
            let _ = writeln!(
                text,
                "the account can write: {grant}\n  use one that may only read: grant select on <database>.* to …"
            );
        }
        for table in &self.not_in_snapshot {
            let _ = writeln!(text, "not in the snapshot: {table}; nobody should write to it during a run");
        }
        let charsets: Vec<String> = self.charsets.iter().map(|(name, count)| format!("{count} × {name}")).collect();
        let _ = writeln!(text, "tables: {}", charsets.join(", "));
        if !self.modules.is_empty() {
            let _ = writeln!(text, "tables of modules: {}", self.modules.join(", "));
        }
        let _ = match self.key {
            KeyCheck::NotGiven => writeln!(text, "encryption key: not given (--encryption-key-file)"),
            KeyCheck::NothingToTry => writeln!(text, "encryption key: nothing is encrypted that it could be tried on"),
            KeyCheck::Opens { opened, of } => writeln!(text, "encryption key: opens {opened} of {of} passwords"),
            KeyCheck::LooksWrong { opened, of } => {
                writeln!(text, "encryption key: cc_encryption_hash looks wrong, it opens {opened} of {of} passwords")
            }
        };
        let list =
            |pairs: &[(String, u64)]| pairs.iter().map(|(k, n)| format!("{n} {k}")).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "\n{}\nservices: {}", list(&self.counts), list(&self.statuses));
        for found in &self.found {
            let weight = match found.weight {
                Weight::Blocks => "settle before the cut-over",
                Weight::Finding => "finding",
                Weight::Note => "note",
            };
            let _ = writeln!(text, "\n{weight}: {} {} ({})", found.count, found.what, found.code);
            for (id, example) in &found.examples {
                let _ = writeln!(text, "  {id}: {example}");
            }
        }
        text
    }
}
