//! Parts of pages: each takes figures and words, and is a piece of HTML by its template in `templates/part/`.

pub(crate) mod card;
pub(crate) mod fact;
pub(crate) mod flow;
pub(crate) mod frame;
pub(crate) mod load;
pub(crate) mod nav;
pub(crate) mod sentence;
pub(crate) mod sums;
mod table;
