//! Tables of the lake: Delta logs over Parquet files that this crate writes and reads itself.

mod begin;
pub mod check;
mod clean;
pub mod commit;
mod compact;
pub mod digest;
mod entry;
pub mod file;
mod kept;
pub mod lake;
mod log;
pub mod maintain;
pub mod master;
mod positions;
mod proof;
mod readers;
mod remove;
pub mod runs;
pub mod scan;
pub mod snapshot;

pub use check::{Depth, Survey, survey};
pub use commit::{Commit, Fence, NoFence};
pub use digest::Digests;
pub use file::{DataFile, read_file, write_file, write_joined};
pub use kept::Set;
pub use lake::Lake;
pub use maintain::{Maintained, Policy};
pub use proof::Found;
pub use readers::Right;
pub use runs::{Outcome, Published};
pub use scan::LakeTable;
pub use snapshot::Snapshot;
