//! What the shipped data are made from, and what becomes of them at the door.

mod door;
mod reduce;
