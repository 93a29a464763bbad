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
