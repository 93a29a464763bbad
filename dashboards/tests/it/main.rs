//! Pages as their readers get them.

mod golden;
mod page;
mod sample;
mod words;
