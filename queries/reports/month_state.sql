-- How far a month has come, $month: no row before it was computed.
SELECT * FROM month_states WHERE month = $month
