# The way of a month to its bill.
state-raw = raw
state-provisional = provisional
state-closed = closed
state-billed = billed
state-corrected = corrected
billing-billed = Billed on { $day }
billing-not-billed = Not billed yet
billing-raw = Nothing of this month could be shared out yet: readings of the production are missing.
billing-provisional = Readings or prices of this month are still missing or may still arrive; it can be billed when all are there.
billing-closed = All readings of this month are there.
billing-closed-by-rule = No reading of this month is waited for any more. What did not come by its deadline is replaced as the rule says.
billing-until-billed = Until it is billed, a corrected reading changes the statements themselves.
billing-amount = The bill is { $amount } in all, VAT included.
billing-corrected = Corrected on { $day }. Bill and corrections are { $amount } in all, VAT included.
billing-nothing-open = Nothing is known otherwise since.
billing-open = { $count ->
    [one] A correction of { $amount } for one member is drafted
   *[other] Corrections of { $amount } in all for { $n } members are drafted
}: a credit of what was billed and the new lines. They go on the next bill.
