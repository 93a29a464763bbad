//! A proposed key or price over past days as text for a terminal or a mail: who would gain, who would lose.

use chrono::NaiveDate;

use super::columns::aligned;
use crate::locale::{Locale, Words};

/// A member before and after.
#[derive(Debug, Clone)]
pub struct MemberProposal {
    /// Name for people; any text.
    pub name: String,
    /// Energy received and given in the community.
    pub shared_before_micro_kwh: i128,
    /// With the proposal.
    pub shared_after_micro_kwh: i128,
    /// What all of its energy costs before VAT, in 1e-6 of the currency, before and after, and how much less that is.
    pub money: Option<MemberCost>,
}

/// Costs, each rounded once, in 1e-6 of the currency.
#[derive(Debug, Clone, Copy)]
pub struct MemberCost {
    pub before_micro: i128,
    pub after_micro: i128,
    /// How much less the member would pay, or how much more it would get.
    pub gain_micro: i128,
    /// Whether it gains, loses or neither, to the last digit: `1`, `-1`, `0`.
    pub sign: i128,
}

/// Everything that the text says.
#[derive(Debug, Clone)]
pub struct ProposalView {
    /// Name of the community.
    pub community: String,
    /// ISO 4217 code.
    pub currency: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
    /// What members receive in all.
    pub received_before_micro_kwh: i128,
    /// With the proposal.
    pub received_after_micro_kwh: i128,
    /// Whether all energy has a price, so that money can be compared.
    pub is_priced: bool,
    /// In the order in which they are shown.
    pub members: Vec<MemberProposal>,
}

/// The proposal as text, lines ending with a line feed.
pub fn proposal_text(view: &ProposalView, locale: &Locale) -> String {
    let words = locale.words();
    let title = [
        ("community", view.community.clone().into()),
        ("from", words.long_day(view.from).into()),
        ("to", words.long_day(view.last).into()),
    ];
    let mut out = words.ta("proposal-title", title) + "\n" + &words.t("proposal-nothing-stored") + "\n\n";
    out += &table(view, &words);
    let all = |micro_kwh: i128| words.unit("unit-kwh", kwh(micro_kwh, &words));
    let all =
        [("before", all(view.received_before_micro_kwh).into()), ("after", all(view.received_after_micro_kwh).into())];
    out += &format!("\n{}\n", words.ta("proposal-shared-all", all));
    if !view.is_priced {
        return out + &words.t("proposal-unpriced") + "\n";
    }
    let count = |sign: i128| {
        let of = |m: &&MemberProposal| m.money.is_some_and(|money| money.sign == sign);
        words.count(view.members.iter().filter(of).count() as u64)
    };
    let counts = [("gain", count(1).into()), ("lose", count(-1).into()), ("same", count(0).into())];
    out + &words.ta("proposal-count", counts) + "\n" + &words.t("proposal-how") + "\n"
}

/// Energy to the Wh.
fn kwh(micro_kwh: i128, words: &Words) -> String {
    words.decimal(engine::units::round_half_up(micro_kwh, 6, 3), 3)
}

fn table(view: &ProposalView, words: &Words) -> String {
    let mut head = vec![String::new()];
    head.extend(["proposal-shared", "proposal-shared-after", "proposal-difference"].map(|key| words.t(key)));
    if view.is_priced {
        head.push(words.ta("proposal-cost", [("currency", view.currency.clone().into())]));
        head.extend(["proposal-shared-after", "proposal-gain"].map(|key| words.t(key)));
    }
    let mut rows = vec![head];
    for m in &view.members {
        let difference = m.shared_after_micro_kwh - m.shared_before_micro_kwh;
        let mut row = vec![m.name.clone(), kwh(m.shared_before_micro_kwh, words), kwh(m.shared_after_micro_kwh, words)];
        row.push(signed(kwh(difference, words), difference));
        if let Some(money) = m.money.filter(|_| view.is_priced) {
            let amount = |micro| words.money(micro, &view.currency);
            row.extend([amount(money.before_micro), amount(money.after_micro)]);
            row.push(signed(amount(money.gain_micro), money.sign));
        }
        rows.push(row);
    }
    aligned(&rows)
}

fn signed(text: String, value: i128) -> String {
    if value > 0 { format!("+{text}") } else { text }
}
