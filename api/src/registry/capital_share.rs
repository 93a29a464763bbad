//! `[[capital_share]]`: the capital that a member holds, since when.

use engine::registry::{CapitalShare, Row};

use super::community::{Members, Place};
use super::current::Current;
use super::document::Fields;
use super::say;
use super::versions::{Entry, Versions};

type Entries<'d> = Vec<Entry<'d, String, CapitalShare>>;

/// Reads `[[capital_share]]`.
pub(super) fn read<'d>(tables: Vec<Fields<'d>>, place: &Place, members: &Members, current: &Current) -> Entries<'d> {
    let community = &place.community.community_id;
    let stored = current.rows().filter_map(|row| match row {
        Row::CapitalShares(c) if c.community_id == *community => Some((c.member_id.clone(), c.clone())),
        _ => None,
    });
    let mut versions = Versions::new(stored);
    for fields in tables {
        let member = fields.required("member", fields.id("member"), say::capital_member_missing());
        let window = member.as_ref().and_then(|m| versions.window(&fields, m, place.zone));
        let base = window.as_ref().and_then(|w| w.base.as_ref());
        let stated = fields.decimal("capital", 6).or(base.map(|b| b.capital_micro).filter(|_| !fields.has("capital")));
        let capital = fields.required("capital", stated, say::capital_missing());
        fields.no_more();
        if let Some(member) = member.as_ref().filter(|m| !members.all.contains_key(*m)) {
            fields.problem("member", say::capital_member_unknown(member, community));
            continue;
        }
        if capital.is_some_and(|c| c < 0) {
            fields.problem("capital", say::capital_negative());
            continue;
        }
        let (Some(member_id), Some(window), Some(capital_micro)) = (member, window, capital) else { continue };
        let row = CapitalShare {
            community_id: community.clone(),
            member_id: member_id.clone(),
            capital_micro,
            valid_from: window.from,
            valid_to: window.to,
        };
        versions.push(fields, member_id, &window, row);
    }
    versions.finish()
}
