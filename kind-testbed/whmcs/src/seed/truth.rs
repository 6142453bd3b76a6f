//! What each service really is, for whoever wants to know how well a migration did: JSON Lines, one per row.
//!
//! Two rules make words of labels. A plan or region is the slug of its name. An image is the slug of the system's label
//! without what does not make another system of it: anything in brackets, anything after another pipe, editions
//! (`LTS`, `x64`, `Standard`, …); dots inside versions go.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use serde::Serialize;

use super::catalogue::Role;
use crate::SeedError;

/// What has to be said about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    Mapped,
    Ignored,
    Finding,
    Conflict,
}

/// The line of a service. Not live: it owns neither addresses nor a machine.
#[derive(Debug, Serialize)]
pub struct ServiceLine<'a> {
    pub table: &'static str,
    pub id: u32,
    /// Ignored: not a virtual server.
    pub expected: Expected,
    pub plan: Option<String>,
    pub cores: Option<u64>,
    pub memory_mib: Option<u64>,
    pub disk_gib: Option<u64>,
    pub image: Option<String>,
    pub region: Option<String>,
    pub hostname: Option<String>,
    pub ssh_keys: &'a [String],
    pub addresses: &'a [String],
    pub price: String,
    pub currency: Option<&'static str>,
    pub cycle: &'static str,
    pub next_due: Option<NaiveDate>,
    pub status: String,
    pub site: Option<&'static str>,
    pub node: Option<&'static str>,
    pub vmid: Option<u32>,
    /// Facts that the database does not hold, or contradicts itself about.
    pub unknown: &'a [&'static str],
    pub damage: &'a [&'static str],
}

/// The line of an option's answer or a field's value.
#[derive(Debug, Serialize)]
pub struct RowLine {
    pub table: &'static str,
    pub id: u32,
    /// Of fields of products only.
    pub service: Option<u32>,
    pub expected: Expected,
    pub role: Role,
}

/// The line of a client: how its owner logs in.
#[derive(Debug, Serialize)]
pub struct ClientLine<'a> {
    pub table: &'static str,
    pub id: u32,
    pub email: &'a str,
    /// The e-mail that the owner logs in with.
    pub login: &'a str,
    /// None works where the hash is empty, or nobody owns the client.
    pub password: Option<&'a str>,
    pub scheme: &'static str,
    pub credit: String,
    pub damage: &'a [&'static str],
}

/// A file of lines, or none.
#[derive(Debug, Default)]
pub struct Lines(Option<(PathBuf, BufWriter<File>)>);

impl Lines {
    pub fn create(path: Option<&Path>) -> Result<Self, SeedError> {
        let Some(path) = path else { return Ok(Self(None)) };
        let file = File::create(path).map_err(|source| SeedError::File { path: path.to_owned(), source })?;
        Ok(Self(Some((path.to_owned(), BufWriter::new(file)))))
    }

    pub fn write(&mut self, line: &impl Serialize) -> Result<(), SeedError> {
        self.with(|file| {
            serde_json::to_writer(&mut *file, line)?;
            file.write_all(b"\n")
        })
    }

    pub fn finish(mut self) -> Result<(), SeedError> {
        self.with(Write::flush)
    }

    fn with(&mut self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), SeedError> {
        let Some((path, file)) = &mut self.0 else { return Ok(()) };
        write(file).map_err(|source| SeedError::File { path: path.clone(), source })
    }
}

/// Lower case, words joined by one `-`.
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Words that name an edition, not a system.
const EDITIONS: [&str; 9] = ["lts", "x64", "x86_64", "amd64", "64-bit", "minimal", "standard", "datacenter", "cloud"];

/// The image of a system's label: `Ubuntu 22.04 LTS` is `ubuntu-2204`.
pub fn image(label: &str) -> String {
    let label = label.split(['(', '|']).next().unwrap_or_default();
    let words: Vec<String> = label
        .split_whitespace()
        .filter(|word| !EDITIONS.contains(&word.to_ascii_lowercase().as_str()))
        .map(|word| word.replace('.', ""))
        .collect();
    slug(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_words() {
        for (label, word) in [
            ("Ubuntu 22.04 LTS", "ubuntu-2204"),
            ("Debian 12 (Bookworm)", "debian-12"),
            ("Debian 12 x64", "debian-12"),
            ("Debian 11 (old", "debian-11"),
            ("AlmaLinux 9|recommended", "almalinux-9"),
            ("Windows Server 2022 Standard", "windows-server-2022"),
        ] {
            assert_eq!(image(label), word);
        }
        assert_eq!(slug("Frankfurt am Main"), "frankfurt-am-main");
        assert_eq!(slug("Web & Mail Business"), "web-mail-business");
    }
}
