//! Who gets what a community hands out: funds in force, capital times days, members of a part.

use std::collections::{BTreeMap, BTreeSet};

use super::fund::{Beneficiary, Fund, FundPart, FundSource};
use super::resolved::Registry;
use crate::calendar::{Span, local_day};
use crate::clock::Micros;

impl Registry {
    /// The funds that count in the month that begins at an instant, each with its version. Of several that would take
    /// the revenue of the surplus the first does: it can be handed out once.
    pub fn funds_at(&self, community: &str, month_start: Micros) -> Vec<&(i64, Fund)> {
        let all = self.funds.get(community).map(Vec::as_slice).unwrap_or_default();
        let mut routed = false;
        let mut counts = |f: &Fund| f.source != FundSource::SurplusSale || !std::mem::replace(&mut routed, true);
        let in_force = all.iter().filter(|(_, f)| (f.valid_from..f.valid_to).contains(&month_start));
        in_force.filter(|(_, f)| counts(f)).collect()
    }

    /// Capital times days of each member of a community in a span, in millionths of the currency: a row counts the
    /// local days from its first to its last.
    pub fn capital_days(&self, community: &str, zone: chrono_tz::Tz, span: Span) -> Vec<(&str, i128)> {
        let mut days = BTreeMap::<&str, i128>::new();
        for (_, share) in self.capital_shares.get(community).map(Vec::as_slice).unwrap_or_default() {
            let part = Span { start: share.valid_from, end: share.valid_to }.intersect(span);
            if part.is_empty() {
                continue;
            }
            let count = (local_day(zone, part.end) - local_day(zone, part.start)).num_days();
            *days.entry(&share.member_id).or_default() += i128::from(share.capital_micro) * i128::from(count);
        }
        days.into_iter().filter(|(_, days)| *days != 0).collect()
    }
}

/// Who may get something of a part, by id: members with a point of its side in the month, of its kinds.
pub fn members_of_part<'r>(registry: &'r Registry, community: &str, span: Span, part: &FundPart) -> BTreeSet<&'r str> {
    let kinds = registry.member_kinds(community);
    let has_side = |point: &str| {
        let point = registry.metering_points.get(point);
        point.is_some_and(|point| match part.to {
            Beneficiary::Producers => point.export,
            Beneficiary::Consumers => point.import,
            Beneficiary::Members => point.import || point.export,
            Beneficiary::Social => false,
        })
    };
    let is_of_kind = |member: &str| {
        let kind = kinds.get(member).copied().unwrap_or_default();
        part.member_kinds.is_empty() || part.member_kinds.iter().any(|k| k == kind)
    };
    let there = registry.participations_in(community, span).map(|(p, _)| p);
    let wanted = there.filter(|p| has_side(&p.metering_point_id) && is_of_kind(&p.member_id));
    wanted.map(|p| p.member_id.as_str()).collect()
}
