-- The energy of an item in some local days, member by member.
SELECT member_id, CAST(SUM(energy_kwh) AS DECIMAL(18, 6)) AS energy_kwh
FROM member_days
WHERE community_id = $community AND item = $item AND local_day >= $from AND local_day < $to
GROUP BY member_id
ORDER BY member_id
