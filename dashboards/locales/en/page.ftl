# The frame of every page.
language-name = English
site-name = ecoop
all-communities = All communities
skip-to-content = Skip to the content
language-switch = Language
footer = Energies are exact to 0.000001{"\u00A0"}kWh below the surface; what you read is rounded. Every amount can be opened down to its readings.

# Where figures come from.
origin-demo = Simulated: load curves of the SimBench profiles and the CityLearn homes, laid on today's calendar. These are no real households.
origin-simulated = Simulated: telemetry sent by a generator. These are no real households.

# When.
when-today = Today, { $day }
when-until = { $when }, until { $until }
when-week = { $week }
period-choice = Period
period-day = Day
period-week = Week
period-month = Month
period-previous = Earlier: { $period }
period-next = Later: { $period }

# The answer.
headline-share = { $share } of the community's power came from its own production.
headline-suppliers = All of the community's power came from its suppliers.
headline-production-only = The community produced { $energy } and used nothing.
headline-nothing = There are no readings for this time yet.
lead-used = It used { $used }, of which { $shared } were shared between members.
lead-produced = It produced { $produced }.
lead-saved = That saved them about { $amount } compared with their suppliers.
lead-cost = That cost them about { $amount } more than their suppliers would have.
lead-nothing = As soon as the meters send readings, the figures appear here by themselves.
status-provisional = provisional
status-final = final

# The flow.
flow-title = Where the power came from, where it went
flow-production = Produced here
flow-residual = Suppliers
flow-consumption = Used here
flow-surplus = Surplus
flow-used = used { $total } = { $shared } shared + { $residual } from suppliers
flow-made = produced { $total } = { $shared } shared + { $surplus } surplus
flow-unit = All in kWh.
flow-unbalanced-title = These figures do not add up
flow-unbalanced = Production, consumption and their parts differ by { $energy } kWh. Nothing was adjusted; the picture is left out until the cause is found.

# The chart.
chart-title-most = From { $from } to { $to } at least half of the power came from the community itself
chart-title-peak = Production was highest at { $time }: { $power }
chart-title-best = The best day so far was { $day }: { $share } from own production
chart-title-none = The community has not produced anything in this time
chart-title-empty = Nothing to draw yet
chart-shared = shared
chart-residual = from suppliers
chart-surplus = surplus
chart-consumption = used
chart-night = night
chart-estimated = estimated
chart-missing-mark = readings missing
chart-now = now { $time }
chart-missing = { $count ->
    [one] One row of this picture lacks readings
   *[other] { $n } rows of this picture lack readings
} (marked below the axis). What is missing is left open and never counted as zero.
chart-open-days = Tap a bar to open its day.
axis-kw = kW
axis-kwh = kWh
link-table = Table
link-csv = CSV
link-how = How is this computed?

# Tables.
table-time = Time
table-day = Day
table-production = Production
table-consumption = Consumption
table-shared = Shared
table-residual = Suppliers
table-surplus = Surplus
table-unit = kWh, exact
table-figure = Figure
table-missing = { $count ->
    [0] not there yet
    [one] missing: one metering point is silent
   *[other] missing: { $n } metering points are silent
}
table-estimated = estimated

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
how-unknown = { $figure }: no price is on file for this time, so no amount is shown.

# Facts.
fact-saved = Saved together
fact-saved-note = against the suppliers' price
fact-cost = More paid together
fact-co2 = CO₂ avoided
fact-co2-negative = CO₂ added
fact-members = Members
fact-points = Metering points

# Carbon dioxide.
co2-title-avoided = Sharing avoided { $amount } of CO₂
co2-title-added = Sharing added { $amount } of CO₂
co2-inventory = The community's consumption caused { $amount } in all.
co2-set = Factors: { $set }, { $scope }.
co2-coverage = Factors and complete data for { $intervals } of the intervals and { $hours } of the hours; { $estimated } with estimated readings.
co2-uncertainty = The factors are uncertain by ± { $percent }.
co2-uncertainty-default = The factors are uncertain by ± { $percent }: the default for factors over the whole life, as their set names none.
co2-uncertainty-none = Their set does not say how uncertain the factors are.
co2-apart = Factors of different kinds count different things: these figures stand apart and are not added up.
co2-life-cycle = over the whole life of the plants
co2-direct = direct emissions only
co2-how = Avoided: shared energy of each interval x (factor of the grid - factor of the source), same scope on both sides; it can be negative. What a storage takes in avoids nothing until it is used, and what it gives counts at its plant only once. The total is reported apart from it: suppliers' part x factor of the grid + shared energy x factor of the source.

# How far the figures can be relied upon.
trust-title-complete = Data are complete until { $until }
trust-title-unknown = Data are not complete for any time yet
trust-provisional = These figures are provisional: they may still change when late readings arrive.
trust-final = These figures are final.
trust-missing = { $count ->
    [one] One metering point lacks readings in this time.
   *[other] { $n } metering points lack readings in this time.
} Intervals without them stay provisional.
trust-missing-none = No metering point lacks readings in this time.
trust-held-title = The last computation is held back
trust-held = The check “{ $check }” found rows that break its rule, so the figures of the run before are shown. Other communities are not affected.

# The way of a month to its bill.
state-raw = raw
state-provisional = provisional
state-settled = settled
state-billed = billed
state-corrected = corrected
billing-billed = Billed on { $day }
billing-not-billed = Not billed yet
billing-raw = Nothing of this month could be shared out yet: readings of the production are missing.
billing-provisional = Readings or prices of this month are still missing or may still arrive; it can be billed when all are there.
billing-settled = All readings of this month are there. Until it is billed, a corrected reading changes the statements themselves.
billing-amount = The bill is { $amount } in all, VAT included.
billing-corrected = Corrected on { $day }. Bill and corrections are { $amount } in all, VAT included.
billing-nothing-open = Nothing is known otherwise since.
billing-open = { $count ->
    [one] A correction of { $amount } for one member is drafted
   *[other] Corrections of { $amount } in all for { $n } members are drafted
}: a credit of what was billed and the new lines. They go on the next bill.

# The list of communities.
index-title = Communities
index-headline = { $count ->
    [0] No community has been set up yet.
    [one] One community shares its power here.
   *[other] { $n } communities share their power here.
}
index-empty = Describe one in a file and give it to ecoop apply.
index-share = { $share } own production today, { $shared } shared.
index-nothing = No readings today yet.
index-size = { $country }, { $members ->
    [one] one member
   *[other] { $m } members
}, { $points ->
    [one] one metering point
   *[other] { $p } metering points
}
index-held = Held back by a check
index-complete = Complete until { $until }

# Errors.
error-400-title = This address cannot be read.
error-400-text = Part of it is not what the page expects. Start again from the list of communities.
error-403-title = You cannot see this page.
error-403-text = It belongs to others. If it should be yours, ask the board of your community.
error-404-title = There is no such page.
error-404-text = The address may be mistyped, or the community has another name. The list of communities shows all there are.
error-500-title = Something went wrong on our side.
error-500-text = Your data are safe; nothing was changed. Try again in a moment; if it stays, tell whoever runs this site, with the time.
error-503-title = The site is just starting or very busy.
error-503-text = Try again in a moment.
error-number = Error { $status }
error-back = To the list of communities
