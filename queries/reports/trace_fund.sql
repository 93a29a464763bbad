-- A part of a fund's pot in a month.
SELECT pot_amount, amount
FROM pots
WHERE community_id = $community AND month = $month AND pot_id = $fund AND version = $version AND part = $part
