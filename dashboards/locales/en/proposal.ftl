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
proposal-how = Cost is before VAT: what a member's statements come to, with fees, quantities and shares of funds, and what its supplier takes for the rest, less what it is owed. Of a month that is tried in part, what counts by the month counts whole.
proposal-unpriced = Money is not shown, because some energy has no price: add a [[tariff]] for internal_energy, supplier_energy and surplus_sale ("ecoop apply").
