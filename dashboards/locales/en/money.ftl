# Energy and money.
sums-title = Energy and money
sums-production = Production
sums-consumption = Consumption
sums-shared = Shared energy
sums-residual = From your supplier
sums-surplus = Surplus
sums-unknown = no price given
how-energy = Energy is added up from the meters' readings of every interval. Shared energy is what the allocation key of that interval's date gave to the members; what is left of consumption comes from the suppliers, what is left of production is surplus.
how-rounding = Printed figures are rounded so that they add up: production, consumption and shared energy by themselves, the rest as the difference.
how-tariff = { $figure }: energy of each interval at the tariff of its own date, without VAT, rounded only here.
how-price = { $figure }: energy at the reference price of { $price } per kWh.
how-derived = The amount of production is shared energy plus surplus; the amount of consumption is shared energy plus the suppliers' part. Fees and VAT are on the members' statements.
how-unknown = { $figure }: no price is on file for { $energy } of it, so no amount is shown.
