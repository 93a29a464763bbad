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
headline-zero = The community used nothing and produced nothing.
headline-nothing = There are no readings for this time yet.
headline-nothing-then = There are no readings for this time.
headline-future = This time has not begun yet.
headline-held = Nothing of this time could be shared out yet.
lead-used = It used { $used }, of which { $shared } were shared between members.
lead-used-alone = It used { $used }.
lead-produced = It produced { $produced }.
lead-produced-nothing = It produced nothing.
lead-saved = That saved them about { $amount } compared with their suppliers.
lead-cost = That cost them about { $amount } more than their suppliers would have.
lead-nothing = As soon as the meters send readings, the figures appear here by themselves.
lead-before = The readings of this community begin on { $day }.
lead-nothing-then = If readings of it still arrive, the figures appear here.
status-provisional = provisional

# Facts.
fact-saved = Saved together
fact-saved-note = against the suppliers' price
fact-cost = More paid together
fact-co2 = CO₂ avoided
fact-co2-negative = CO₂ added
fact-members = Members
fact-points = Metering points

# How far the figures can be relied upon.
trust-title-complete = Data are complete until { $until }
trust-title-unknown = Data are not complete for any time yet
trust-provisional = These figures are provisional: they may still change when readings arrive.
trust-closed = This time is closed: no reading is waited for any more. A corrected one still changes these figures.
trust-billed = This time is billed. What is corrected now goes on the next bill.
trust-missing = { $count ->
    [one] In some intervals one metering point lacks its reading.
   *[other] In some intervals up to { $n } metering points lack their readings.
}
trust-missing-none = No metering point lacks a reading in this time.
reliance-held = { $count ->
    [one] One interval is left out of these sums: readings of the production are missing in it.
   *[other] { $n } intervals are left out of these sums: readings of the production are missing in them.
}
reliance-absent = { $count ->
    [one] One interval without any reading is not in these sums.
   *[other] { $n } intervals without any reading are not in these sums.
}
reliance-provisional = { $count ->
    [one] One interval is in the sums without all of its consumption.
   *[other] { $n } intervals are in the sums without all of their consumption.
}
reliance-estimated = { $count ->
    [one] In one interval what did not come by its deadline is estimated.
   *[other] In { $n } intervals what did not come by its deadline is estimated.
}
reliance-zeroed = { $count ->
    [one] In one interval what did not come by its deadline counts as nothing, as the rule says.
   *[other] In { $n } intervals what did not come by its deadline counts as nothing, as the rule says.
}
trust-held-title = The last computation is held back
trust-held = The check “{ $check }” found rows that break its rule, so the figures of the run before are shown. Other communities are not affected.
trust-held-nothing = The check “{ $check }” found rows that break its rule, so there are no figures to be shown yet. Other communities are not affected.
trust-damaged-title = A file of these figures is damaged
trust-damaged = The file “{ $file }” is not what was written, so its figures are held until it is put right. Figures that do not need it are not affected.
