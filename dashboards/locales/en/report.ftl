# The month as text for a terminal.
report-title = { $community }, { $month }
report-answer = { $count ->
    [0] No member has a line for { $month } yet.
    [one] One member pays { $amount } for { $month }.
   *[other] { $n } members pay { $amount } in all for { $month }.
}
report-credits = Amounts with a minus sign are paid out to the member.
report-provisional = PROVISIONAL: lines marked with * may still change. Readings are missing, or may still arrive.
report-final = Final.
report-complete = Data complete until { $until }.
report-complete-unknown = Data are not complete for any time yet.
report-missing = { $count ->
    [one] One metering point lacks readings in this month.
   *[other] { $n } metering points lack readings in this month.
}
report-total = total
report-all = All members
report-net = net
report-vat = VAT
report-how = How it is computed: a net line is its exact energy times its price, rounded once, half away from zero. VAT is one line per member, category and rate: the sum of the net lines times the rate, rounded once. Prices are per kWh, without VAT. "ecoop trace LINE" opens a line down to its readings.

# Results of an operator beside our own computation.
reconcile-title = { $community }, { $from } to { $to }: the operator's results beside our own computation, in kWh
reconcile-none = Nothing differs.
reconcile-not-closing = { $count ->
    [one] One interval does not close: readings or figures are missing, or the figures do not add up. Ask the operator for what is missing.
   *[other] { $n } intervals do not close: readings or figures are missing, or the figures do not add up. Ask the operator for what is missing.
}
reconcile-different-rule = { $count ->
    [one] One interval was shared by another rule than the key: its figures are complete and add up, but differ by more than rounding.
   *[other] { $n } intervals were shared by another rule than the key: their figures are complete and add up, but differ by more than rounding.
}
reconcile-rounding = { $count ->
    [one] One interval differs by rounding only. Nothing is to be done.
   *[other] { $n } intervals differ by rounding only. Nothing is to be done.
}
reconcile-waiting = { $count ->
    [one] One interval still waits for readings or for the operator's results.
   *[other] { $n } intervals still wait for readings or for the operator's results.
}
reconcile-interval = { $at }: { $cause }; operator less computed, over all shares: { $sum }
reconcile-cause-open = not closing
reconcile-cause-rule = different rule
reconcile-unknown = unknown
reconcile-share = { $point }: operator { $operator }, computed { $computed }
reconcile-others = { $count ->
    [one] one more
   *[other] { $n } more
}
reconcile-more = { $count ->
    [one] One more interval: "--format csv" lists all.
   *[other] { $n } more intervals: "--format csv" lists all.
}
reconcile-how = Where figures close, they are billed exactly as the operator sent them. An interval that does not close is provisional and shows our own computation until it does.

# As billed and as known now.
billed-as-of = As known on { $instant }.
billed-nothing = Nothing of this month was billed.
billed-bill = Bill { $number } of { $instant }: { $amount }.
billed-correction = Correction, bill { $number } of { $instant }: { $amount }.
billed-billed = billed
billed-known = known now
billed-difference = difference
billed-drafts = Drafted, for the next bill:
billed-credit = credit
billed-charge = new
billed-from = { $item } from { $producer }
billed-of-credit-note = { $item } (credit note)
billed-price = price
billed-kwh = kWh
billed-amount = amount
billed-not-kept = What was computed at that time is no longer kept; bills are kept for ever.

# A proposal over the past
proposal-title = Proposal for { $community }, { $from } to { $to }
proposal-nothing-stored = Nothing is stored: this is what would have been.
proposal-shared = shared kWh
proposal-shared-after = with the proposal
proposal-difference = difference
proposal-cost = cost { $currency }
proposal-gain = gain
proposal-shared-all = Shared in all: { $before }, with the proposal { $after }.
proposal-count = { $gain } would gain, { $lose } would lose, { $same } would see no difference.
proposal-how = Cost is before VAT: shared energy with the community's fee, energy from the supplier, less what a member's plants earn. Values that were estimated are left out on both sides.
proposal-unpriced = Money is not shown, because some energy has no price: add a [[tariff]] for internal_energy, supplier_energy and surplus_sale ("ecoop apply").

# What is paid to members, and the pots
payouts-title = Paid to members (credit notes)
payouts-production = shared energy
payouts-surplus = surplus
payouts-funds = funds
payouts-interest = interest
payouts-vat = VAT
payouts-total = total
payouts-rounding = Rounding account: { $amount } for the energy of { $name }, what members pay beyond what its credit note says.
payouts-books = Books: debit { $debit }, credit { $credit }.
pots-title = Pots and their parts
pots-part = { $pot }: { $percent } to { $to }: { $amount }
pots-kept = ({ $amount } kept, because nobody could get it)
pots-to-producers = producers
pots-to-consumers = consumers
pots-to-members = members
pots-to-social = its purpose
pots-by-allocated-energy = by shared energy received
pots-by-given-energy = by energy given
pots-by-surplus-energy = by surplus
pots-by-equal = in equal parts
pots-by-capital = by capital
pots-by-revenue = by what each one's was sold for

# Lines of statements
item-internal-energy = community energy
item-free-energy = free energy
item-minimum-energy = minimum quantity
item-community-fee = community fee
item-monthly-fee = monthly fee
item-grid-benefit = grid benefit
item-surplus-revenue = surplus revenue
item-surplus-sale = surplus sold
item-fund-share = share of the fund
item-capital-interest = interest on capital
item-production-credit = energy given
item-excise = excise
item-vat = VAT
