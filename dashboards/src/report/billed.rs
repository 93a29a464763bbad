//! A month as billed beside what is known now, as text for a terminal or a mail.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::columns::aligned;
use crate::figure::Billing;
use crate::figure::money::signed;
use crate::figure::month_state::day;
use crate::locale::{Locale, Words, energy_digits};

/// One bill of the month.
#[derive(Debug, Clone)]
pub struct Bill {
    /// 1 is the bill, those after it are corrections.
    pub number: u32,
    /// When it was made, microseconds UTC.
    pub billed_us: i64,
    /// Its lines together, in 1e-6 of the currency.
    pub total_micro: i128,
}

/// What a member was billed, and what its statement says.
#[derive(Debug, Clone)]
pub struct BilledMember {
    /// Name for people; any text.
    pub name: String,
    /// All bills together, in 1e-6 of the currency.
    pub billed_micro: i128,
    /// Its statement; `None` when what was computed at that time is no longer kept.
    pub known_micro: Option<i128>,
}

/// A drafted line.
#[derive(Debug, Clone)]
pub struct DraftLine {
    /// Name of the member for people.
    pub member: String,
    /// Whether it takes back what was billed.
    pub is_credit: bool,
    /// `internal_energy`, `vat`, ...
    pub item: String,
    /// Name of the member whose production it is, where that is somebody else.
    pub producer: Option<String>,
    /// Whether it is of the credit note, by which the member is owed.
    pub is_credit_note: bool,
    /// 1e-6 of the currency; `None` where it varies.
    pub price_micro: Option<i64>,
    pub energy_micro_kwh: i64,
    pub amount_micro: i128,
    /// The difference of the line, where it stands.
    pub difference_micro: Option<i128>,
}

/// Everything that the report says.
#[derive(Debug, Clone)]
pub struct BilledView {
    /// Name of the community.
    pub community: String,
    /// ISO 4217 code.
    pub currency: String,
    pub zone: Tz,
    /// First day of the month.
    pub month: NaiveDate,
    /// As known at this instant; `None` is now.
    pub as_of_us: Option<i64>,
    /// What is known now; `None` for what was known at an instant of which only the bills are kept.
    pub billing: Option<Billing>,
    pub bills: Vec<Bill>,
    pub members: Vec<BilledMember>,
    pub drafts: Vec<DraftLine>,
}

/// The month as text, lines ending with a line feed.
pub fn billed_text(view: &BilledView, locale: &Locale) -> String {
    let words = locale.words();
    let title = [("community", view.community.clone().into()), ("month", words.month(view.month).into())];
    let mut out = words.ta("report-title", title) + "\n";
    if let Some(at) = view.as_of_us {
        out += &words.ta("billed-as-of", [("instant", instant(view.zone, at, &words).into())]);
        out += "\n";
    }
    out += "\n";
    if view.bills.is_empty() {
        return out + &words.t("billed-nothing") + "\n";
    }
    for bill in &view.bills {
        let key = if bill.number == 1 { "billed-bill" } else { "billed-correction" };
        let fields = [
            ("number", bill.number.to_string().into()),
            ("instant", instant(view.zone, bill.billed_us, &words).into()),
            ("amount", words.money(bill.total_micro, &view.currency).into()),
        ];
        out += &words.ta(key, fields);
        out += "\n";
    }
    if let Some(billing) = &view.billing {
        for sentence in billing.sentences(view.zone, &view.currency, &words).iter().skip(1) {
            out += &sentence.text;
            out += "\n";
        }
    }
    out += "\n";
    out += &members(view, &words);
    if !view.drafts.is_empty() {
        out += &format!("\n{}\n", words.t("billed-drafts"));
        out += &drafts(view, &words);
        out += &format!("\n{}\n", words.t("billed-energy"));
    }
    if view.members.iter().any(|m| m.known_micro.is_none()) {
        out += &format!("\n{}\n", words.t("billed-not-kept"));
    }
    out
}

fn instant(zone: Tz, at: i64, words: &Words) -> String {
    words.ta("date-time", [("day", day(zone, at, words).into()), ("time", words.time(zone, at).into())])
}

fn members(view: &BilledView, words: &Words) -> String {
    let money = |micro| words.money(micro, &view.currency);
    let unknown = || "–".to_string();
    let head = ["billed-billed", "billed-known", "billed-difference"].map(|key| words.t(key));
    let mut rows = vec![std::iter::once(String::new()).chain(head).collect::<Vec<_>>()];
    let row = |name: String, billed: i128, known: Option<i128>| {
        let difference = known.map(|k| signed(k - billed, &view.currency, words));
        vec![name, money(billed), known.map_or_else(unknown, money), difference.unwrap_or_else(unknown)]
    };
    rows.extend(view.members.iter().map(|m| row(m.name.clone(), m.billed_micro, m.known_micro)));
    let known = view.members.iter().map(|m| m.known_micro).sum::<Option<i128>>();
    rows.push(row(words.t("report-all"), view.members.iter().map(|m| m.billed_micro).sum(), known));
    aligned(&rows)
}

fn item(line: &DraftLine, words: &Words) -> String {
    let name = words.known(&format!("item-{}", line.item.replace('_', "-"))).unwrap_or_else(|| line.item.clone());
    let name = match &line.producer {
        Some(producer) => words.ta("billed-from", [("item", name.into()), ("producer", producer.clone().into())]),
        None => name,
    };
    match line.is_credit_note {
        true => words.ta("billed-of-credit-note", [("item", name.into())]),
        false => name,
    }
}

fn drafts(view: &BilledView, words: &Words) -> String {
    let head = ["billed-price", "billed-kwh", "billed-amount", "billed-difference"].map(|key| words.t(key));
    let mut rows = vec![std::iter::once(String::new()).chain(head).collect::<Vec<_>>()];
    for d in &view.drafts {
        // VAT and fees stand beside the energy, not on it.
        let has_energy = d.energy_micro_kwh != 0;
        let entry = words.t(if d.is_credit { "billed-credit" } else { "billed-charge" });
        rows.push(vec![
            format!("{}, {}: {entry}", d.member, item(d, words)),
            d.price_micro.filter(|_| has_energy).map_or_else(String::new, |p| words.price(p)),
            if has_energy {
                words.energy(d.energy_micro_kwh, energy_digits(d.energy_micro_kwh))
            } else {
                String::new()
            },
            words.money(d.amount_micro, &view.currency),
            d.difference_micro.map_or_else(String::new, |m| signed(m, &view.currency, words)),
        ]);
    }
    aligned(&rows)
}
