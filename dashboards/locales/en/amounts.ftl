# What amounts are made of.
amounts-title = What the amounts are made of
amounts-lead = Each line is energy times its price. A line is rounded only here; sums are of the exact amounts.
amounts-none = There is no amount for this time yet.
amounts-net = Before VAT.
amounts-of = { $energy } at { $price } per kWh
amounts-of-varying = { $energy } at prices that vary from interval to interval
amounts-of-unpriced = { $energy } without a price
amounts-saved-title = What sharing saved
amounts-saved-note = What the shared energy would have cost from suppliers, less what members pay for it here; before VAT.
amounts-alone = the same energy from suppliers
amounts-stored = paid for what is still stored
amounts-saved = saved
amounts-billed = The bills
amounts-drafted = The drafted corrections
amounts-days = Day by day
amounts-back = Back to the page of this time
amounts-table = Its intervals one by one
