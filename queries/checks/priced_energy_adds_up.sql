-- Per local day and member: the energy on internal energy lines is the energy that flowed to the member.
WITH billed AS (
    SELECT local_day, member_id, SUM(energy_kwh) AS billed_kwh
    FROM member_days
    WHERE item = 'internal_energy'
    GROUP BY local_day, member_id
),
flowed AS (
    SELECT local_day, member_id, SUM(energy_kwh) AS flowed_kwh
    FROM energy_flows
    GROUP BY local_day, member_id
)
SELECT f.local_day, f.member_id, f.flowed_kwh, b.billed_kwh
FROM flowed AS f
FULL JOIN billed AS b ON b.local_day = f.local_day AND b.member_id = f.member_id
WHERE f.flowed_kwh IS DISTINCT FROM b.billed_kwh
