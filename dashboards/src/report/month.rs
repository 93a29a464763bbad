//! A month of a community as text for a terminal or a mail: the answer, the members, how far it can be relied upon.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::columns::aligned;
use super::payouts::{self, PayoutsView};
use crate::figure::co2::are_apart;
use crate::figure::{Billing, Co2, Energy, Reliance, Rounded};
use crate::locale::{Locale, Words};

/// What a member used and owes.
#[derive(Debug, Clone)]
pub struct MemberMonth {
    /// Name for people; any text.
    pub name: String,
    /// Energy of its points.
    pub energy: Energy,
    /// Net lines, in 1e-6 of the currency.
    pub net_micro: i128,
    /// VAT lines.
    pub vat_micro: i128,
    /// What the member pays; what it is paid has a minus.
    pub total_micro: i128,
    /// Whether nothing of it can change any more, but by a correction.
    pub is_final: bool,
}

/// Everything that the report says.
#[derive(Debug, Clone)]
pub struct MonthView {
    /// Name of the community.
    pub community: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Zone of its local days.
    pub zone: Tz,
    /// First day of the month.
    pub month: NaiveDate,
    /// End of the last interval up to which everything expected has arrived.
    pub complete_until_us: Option<i64>,
    /// Metering points without readings in some interval.
    pub missing_points: u32,
    /// The intervals of the month by what they wait for.
    pub reliance: Reliance,
    /// The community as a whole, of the intervals that were shared out.
    pub energy: Energy,
    /// How far the month has come, when that is known.
    pub billing: Option<Billing>,
    /// Carbon dioxide by factor set, when there are factors; sets are never added up.
    pub co2: Vec<Co2>,
    /// In the order in which they are shown.
    pub members: Vec<MemberMonth>,
    /// What is paid out with the month.
    pub payouts: PayoutsView,
}

/// The month as text, lines ending with a line feed.
pub fn month_text(view: &MonthView, locale: &Locale) -> String {
    let words = locale.words();
    let title = [("community", view.community.clone().into()), ("month", words.month(view.month).into())];
    let mut out = words.ta("report-title", title) + "\n\n" + &answer(view, &words) + "\n";
    let is_closed = view.members.iter().all(|m| m.is_final);
    // Of nothing there is nothing to be said.
    if !view.members.is_empty() {
        out += &words.t(if is_closed { "report-closed" } else { "report-provisional" });
        out += "\n";
    }
    out += &match view.complete_until_us {
        Some(at) => words.ta("report-complete", [("until", words.instant(view.zone, at).into())]),
        None => words.t("report-complete-unknown"),
    };
    out += "\n";
    if view.missing_points > 0 {
        let n = view.missing_points;
        out += &words.ta("report-missing", [("count", n.into()), ("n", words.count(n.into()).into())]);
        out += "\n";
    }
    for sentence in view.reliance.left_out_sentences(&words) {
        out += &sentence;
        out += "\n";
    }
    if let Some(billing) = &view.billing {
        out += &billing.title(view.zone, &words);
        out += ".\n";
        for sentence in billing.sentences(view.zone, &view.currency, &words) {
            out += &sentence.text;
            out += "\n";
        }
    }
    out += "\n";
    out += &table(view, &words);
    out += &payouts::text(&view.payouts, &view.currency, &words);
    for co2 in &view.co2 {
        let [coverage, uncertainty] = co2.reliance(&words);
        let (title, inventory, set) = (co2.title(&words), co2.inventory(&words), co2.set(&words));
        out += &format!("\n{title}. {inventory}\n{set}\n{coverage}\n{uncertainty}\n");
    }
    if are_apart(&view.co2) {
        out += &format!("{}\n", words.t("co2-apart"));
    }
    if view.members.iter().any(|m| m.total_micro < 0) {
        out += &format!("\n{}\n", words.t("report-credits"));
    }
    out + "\n" + &words.t("report-energy") + "\n" + &words.t("report-how") + "\n"
}

fn answer(view: &MonthView, words: &Words) -> String {
    let paying = view.members.iter().filter(|m| m.total_micro > 0);
    let (count, sum) = paying.fold((0u64, 0), |(n, sum), m| (n + 1, sum + m.total_micro));
    words.ta(
        "report-answer",
        [
            ("count", count.into()),
            ("n", words.count(count).into()),
            ("amount", words.money(sum, &view.currency).into()),
            ("month", words.month(view.month).into()),
        ],
    )
}

/// Members below each other, figures in columns.
fn table(view: &MonthView, words: &Words) -> String {
    // The exact ones are for machines.
    let energies = |e: &Energy| {
        let [production, consumption, shared, residual, surplus] = Rounded::row(e, words);
        vec![production, surplus, consumption, shared, residual]
    };
    let head = ["table-production", "table-surplus", "table-consumption", "table-shared", "table-residual"]
        .into_iter()
        .chain(["report-net", "report-vat", "report-total"]);
    let mut rows = vec![std::iter::once(String::new()).chain(head.map(|key| words.t(key))).collect::<Vec<_>>()];
    let sum = |of: fn(&MemberMonth) -> i128| view.members.iter().map(of).sum::<i128>();
    let amounts = |net, vat, total| [net, vat, total].map(|micro| words.money(micro, &view.currency));
    for m in &view.members {
        let name = if m.is_final { m.name.clone() } else { format!("{} *", m.name) };
        let figures = energies(&m.energy).into_iter().chain(amounts(m.net_micro, m.vat_micro, m.total_micro));
        rows.push(std::iter::once(name).chain(figures).collect());
    }
    let all = amounts(sum(|m| m.net_micro), sum(|m| m.vat_micro), sum(|m| m.total_micro));
    rows.push(std::iter::once(words.t("report-all")).chain(energies(&view.energy)).chain(all).collect());
    aligned(&rows)
}
