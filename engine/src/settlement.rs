//! Settlement: from the values of a community that count to what its members got of each other's energy.
//!
//! Days are settled one after the other ([`Community::settle`]) for the jobs and for whoever opens a result again;
//! [`stream`] settles whole tables as they pass, for analysts and proposals. Both share by the same kernels.

pub(crate) mod books;
pub mod community;
mod days;
pub mod digest;
pub mod estimate;
mod interval;
pub mod market;
pub mod opening;
pub mod operator;
mod percent;
pub mod results;
pub(crate) mod segment;
pub mod stream;
pub mod values;

pub use community::Community;
pub use percent::{PercentKey, PercentKeys, percent_keys};
pub use results::{Settled, Status};
pub use stream::{Columns, Settlement, Unit, settle_published};

#[cfg(test)]
mod properties;
