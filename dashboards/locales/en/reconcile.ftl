# Results of an operator beside our own computation.
reconcile-title = { $community }, { $from } to { $to }: the operator's results beside our own computation, in kWh
reconcile-none = Nothing differs.
reconcile-not-closing = { $count ->
    [one] One interval does not close: readings or figures are missing, or the figures do not add up. Ask the operator for what is missing.
   *[other] { $n } intervals do not close: readings or figures are missing, or the figures do not add up. Ask the operator for what is missing.
}
reconcile-different-rule = { $count ->
    [one] One interval was shared by another rule than the key: its figures are complete and add up, but differ by more than rounding.
   *[other] { $n } intervals were shared by another rule than the key: their figures are complete and add up, but differ by more than rounding.
}
reconcile-rounding = { $count ->
    [one] One interval differs by rounding only. Nothing is to be done.
   *[other] { $n } intervals differ by rounding only. Nothing is to be done.
}
reconcile-waiting = { $count ->
    [one] One interval still waits for readings or for the operator's results.
   *[other] { $n } intervals still wait for readings or for the operator's results.
}
reconcile-interval = { $at }: { $cause }; operator less computed, over all shares: { $sum }
reconcile-cause-open = not closing
reconcile-cause-rule = different rule
reconcile-unknown = unknown
reconcile-share = { $point }: operator { $operator }, computed { $computed }
reconcile-others = { $count ->
    [one] one more
   *[other] { $n } more
}
reconcile-more = { $count ->
    [one] One more interval: "--format csv" lists all.
   *[other] { $n } more intervals: "--format csv" lists all.
}
reconcile-how = Where figures close, they are billed exactly as the operator sent them. An interval that does not close is provisional and shows our own computation until it does.
