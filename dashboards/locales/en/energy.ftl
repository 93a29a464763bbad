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
chart-title-peak-so-far = So far production was highest at { $time }: { $power }
chart-title-best = The best day was { $day }: { $share } from own production
chart-title-best-of-whole = Of the complete days { $day } was the best: { $share } from own production
chart-title-none = The community has not produced anything in this time
chart-title-day = Power of each interval
chart-title-days = Energy of each day
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
} (marked below the axis). What has not come is not in the picture.
chart-open-days = Tap a bar to open its day.
chart-open-table = Each day of the table opens.
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
    [one] missing: one metering point is silent
   *[other] missing: { $n } metering points are silent
}
table-before = before the first reading
table-nothing = no readings
table-not-yet = not there yet
table-held = not shared out yet
table-left-out = { $count ->
    [one] one interval left out
   *[other] { $n } intervals left out
}
table-estimated = estimated
