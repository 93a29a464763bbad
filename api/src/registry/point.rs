//! `[[metering_point]]`: a point, and its participation in the community of the file.
//!
//! A point is global and its curve belongs to its holder. So a point that is registered already, for somebody else or
//! in another community, is taken up only with the holder's consent, and no message says whose it is.

use std::collections::{BTreeMap, BTreeSet};

use engine::calendar::{Span, rfc3339};
use engine::clock::Micros;
use engine::registry::{Dated, MeteringPoint, Participation, Plant, Registry, Row};

use super::community::{Members, Place};
use super::current::Current;
use super::document::Fields;
use super::say;
use super::versions::{Entry, Versions};

type Entries<'d> = Vec<Entry<'d, String, Participation>>;

/// What the file says about points.
pub(super) struct Points<'d> {
    pub entries: Entries<'d>,
    /// What each point measures, as (import, export).
    directions: BTreeMap<String, (bool, bool)>,
    /// What stands behind each point, where the file says so.
    plants: BTreeMap<String, Plant>,
}

/// Reads `[[metering_point]]`.
pub(super) fn read<'d>(tables: Vec<Fields<'d>>, place: &Place, members: &Members, current: &Current) -> Points<'d> {
    let community = &place.community.community_id;
    let stored = current.rows().filter_map(|row| match row {
        Row::Participations(p) if p.community_id == *community => Some((p.metering_point_id.clone(), p.clone())),
        _ => None,
    });
    let mut versions = Versions::new(stored);
    let (mut directions, mut plants) = (BTreeMap::new(), BTreeMap::new());
    for fields in tables {
        let id = fields.required("id", fields.foreign_id("id"), say::point_id_missing());
        let measures = id.as_ref().and_then(|id| read_directions(&fields, id, &mut directions, current));
        if let Some(id) = &id {
            let known = plants.get(id).copied().or(known_plant(current, id)).unwrap_or_default();
            let plant = read_plant(&fields, known);
            if plant.storage_efficiency_permille.is_some() && measures.is_some_and(|m| m != (true, true)) {
                fields.problem("storage_efficiency_percent", say::efficiency_without_storage());
            }
            plants.insert(id.clone(), plant);
        }
        let member = fields.id("member");
        let percent = fields.whole("participation_percent", 1, 100).and_then(|p| u32::try_from(p).ok());
        let consent = fields.foreign_id("consent");
        let window = id.as_ref().and_then(|id| versions.window(&fields, id, place.zone));
        fields.no_more();
        let (Some(id), Some(window)) = (id, window) else { continue };
        let base = window.base.as_ref();
        let member = member.or_else(|| base.map(|b| b.member_id.clone()));
        let Some(member_id) = fields.required("member", member, say::point_member_missing()) else {
            continue;
        };
        if !members.all.contains_key(&member_id) {
            fields.problem("member", say::member_unknown(community));
        }
        // A consent was given by a holder: it does not pass to the next one.
        let inherited = || base.filter(|b| b.member_id == member_id).and_then(|b| b.consent_id.clone());
        let row = Participation {
            community_id: community.clone(),
            metering_point_id: id.clone(),
            factor_percent: percent.or(base.map(|b| b.factor_percent)).unwrap_or(100),
            consent_id: consent.or_else(inherited),
            member_id,
            valid_from: window.from,
            valid_to: window.to,
        };
        if measures.is_some() {
            versions.push(fields, id, &window, row);
        }
    }
    Points { entries: versions.finish(), directions, plants }
}

fn known_plant(current: &Current, id: &str) -> Option<Plant> {
    current.registry.metering_points.get(id).map(|p| p.plant)
}

fn read_plant(fields: &Fields<'_>, known: Plant) -> Plant {
    let power = fields.decimal("contract_kw", 3);
    if power.is_some_and(|w| w <= 0) {
        fields.problem("contract_kw", say::power_wrong());
    }
    let efficiency = fields.decimal("storage_efficiency_percent", 1);
    if efficiency.is_some_and(|e| !(1..=1000).contains(&e)) {
        fields.problem("storage_efficiency_percent", say::efficiency_wrong());
    }
    Plant {
        contract_power_w: power.or(known.contract_power_w),
        released_power_w: known.released_power_w,
        storage_efficiency_permille: efficiency
            .and_then(|e| u32::try_from(e).ok())
            .or(known.storage_efficiency_permille),
    }
}

/// What the point measures: as the file says, as it said before, or as the store knows.
fn read_directions(
    fields: &Fields<'_>,
    id: &str,
    seen: &mut BTreeMap<String, (bool, bool)>,
    current: &Current,
) -> Option<(bool, bool)> {
    let earlier = seen.get(id).copied();
    let stated = match fields.texts("directions") {
        Some(words) => {
            let set: BTreeSet<&str> = words.iter().copied().collect();
            let known = set.iter().all(|w| matches!(*w, "import" | "export"));
            if !known || set.is_empty() || set.len() != words.len() {
                fields.problem("directions", say::directions_wrong());
                return None;
            }
            Some((set.contains("import"), set.contains("export")))
        }
        None if fields.has("directions") => return None,
        None => None,
    };
    if let (Some(stated), Some(earlier)) = (stated, earlier)
        && stated != earlier
    {
        fields.problem("directions", say::directions_differ());
        return None;
    }
    let stored = || current.registry.metering_points.get(id).map(|p| (p.import, p.export));
    let directions = stated.or(earlier).or_else(stored);
    let directions = fields.required("directions", directions, say::directions_missing())?;
    seen.insert(id.to_owned(), directions);
    Some(directions)
}

/// The rows of the points that the file speaks of: each is valid as long as it takes part anywhere.
///
/// `after` is the registry with the file's participations in it.
pub(super) fn rows(points: &Points<'_>, members: &Members, current: &Current, after: &Registry) -> Vec<MeteringPoint> {
    let ids: BTreeSet<&String> = points.entries.iter().map(|e| &e.thing).collect();
    let mut rows = Vec::new();
    for id in ids {
        let Some((import, export)) = points.directions.get(id).copied() else { continue };
        let takes_part: Vec<&Participation> = participations(after, id).collect();
        let here = points.entries.iter().filter(|e| e.thing == *id);
        let first = here.clone().map(|e| e.row.valid_from).min().unwrap_or(0);
        let span = takes_part.iter().map(|p| p.validity()).reduce(hull).unwrap_or(Span { start: first, end: first });
        let last = here.max_by_key(|e| e.row.valid_from);
        let Some(holder) = last.and_then(|e| holder(e, members, current, after)) else { continue };
        rows.push(MeteringPoint {
            metering_point_id: id.clone(),
            holder,
            import,
            export,
            plant: points.plants.get(id).copied().or(known_plant(current, id)).unwrap_or_default(),
            valid_from: span.start,
            valid_to: span.end,
        });
    }
    rows
}

/// Whose the point is: who it was registered for first. A new holder in the only community where it takes part follows
/// the earlier one; elsewhere a second community does not change whose it is.
fn holder(
    last: &Entry<'_, String, Participation>,
    members: &Members,
    current: &Current,
    after: &Registry,
) -> Option<String> {
    let here = &last.row.community_id;
    let member = members.all.get(&last.row.member_id)?;
    let elsewhere = participations(after, &last.thing).any(|p| p.community_id != *here);
    match current.registry.metering_points.get(&last.thing) {
        Some(known) if elsewhere => Some(known.holder.clone()),
        _ => Some(member.holder.clone()),
    }
}

/// Refuses points that need a consent which the file does not give, factors that add up to more than the whole, and
/// more communities than a country lets a point take part in.
pub(super) fn check(points: &Points<'_>, place: &Place, members: &Members, current: &Current, after: &Registry) {
    let mut without_consent = BTreeSet::new();
    for entry in points.entries.iter().filter(|e| !e.row.validity().is_empty()) {
        if entry.row.consent_id.is_none() && needs_consent(entry, points, members, current) {
            entry.fields.problem("id", say::consent_missing());
            without_consent.insert(&entry.thing);
        }
    }
    let ids: BTreeSet<&String> = points.entries.iter().map(|e| &e.thing).collect();
    for id in ids.difference(&without_consent) {
        let here: Vec<&Entry<'_, String, Participation>> = points.entries.iter().filter(|e| e.thing == **id).collect();
        check_factors(&here, after);
        check_communities(&here, place, current, after);
    }
}

fn needs_consent(
    entry: &Entry<'_, String, Participation>,
    points: &Points<'_>,
    members: &Members,
    current: &Current,
) -> bool {
    let Some(known) = current.registry.metering_points.get(&entry.thing) else { return false };
    let here = &entry.row.community_id;
    let last = points.entries.iter().filter(|e| e.thing == entry.thing).map(|e| e.row.valid_from).max();
    let holder = members.all.get(&entry.row.member_id).map(|m| &m.holder);
    let other_holder = last == Some(entry.row.valid_from) && holder.is_some_and(|h| *h != known.holder);
    let elsewhere = participations(&current.registry, &entry.thing)
        .any(|p| p.community_id != *here && p.validity().overlaps(entry.row.validity()));
    other_holder || (elsewhere && !entry.continues)
}

/// The participations of a point add up to at most 100 % at every instant, over all communities and all of their dated
/// rows, whichever of them the file names.
fn check_factors(here: &[&Entry<'_, String, Participation>], after: &Registry) {
    let Some(id) = here.first().map(|e| &e.thing) else { return };
    let all: Vec<&Participation> = participations(after, id).collect();
    let at = |at: Micros| all.iter().filter(move |p| p.validity().contains(at));
    let sum_at = |instant: Micros| -> u32 { at(instant).map(|p| p.factor_percent).sum() };
    // The sum changes only where a participation starts or ends, and is largest where one starts.
    let Some(start) = all.iter().map(|p| p.valid_from).filter(|at| sum_at(*at) > 100).min() else { return };
    let (Some(entry), sum) = (in_question(here, start), sum_at(start)) else { return };
    let own = at(start).find(|p| p.community_id == entry.row.community_id).map_or(0, |p| p.factor_percent);
    let free = 100u32.saturating_sub(sum.saturating_sub(own));
    entry.fields.problem("participation_percent", say::participation_too_large(sum, rfc3339(start), free));
}

/// The row of the file that decides about an instant: the last that begins before it, else the first.
fn in_question<'e, 'd>(
    here: &[&'e Entry<'d, String, Participation>],
    at: Micros,
) -> Option<&'e Entry<'d, String, Participation>> {
    let before = here.iter().filter(|e| e.row.valid_from <= at).max_by_key(|e| e.row.valid_from);
    before.or(here.first()).copied()
}

/// A point takes part in no more communities at a time than its country lets it.
fn check_communities(here: &[&Entry<'_, String, Participation>], place: &Place, current: &Current, after: &Registry) {
    let Some(id) = here.first().map(|e| &e.thing) else { return };
    let all: Vec<&Participation> = participations(after, id).collect();
    let country = &place.community.country;
    for start in all.iter().map(|p| p.valid_from) {
        let day = engine::calendar::local_day(place.zone, start);
        let Some(limit) = current.regimes.at(country, "participation.max_communities", day) else { continue };
        let Ok(most) = limit.value.parse::<usize>() else { continue };
        let communities: BTreeSet<&str> =
            all.iter().filter(|p| p.validity().contains(start)).map(|p| p.community_id.as_str()).collect();
        if communities.len() > most {
            let Some(entry) = in_question(here, start) else { continue };
            let (n, from, source) = (communities.len(), rfc3339(start), &limit.source);
            entry.fields.problem("id", say::communities_too_many(n, from, country, most, source));
            return;
        }
    }
}

fn participations<'r>(registry: &'r Registry, point: &'r str) -> impl Iterator<Item = &'r Participation> {
    registry.participations.values().flatten().filter(move |p| p.metering_point_id == point)
}

fn hull(a: Span, b: Span) -> Span {
    Span { start: a.start.min(b.start), end: a.end.max(b.end) }
}
