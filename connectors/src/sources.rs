//! Transports: where frames come from, and where each source goes on after a restart.

pub mod file;
pub mod kafka;
