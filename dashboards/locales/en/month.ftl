# The month as text for a terminal.
report-title = { $community }, { $month }
report-answer = { $count ->
    [0] No member has a line for { $month } yet.
    [one] One member pays { $amount } for { $month }.
   *[other] { $n } members pay { $amount } in all for { $month }.
}
report-credits = Amounts with a minus sign are paid out to the member.
report-provisional = PROVISIONAL: lines marked with * may still change. Readings are missing, or may still arrive.
report-closed = Closed: nothing of these lines is waited for any more.
report-complete = Data complete until { $until }.
report-complete-unknown = Data are not complete for any time yet.
report-missing = { $count ->
    [one] One metering point lacks readings in this month.
   *[other] { $n } metering points lack readings in this month.
}
report-total = total
report-all = All members
report-net = net
report-vat = VAT
report-energy = Energies are in kWh, rounded so that shared energy and the suppliers' still make up consumption. Amounts come from the exact energies, which "--format csv" and "--format json" give.
report-how = How it is computed: a net line is its exact energy times its price, rounded once, half away from zero. VAT is one line per member, category and rate: the sum of the net lines times the rate, rounded once. Prices are per kWh, without VAT. "ecoop trace LINE" opens a line down to its readings.
