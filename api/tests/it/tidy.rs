//! The house rules: which crate knows which, what each does not know, and how the tree looks. Each rule is a function
//! from what it reads to what is wrong with it, so that a test can show that it finds something.

mod circles;
mod figures;
mod functions;
mod imports;
mod lines;
mod names;
mod pages;
mod rooms;
mod share;
mod source;
mod sql;
mod tree;
