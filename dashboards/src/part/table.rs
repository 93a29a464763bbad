//! The table beside a chart.

use askama::Template;

use crate::chart::table::Row;

/// A table that scrolls inside its card; its last column holds what is to be said about a row.
#[derive(Template)]
#[template(path = "part/table.html")]
pub(super) struct Table {
    /// Id of the element whose text is its title.
    pub titled_by: &'static str,
    /// The unit of its figures.
    pub caption: String,
    pub heads: Vec<String>,
    pub rows: Vec<Row>,
}
