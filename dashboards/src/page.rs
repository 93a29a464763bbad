//! Pages: a view (figures of one question, already read) and a language in, HTML out. No page reads a clock, a file or
//! a table; what it does not get, it says it does not know.
//!
//! One folder for each pillar: what the grid carries, and who belongs together. A page is one file with its view, how
//! it is rendered, and the samples in which it is looked at and tested.

pub mod error;
pub mod cooperative {
    //! The communities, and those who belong to them.
    pub mod index;
}
pub mod energy {
    //! What was made, shared and used.
    pub mod amounts;
    pub mod community;
}
