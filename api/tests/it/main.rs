//! The program as its users run it: the binary, on folders of its own.

mod broker;
mod five_members;
mod program;
mod sigkill;
