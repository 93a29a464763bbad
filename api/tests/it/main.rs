//! The program as its users run it: the binary, on folders of its own.

mod five_members;
