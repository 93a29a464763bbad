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
billed-energy = Energies are rounded. Amounts come from the exact ones, which "--format json" gives.
