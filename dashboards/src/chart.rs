//! Pictures as inline SVG that need neither script nor inline style: colours are classes of the style sheet, so light,
//! dark and print follow by themselves.
//!
//! Energies and powers stay integers (1e-6 kWh, 1e-6 kW); only plotters and the sun use floats, for pixels and angles.

mod axis;
pub(crate) mod csv;
pub mod flow;
mod label;
pub mod load;
mod palette;
pub mod sun;
pub(crate) mod table;

/// The two sizes of a chart: the page shows one of them, by the width of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For a column of 390 CSS pixels.
    Narrow,
    /// For half a desktop screen and more.
    Wide,
}

impl Size {
    /// Suffix of class names and ids.
    pub fn code(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Wide => "wide",
        }
    }
}
