//! Tables of the lake: Delta logs over Parquet files that this crate writes and reads itself.

pub mod commit;
pub mod file;
pub mod lake;
pub mod maintain;
pub mod master;
mod positions;
pub mod runs;
pub mod scan;
pub mod snapshot;

pub use commit::{Commit, Fence, NoFence};
pub use file::{DataFile, read_file, write_file, write_joined};
pub use lake::Lake;
pub use maintain::{Maintained, Policy};
pub use runs::{Outcome, Published};
pub use scan::LakeTable;
pub use snapshot::Snapshot;
