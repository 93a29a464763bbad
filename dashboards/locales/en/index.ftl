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
index-zero = The community used nothing and produced nothing today.
index-produced = { $produced } produced today, nothing used.
index-held-today = Nothing of today could be shared out yet.
index-size = { $country }, { $members ->
    [one] one member
   *[other] { $m } members
}, { $points ->
    [one] one metering point
   *[other] { $p } metering points
}
index-held = Held back
index-complete = Complete until { $until }
