//! Each operation, with one thing that goes wrong at one of its calls to Proxmox: a call or an answer lost, the operator
//! killed, the call sent twice, or a fault of the testbed's catalogue. Once nothing goes wrong any more, all must be as if
//! nothing had.
//!
//! `operation.rs` says what there is to do, `strike.rs` what befalls it, `rehearse.rs` does both and judges the end,
//! `matrix.rs` is all of it, `table.rs` shows it. `paths.rs` compares a server that was edited with one that was so from the beginning.

mod end;
mod faults;
mod matrix;
mod operation;
mod paths;
mod picture;
mod rehearse;
mod strike;
mod table;

pub use end::End;
pub use faults::{CatalogueFault, catalogue_faults};
pub use matrix::{Cells, Matrix, Row};
pub use operation::{Operation, operations};
pub use paths::{Wish, walk};
pub use picture::{Picture, difference};
pub(crate) use rehearse::mend;
pub use rehearse::{Rehearsal, Stage};
pub use strike::{Drill, Mishap, STEP_MISHAPS};
pub use table::{ALL, ALL_OTHERS, put_into, summary, table};
