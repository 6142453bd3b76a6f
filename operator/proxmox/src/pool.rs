//! A resource pool: its comment, and which guests are in it. Of ten thousand members only the numbers are ever held.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    Vmid,
    answer::{text, vmid},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    pub comment: String,
    pub members: Vec<Vmid>,
}

impl Pool {
    /// The body of an answer to `GET /pools?poolid=…`: a list of one.
    pub(crate) fn read(body: &str) -> serde_json::Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Body {
            data: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            #[serde(default)]
            comment: Value,
            #[serde(default)]
            members: Option<Vec<Member>>,
        }
        /// A storage has no number.
        #[derive(Deserialize)]
        struct Member {
            #[serde(default)]
            vmid: Value,
        }
        let row = serde_json::from_str::<Body>(body)?.data.into_iter().next();
        Ok(row.map(|row| Self {
            comment: text(&row.comment),
            members: row.members.iter().flatten().filter_map(|member| vmid(&member.vmid)).collect(),
        }))
    }
}
