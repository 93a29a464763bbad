//! The tables of the lake.

use arrow::datatypes::Field;

use crate::registry::tables::masters;
use crate::registry::{self, Master};

macro_rules! tables {
    ($($_field:ident $variant:ident $row:ident),*) => {
        /// A table of the lake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table {
            ReadingsRaw,
            Quarantine,
            Readings,
            Allocations,
            Storage,
            Balances,
            Reconciliation,
            Co2,
            Coverage,
            MemberDays,
            StatementLines,
            BilledLines,
            Corrections,
            MonthStates,
            Pots,
            Postings,
            Runs,
            $($variant),*
        }

        impl Table {
            /// Tables that the registry fills.
            pub const MASTER: [Self; [$(stringify!($variant)),*].len()] = [$(Self::$variant),*];

            /// Every table, inputs first.
            pub const ALL: [Self; Self::MASTER.len() + OTHERS.len()] = {
                let mut all = [Self::Runs; Self::MASTER.len() + OTHERS.len()];
                let mut n = 0;
                while n < all.len() {
                    let masters = Self::MASTER.len();
                    all[n] = if n < masters { Self::MASTER[n] } else { OTHERS[n - masters] };
                    n += 1;
                }
                all
            };

            /// The name and the columns of a table of master data.
            pub(super) fn master(self) -> Option<(&'static str, Vec<Field>)> {
                match self {
                    $(Self::$variant => Some((registry::$row::NAME, registry::$row::fields())),)*
                    _ => None,
                }
            }
        }
    };
}
masters!(tables);

/// Tables that no registry fills, inputs first.
const OTHERS: [Table; 17] = [
    Table::ReadingsRaw,
    Table::Quarantine,
    Table::Readings,
    Table::Allocations,
    Table::Storage,
    Table::Balances,
    Table::Reconciliation,
    Table::Co2,
    Table::Coverage,
    Table::MemberDays,
    Table::Pots,
    Table::StatementLines,
    Table::BilledLines,
    Table::Corrections,
    Table::MonthStates,
    Table::Postings,
    Table::Runs,
];
