//! The list of the tables of master data.

/// Expands a macro over every table: where [`super::Registry`] keeps its rows, its name among the variants, its row.
macro_rules! masters {
    ($then:ident) => {
        $then!(
            communities Communities Community,
            members Members Member,
            metering_points MeteringPoints MeteringPoint,
            participations Participations Participation,
            allocation_keys AllocationKeys AllocationKey,
            tariffs Tariffs Tariff,
            grid_factors GridFactors GridFactor,
            capital_shares CapitalShares CapitalShare,
            series Series SeriesBlock,
            bills Billings Billing,
            regimes Regimes Regime,
            funds Funds Fund,
            interest_rules InterestRules InterestRule
        );
    };
}
pub(crate) use masters;
