//! `[[fund]]`: a pot of every month, and who gets which part of it.

use engine::currency::minor_digits;
use engine::registry::{Beneficiary, Fund, FundPart, FundSource, Row, Weight};
use engine::units::format_decimal;

use super::community::{MEMBER_KINDS, Place};
use super::current::Current;
use super::document::{Fields, quoted};
use super::say;
use super::versions::{Entry, Versions, Window};

type Entries<'d> = Vec<Entry<'d, String, Fund>>;

/// The pot of surplus that no fund takes is called so.
const RESERVED: &str = "surplus_sale";
/// 100 % in hundredths of a percent.
const WHOLE: u32 = 10_000;

/// Reads `[[fund]]`.
pub(super) fn read<'d>(tables: Vec<Fields<'d>>, place: &Place, current: &Current) -> Entries<'d> {
    let community = &place.community.community_id;
    let stored = current.rows().filter_map(|row| match row {
        Row::Funds(f) if f.community_id == *community => Some((f.fund_id.clone(), f.clone())),
        _ => None,
    });
    let mut versions = Versions::new(stored);
    for fields in tables {
        let id = fields.required("id", fields.id("id"), say::fund_id_missing());
        let window = id.as_ref().and_then(|id| versions.window(&fields, id, place.zone));
        let base = window.as_ref().and_then(|w| w.base.as_ref());
        let source = source(&fields, base);
        let amount = source.and_then(|source| amount(&fields, source, base, place));
        let parts = parts(&fields, base);
        let tie_by_id = match fields.word("tie", &["hash", "id"]) {
            Some(word) => Some(word == "id"),
            None => (!fields.has("tie")).then(|| base.is_some_and(|b| b.tie_by_id)),
        };
        fields.no_more();
        if id.as_deref() == Some(RESERVED) {
            fields.problem("id", say::fund_id_reserved());
            continue;
        }
        let (Some(id), Some(window), Some(source)) = (id, window, source) else { continue };
        let (Some(amount_micro), Some(parts), Some(tie_by_id)) = (amount, parts, tie_by_id) else { continue };
        warn_of_month(&fields, &window, place);
        let row = Fund {
            community_id: community.clone(),
            fund_id: id.clone(),
            source,
            amount_micro,
            parts,
            tie_by_id,
            valid_from: window.from,
            valid_to: window.to,
        };
        versions.push(fields, id, &window, row);
    }
    let entries = versions.finish();
    check_surplus(&entries, current, community);
    entries
}

fn source(fields: &Fields<'_>, base: Option<&Fund>) -> Option<FundSource> {
    let words: Vec<&'static str> = FundSource::ALL.iter().map(|(word, _)| *word).collect();
    let stated = fields.word("from", &words).and_then(|w| meaning(FundSource::ALL, w));
    let stands = base.map(|b| b.source).filter(|_| !fields.has("from"));
    fields.required("from", stated.or(stands), say::fund_from_missing())
}

fn meaning<T: Copy>(all: &[(&'static str, T)], word: &str) -> Option<T> {
    all.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning)
}

/// The amount per month; `Some(None)` where the revenue of the surplus is the amount.
fn amount(fields: &Fields<'_>, source: FundSource, base: Option<&Fund>, place: &Place) -> Option<Option<i64>> {
    let stated = fields.decimal("amount", 6);
    if source == FundSource::SurplusSale {
        if fields.has("amount") {
            fields.problem("amount", say::fund_amount_stray());
            return None;
        }
        return Some(None);
    }
    let stands = base.and_then(|b| b.amount_micro).filter(|_| !fields.has("amount"));
    let amount = fields.required("amount", stated.or(stands), say::fund_amount_missing())?;
    let currency = place.community.currency.as_str();
    let digits = minor_digits(currency);
    if amount % 10i64.pow(6 - digits) != 0 {
        fields.problem("amount", say::amount_digits(digits, currency));
        return None;
    }
    if amount < 0 {
        fields.problem("amount", say::fund_amount_negative());
        return None;
    }
    Some(Some(amount))
}

/// `[[fund.part]]`
fn parts(fields: &Fields<'_>, base: Option<&Fund>) -> Option<Vec<FundPart>> {
    let tables = fields.tables("part");
    if tables.is_empty() {
        return fields.required(
            "part",
            base.map(|b| b.parts.clone()).filter(|_| !fields.has("part")),
            say::fund_parts_missing(),
        );
    }
    let count = tables.len();
    let parts: Vec<FundPart> = tables.iter().filter_map(part).collect();
    if parts.len() < count {
        return None;
    }
    let sum: u32 = parts.iter().map(|p| p.percent_basis_points).sum();
    if sum != WHOLE {
        let shown = format_decimal(i128::from(sum), 2);
        fields.problem("part", say::fund_parts_sum(shown));
        return None;
    }
    Some(parts)
}

fn part(fields: &Fields<'_>) -> Option<FundPart> {
    let percent = fields.required("percent", fields.decimal("percent", 2), say::fund_percent_missing());
    let words: Vec<&'static str> = Beneficiary::ALL.iter().map(|(word, _)| *word).collect();
    let to = fields.required("to", fields.word("to", &words), say::fund_to_missing());
    let to = to.and_then(|word| meaning(Beneficiary::ALL, word));
    let words: Vec<&'static str> = Weight::ALL.iter().map(|(word, _)| *word).collect();
    let stated = fields.word("by", &words).and_then(|word| meaning(Weight::ALL, word));
    let kinds = fields.texts("member_kinds");
    fields.no_more();
    let to = to?;
    if to == Beneficiary::Social {
        let stray = ["by", "member_kinds"].into_iter().find(|key| fields.has(key));
        if let Some(key) = stray {
            fields.problem(key, say::fund_social_stray());
            return None;
        }
    }
    let by = match to {
        Beneficiary::Social => None,
        _ if fields.has("by") => Some(stated?),
        Beneficiary::Producers => Some(Weight::GivenEnergy),
        Beneficiary::Consumers => Some(Weight::AllocatedEnergy),
        Beneficiary::Members => Some(fields.required("by", stated, say::fund_by_missing())?),
    };
    let percent = percent?;
    let percent = u32::try_from(percent).ok().filter(|p| (1..=WHOLE).contains(p));
    if percent.is_none() {
        fields.problem("percent", say::fund_percent_wrong());
    }
    let kinds = match kinds {
        None if fields.has("member_kinds") => return None,
        None => vec![],
        Some(kinds) => kinds,
    };
    if kinds.iter().any(|kind| !MEMBER_KINDS.contains(kind)) || fields.has("member_kinds") && kinds.is_empty() {
        fields.problem("member_kinds", say::member_kinds_wrong(quoted(&MEMBER_KINDS)));
        return None;
    }
    let member_kinds = kinds.into_iter().map(str::to_owned).collect();
    Some(FundPart { percent_basis_points: percent?, to, by, member_kinds })
}

/// A fund counts in whole months.
fn warn_of_month(fields: &Fields<'_>, window: &Window<Fund>, place: &Place) {
    let first = engine::calendar::local_day(place.zone, window.from);
    if engine::calendar::day_start(place.zone, engine::calendar::month_of(first)) != window.from {
        fields.warning("valid_from", say::fund_not_first_day());
    }
}

/// What the surplus was sold for can be handed out by one fund at a time.
fn check_surplus(entries: &[Entry<'_, String, Fund>], current: &Current, community: &str) {
    let rows: Vec<Row> = entries.iter().map(|e| Row::Funds(e.row.clone())).collect();
    let after = current.with(&rows);
    let all = after.funds.get(community).map(Vec::as_slice).unwrap_or_default();
    let routed: Vec<&Fund> = all.iter().map(|(_, f)| f).filter(|f| f.source == FundSource::SurplusSale).collect();
    for entry in entries.iter().filter(|e| e.row.source == FundSource::SurplusSale) {
        let other = routed.iter().find(|f| {
            f.fund_id != entry.thing && f.valid_from < entry.row.valid_to && entry.row.valid_from < f.valid_to
        });
        if let Some(other) = other {
            entry.fields.problem("from", say::surplus_taken(&other.fund_id));
        }
    }
}
