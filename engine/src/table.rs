//! Tables of the lake: Delta logs over Parquet files that this crate writes and reads itself.

pub mod check;
pub mod commit;
pub mod digest;
pub mod file;
pub mod lake;
mod log;
pub mod maintain;
pub mod master;
mod positions;
mod proof;
pub mod runs;
pub mod scan;
pub mod snapshot;

pub use check::{Depth, Survey, survey};
pub use commit::{Commit, Fence, NoFence};
pub use digest::Digests;
pub use file::{DataFile, read_file, write_file, write_joined};
pub use lake::Lake;
pub use maintain::{Maintained, Policy};
pub use proof::Found;
pub use runs::{Outcome, Published};
pub use scan::LakeTable;
pub use snapshot::Snapshot;
