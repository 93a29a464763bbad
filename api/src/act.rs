//! What people do: one verb, one file. Every door calls it with who acts, the installation and what is asked; none
//! touches the store by itself.

pub mod apply;
pub mod apply_series;
