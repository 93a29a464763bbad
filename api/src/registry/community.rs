//! `[community]` and `[[member]]`.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use datasets::country::currency_of;
use engine::calendar::zone;
use engine::registry::{Community, Member};

use super::currency::minor_digits;
use super::current::Current;
use super::document::Fields;
use super::say;

pub(super) const MEMBER_KINDS: [&str; 5] = ["household", "business", "farm", "commune", "producer"];

/// The community that a file speaks of.
pub(super) struct Place {
    pub community: Community,
    pub zone: Tz,
    /// Whether the file says what it is called.
    pub name_stated: bool,
}

/// Reads `[community]`. For one that the store knows, only its id is needed.
pub(super) fn read(fields: &Fields<'_>, current: &Current) -> Option<Place> {
    let id = fields.required("id", fields.id("id"), say::community_id_missing());
    let known = id.as_ref().and_then(|id| current.registry.communities.get(id));
    let stays = |get: fn(&Community) -> &String| known.map(|c| get(c).clone());

    let stated_name = fields.name_of("name");
    let name_stated = stated_name.is_some();
    let name = fields.required("name", stated_name.or(stays(|c| &c.name)), say::community_name_missing());
    let country = country(fields, current).or_else(|| stays(|c| &c.country));
    let country = fields.required("country", country, say::country_missing());
    let by_regime =
        |key: &str| country.as_deref().and_then(|c| current.regimes.latest(c, key)).map(|row| row.value.clone());

    let timezone = fields.text("timezone").map(str::to_owned).or(stays(|c| &c.timezone));
    let timezone = timezone.or_else(|| by_regime("timezone"));
    let timezone = fields.required("timezone", timezone, say::timezone_missing());
    let zone = timezone.as_deref().and_then(|name| match zone(name) {
        Ok(zone) => Some(zone),
        Err(error) => {
            fields.problem("timezone", say::timezone_unknown(error));
            None
        }
    });
    let usual = || country.as_deref().and_then(currency_of).map(str::to_owned);
    let currency = currency(fields).or(stays(|c| &c.currency)).or_else(|| by_regime("currency")).or_else(usual);
    let currency = fields.required("currency", currency, say::currency_missing());
    let unusual = fields.flag("unusual").unwrap_or_default();
    if let (Some(country), Some(currency)) = (&country, &currency)
        && !unusual
        && !uses(country, currency, current)
        && known.is_none_or(|c| (&c.country, &c.currency) != (country, currency))
    {
        fields.problem("currency", say::currency_of_others(country, currency));
    }
    let usual = by_regime("interval_minutes").and_then(|minutes| minutes.parse().ok());
    let interval_minutes = interval_minutes(fields, known, usual.unwrap_or(15));
    let deadline_hours = fields.whole("deadline_hours", 1, 24 * 366).and_then(|h| u32::try_from(h).ok());
    let deadline_hours = deadline_hours.or_else(|| known.and_then(|c| c.deadline_hours));
    let place_micro = place(fields).or_else(|| known.and_then(|c| c.place_micro));
    fields.no_more();

    let community = Community {
        community_id: id?,
        name: name?,
        country: country?,
        timezone: timezone?,
        currency: currency?,
        interval_minutes: interval_minutes?,
        deadline_hours,
        place_micro,
    };
    unchangeable(fields, &community, current);
    Some(Place { community, zone: zone?, name_stated })
}

/// A country of ISO 3166, or one that the installation has rows of.
fn country(fields: &Fields<'_>, current: &Current) -> Option<String> {
    let text = fields.text("country")?;
    if currency_of(text).is_none() && current.regimes.latest(text, "currency").is_none() {
        fields.problem("country", say::country_unknown());
        return None;
    }
    Some(text.to_owned())
}

/// Whether a country uses a currency: by ISO, or by a row of the installation.
fn uses(country: &str, currency: &str, current: &Current) -> bool {
    let by_row = current.regimes.latest(country, "currency").is_some_and(|row| row.value == currency);
    by_row || currency_of(country) == Some(currency)
}

fn currency(fields: &Fields<'_>) -> Option<String> {
    let text = fields.text("currency")?;
    if minor_digits(text).is_none() {
        fields.problem("currency", say::currency_unknown());
        return None;
    }
    Some(text.to_owned())
}

/// Where it lies: both or none.
fn place(fields: &Fields<'_>) -> Option<(i32, i32)> {
    let degrees = |key, most: i64| {
        let micro = fields.decimal(key, 6)?;
        if micro.abs() > most * 1_000_000 {
            fields.problem(key, say::not_on_the_globe(most));
            return None;
        }
        i32::try_from(micro).ok()
    };
    match (degrees("latitude", 90), degrees("longitude", 180)) {
        (Some(latitude), Some(longitude)) => Some((latitude, longitude)),
        (Some(_), None) if !fields.has("longitude") => {
            fields.problem("latitude", say::longitude_missing());
            None
        }
        (None, Some(_)) if !fields.has("latitude") => {
            fields.problem("longitude", say::latitude_missing());
            None
        }
        _ => None,
    }
}

fn interval_minutes(fields: &Fields<'_>, known: Option<&Community>, usual: u32) -> Option<u32> {
    let known = known.map(|c| c.interval_minutes);
    let Some(minutes) = fields.whole("interval_minutes", 1, 60) else {
        return (!fields.has("interval_minutes")).then_some(known.unwrap_or(usual));
    };
    let minutes = u32::try_from(minutes).ok().filter(|m| matches!(m, 15 | 30 | 60));
    if minutes.is_none() {
        fields.problem("interval_minutes", say::interval_unknown());
    }
    if known.is_some() && minutes.is_some() && known != minutes {
        fields.warning("interval_minutes", say::interval_changes());
    }
    minutes
}

/// Days and prices that the store holds were read in the community's zone and currency.
fn unchangeable(fields: &Fields<'_>, community: &Community, current: &Current) {
    let id = &community.community_id;
    let Some(known) = current.registry.communities.get(id) else { return };
    let of = |has: bool| has.then_some(());
    let priced = of(current.registry.tariffs.contains_key(id));
    let dated = priced
        .or(of(current.registry.participations.contains_key(id)))
        .or(of(current.registry.allocation_keys.contains_key(id)))
        .or(of(current.registry.grid_factors.contains_key(id)));
    if dated.is_some() && known.timezone != community.timezone {
        let was = &known.timezone;
        fields.problem("timezone", say::timezone_fixed(was));
    }
    if priced.is_some() && known.currency != community.currency {
        let was = &known.currency;
        fields.problem("currency", say::currency_fixed(was));
    }
    if known.country != community.country {
        fields.warning("country", say::country_changes(&known.country));
    }
}

/// The members of the community after the file, and those that the file speaks of.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub all: BTreeMap<String, Member>,
    pub rows: Vec<Member>,
    /// What they are called, by id.
    pub names: BTreeMap<String, String>,
}

/// Reads `[[member]]`.
pub(super) fn read_members(tables: Vec<Fields<'_>>, community_id: &str, current: &Current) -> Members {
    let known = current.registry.members.iter().filter(|((c, _), _)| c == community_id);
    let mut members =
        Members { all: known.map(|((_, m), row)| (m.clone(), row.clone())).collect(), ..Members::default() };
    for fields in tables {
        let id = fields.required("id", fields.id("id"), say::member_id_missing());
        let base = id.as_ref().and_then(|id| members.all.get(id));
        let kind = fields.word("kind", &MEMBER_KINDS).map(str::to_owned).or_else(|| base.map(|m| m.kind.clone()));
        let kind = fields.required("kind", kind, say::member_kind_missing());
        let name = fields.name_of("name");
        let holder = fields.foreign_id("holder").or_else(|| base.map(|m| m.holder.clone()));
        fields.no_more();
        // With a kind that nobody knows it is a member all the same: what names it is not said to be wrong too.
        let kind = kind.or_else(|| fields.has("kind").then(|| MEMBER_KINDS[0].to_owned()));
        let (Some(member_id), Some(kind)) = (id, kind) else { continue };
        let holder = holder.unwrap_or_else(|| format!("{community_id}/{member_id}"));
        let row = Member { community_id: community_id.to_owned(), member_id: member_id.clone(), holder, kind };
        let twice = members.rows.iter().any(|m| m.member_id == member_id);
        if twice && members.all.get(&member_id) != Some(&row)
            || name.as_ref().is_some_and(|n| members.names.get(&member_id).is_some_and(|earlier| earlier != n))
        {
            fields.problem("id", say::stands_twice());
            continue;
        }
        members.names.extend(name.map(|name| (member_id.clone(), name)));
        if !twice {
            members.rows.push(row.clone());
        }
        members.all.insert(member_id, row);
    }
    members
}
