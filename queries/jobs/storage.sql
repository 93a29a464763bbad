-- What each storage took in and gave, by where the energy came from, and what it holds at the end of the interval. Its
-- discharge leaves the stock as it stood at the start; losses are booked on discharge; only energy that the community
-- had charged is offered to the rule. Before the books began nothing is known of what it holds.
SELECT
    interval_start,
    metering_point_id,
    charged_community_kwh,
    charged_grid_kwh,
    delivered_community_kwh,
    delivered_grid_kwh,
    delivered_unknown_kwh,
    offered_kwh,
    released_kwh,
    used_community_kwh,
    used_grid_kwh,
    loss_kwh,
    stock_community_kwh,
    stock_grid_kwh,
    status,
    run_id,
    community_id
FROM storages
ORDER BY interval_start, metering_point_id
