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
