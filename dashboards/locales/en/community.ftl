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
trust-provisional = These figures are provisional: they may still change when late readings arrive.
trust-final = These figures are final.
trust-missing = { $count ->
    [one] One metering point lacks readings in this time.
   *[other] { $n } metering points lack readings in this time.
} Intervals without them stay provisional.
trust-missing-none = No metering point lacks readings in this time.
trust-held-title = The last computation is held back
trust-held = The check “{ $check }” found rows that break its rule, so the figures of the run before are shown. Other communities are not affected.
trust-damaged-title = A file of these figures is damaged
trust-damaged = The file “{ $file }” is not what was written, so its figures are held until it is put right. Figures that do not need it are not affected.
