//! Figures as pages, pictures, mails and documents speak of them: exact integers with their words, below everything
//! that is drawn or written.

pub mod co2;
pub mod curve;
pub mod energy;
pub mod money;
pub mod month_state;
pub mod origin;
pub mod period;
pub mod reliance;
pub mod rounded;
pub mod share;

pub use co2::{Co2, Scope};
pub use curve::{Curve, Place, Slot};
pub use energy::{Energy, Rounding};
pub use money::{Amount, Basis, Money, Unpriced};
pub use month_state::{Billing, MonthState};
pub use origin::Origin;
pub use period::Period;
pub use reliance::Reliance;
pub use rounded::Rounded;
pub use share::Share;
