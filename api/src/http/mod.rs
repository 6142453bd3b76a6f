//! What every endpoint shares at the HTTP border: reading bodies and queries strictly, pages, `ETag`s, request ids.

pub mod body;
pub mod client_address;
pub mod etag;
pub mod idempotency;
pub mod listener;
pub mod page;
pub mod path;
pub mod query;
pub mod request_id;
