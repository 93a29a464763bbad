//! What a month pays out, as text: credit notes, pots, and what rounding left.

use super::columns::aligned;
use crate::locale::Words;

/// Everything that is paid out with a month.
#[derive(Debug, Clone, Default)]
pub struct PayoutsView {
    /// In the order in which they are shown.
    pub members: Vec<MemberPayout>,
    pub parts: Vec<PotPart>,
    /// What was collected for the energy of producing members beyond what they are credited with, in 1e-6 of the
    /// currency.
    pub rounding: Vec<(String, i128)>,
    /// Debit and credit of all postings.
    pub books: (i128, i128),
}

/// What a member is owed, in 1e-6 of the currency.
#[derive(Debug, Clone, Default)]
pub struct MemberPayout {
    /// Name for people; any text.
    pub name: String,
    /// Energy given to other members, surplus sold, shares of funds, interest, VAT.
    pub production_micro: i128,
    pub surplus_micro: i128,
    pub funds_micro: i128,
    pub interest_micro: i128,
    pub vat_micro: i128,
}

impl MemberPayout {
    fn amounts(&self) -> [i128; 6] {
        let parts = [self.production_micro, self.surplus_micro, self.funds_micro, self.interest_micro, self.vat_micro];
        let total = parts.iter().sum();
        [parts[0], parts[1], parts[2], parts[3], parts[4], total]
    }
}

/// A part of a pot.
#[derive(Debug, Clone, Default)]
pub struct PotPart {
    pub pot: String,
    /// Hundredths of a percent.
    pub percent_basis_points: i128,
    /// The words of the engine: `producers`, `allocated_energy`; the second is empty for a part that goes to no member.
    pub beneficiary: String,
    pub weight_by: String,
    pub amount_micro: i128,
    /// What members get of it.
    pub given_micro: i128,
}

/// The text, empty where nothing is paid out.
pub(super) fn text(view: &PayoutsView, currency: &str, words: &Words) -> String {
    let money = |micro: i128| words.money(micro, currency);
    let mut out = String::new();
    if !view.members.is_empty() {
        out += &format!("\n{}\n", words.t("payouts-title"));
        let keys = ["production", "surplus", "funds", "interest", "vat", "total"];
        let sums: Vec<i128> = (0..keys.len()).map(|n| view.members.iter().map(|m| m.amounts()[n]).sum()).collect();
        // A column that nobody has anything in says nothing.
        let shown: Vec<usize> = (0..keys.len()).filter(|n| view.members.iter().any(|m| m.amounts()[*n] != 0)).collect();
        let row = |name: String, amounts: &[i128]| {
            std::iter::once(name).chain(shown.iter().map(|n| money(amounts[*n]))).collect::<Vec<_>>()
        };
        let head = shown.iter().map(|n| words.t(&format!("payouts-{}", keys[*n])));
        let mut rows = vec![std::iter::once(String::new()).chain(head).collect::<Vec<_>>()];
        rows.extend(view.members.iter().map(|m| row(m.name.clone(), &m.amounts())));
        rows.push(row(words.t("report-all"), &sums));
        out += &aligned(&rows);
    }
    if !view.parts.is_empty() {
        out += &format!("\n{}\n", words.t("pots-title"));
        for part in &view.parts {
            out += &format!("  {}\n", part_text(part, currency, words));
        }
    }
    for (name, micro) in &view.rounding {
        let sign = if *micro > 0 { "+" } else { "" };
        let amount = format!("{sign}{}", money(*micro));
        out += &format!(
            "\n{}\n",
            words.ta("payouts-rounding", [("name", name.clone().into()), ("amount", amount.into())])
        );
    }
    let (debit, credit) = view.books;
    if debit != 0 || credit != 0 {
        let amounts = [("debit", money(debit).into()), ("credit", money(credit).into())];
        out += &format!("\n{}\n", words.ta("payouts-books", amounts));
    }
    out
}

fn part_text(part: &PotPart, currency: &str, words: &Words) -> String {
    let digits = (0..2).find(|d| part.percent_basis_points % 10i128.pow(2 - d) == 0).unwrap_or(2);
    let percent = words.decimal(part.percent_basis_points / 10i128.pow(2 - digits), digits);
    let named = |kind: &str, word: &str| {
        let key = format!("{kind}-{}", word.replace('_', "-"));
        words.known(&key).unwrap_or_else(|| word.to_owned())
    };
    let to = named("pots-to", &part.beneficiary);
    let by = if part.weight_by.is_empty() { String::new() } else { format!(", {}", named("pots-by", &part.weight_by)) };
    let line = [
        ("pot", part.pot.clone().into()),
        ("percent", words.unit("percent", percent).into()),
        ("to", format!("{to}{by}").into()),
        ("amount", words.money(part.amount_micro, currency).into()),
    ];
    let mut text = words.ta("pots-part", line);
    let kept = part.amount_micro - part.given_micro;
    if part.beneficiary != "social" && kept != 0 {
        text += &format!(" {}", words.ta("pots-kept", [("amount", words.money(kept, currency).into())]));
    }
    text
}
