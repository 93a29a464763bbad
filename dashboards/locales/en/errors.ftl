# What is said of documents of master data: a problem or a warning, after its place, field and value.
problem-adopted-by-missing = is missing: say who adopted this version, adopted_by = "assembly of 2026-05-01"
problem-adopted-by-recorded = is missing: say who adopted this version, adopted_by = "assembly of 2026-05-01"; "{ $text }" is recorded
problem-amount-digits = has more than the { $digits } digits after the point that { $currency } has
problem-band-name-missing = is missing: name it, name = "peak"
problem-below-a-value = stands below `{ $key }`, which is a value here: keep one of them
problem-budget-beside-rate = stands beside rate_percent: write what was voted, a rate or a budget
problem-budget-wrong = is not an amount of money to hand out: write 0 or more, with the digits of the currency
problem-cannot-be-read = cannot be read
problem-cap-negative = is negative: a cap is 0 kWh or more
problem-capital-member-missing = is missing: write whose capital it is, member = "m-001"
problem-capital-member-unknown = { $member } is not a member of { $community }: write a [[member]] with this id
problem-capital-missing = is missing: write the amount held, capital = "500"
problem-capital-negative = is negative: write the amount held, 0 or more
problem-caps-several = a round has one cap: write cap, cap_percent or cap_kwh
problem-communities-too-many = would take part in { $n } communities from { $from }, and { $country } lets a point take part in { $most } ({ $source })
problem-community-id-missing = is missing: write what stands in addresses, id = "village-fr"
problem-community-missing = is missing: write the [community] with its id
problem-community-name-missing = is missing: write name = "Village"
problem-consent-missing = is registered already, and taking it up here needs the consent of its holder: write consent = "ID of the recorded consent"
problem-correction-adopted-by-missing = is missing: who adopted this correction of what was shared?
problem-corrects-nothing = names a version that has shared nothing in this time: nothing is corrected
problem-country-changes = was { $was }: rules and default rates change with it
problem-country-missing = is missing: write its ISO 3166 code, country = "FR"
problem-country-row-ends = is missing, and { $country } has no row for it from { $day } on: write it, or valid_to = "{ $day }"
problem-country-unknown = is not a country code of ISO 3166: write two capital letters, for example "FR"
problem-currency-fixed = is { $was } and prices were registered in it: register a new community
problem-currency-missing = is missing: write its ISO 4217 code, currency = "EUR"
problem-currency-of-others = is not the currency of { $country }: if the community reckons in { $currency }, write unusual = true beside it
problem-currency-unknown = is not known: write its ISO 4217 code, for example "EUR", "SEK" or "TRY"
problem-decimal-digits = has more digits after the point than the unit holds: at most { $scale } digits after the point are kept
problem-decimal-too-large = is larger than the unit holds: write a smaller number
problem-directions-differ = differ from those that this file states for the same point before
problem-directions-missing = is missing: write directions = ["import"]
problem-directions-wrong = is not what a point measures: write ["import"], ["export"] or ["import", "export"]
problem-efficiency-without-storage = is that of a storage, which takes in and gives: write directions = ["import", "export"], or leave it out
problem-efficiency-wrong = is not an efficiency: write percent above 0, at most 100
problem-entry-digits = { $name }: has more digits after the point than the unit holds
problem-entry-not-decimal = { $name }: is not a decimal number
problem-entry-too-large = { $name }: is larger than the unit holds
problem-excise-is-percent = is missing: the excise of { $country } is { $value } % of the energy price here ({ $key }, { $source }): write price_per_kwh
problem-excise-row-missing = is missing: there is no row of { $country } for it on { $day }: write price_per_kwh = "0.02998"
problem-factor-missing = is missing: write grams of CO2e per kWh, { $key } = "56.2"
problem-factor-negative = is negative: write grams of CO2e per kWh, 0 or more
problem-factor-set-missing = is missing: name set, version and source, factor_set = "entsoe-2019"
problem-field-unknown = is not a field here: write one of { $known }
problem-field-unknown-near = is not a field here: is `{ $near }` meant? Known are { $known }
problem-fund-amount-missing = is missing: write the amount per month, amount = "1000.00"
problem-fund-amount-negative = is negative: a fund hands money out, write 0 or more
problem-fund-amount-stray = has no meaning here: what the surplus was sold for is the amount; take it out
problem-fund-by-missing = is missing: write by what it is split, by = "equal"
problem-fund-from-missing = is missing: write who pays, from = "incentive", "community" or "surplus_sale"
problem-fund-id-missing = is missing: name the fund, id = "incentive"
problem-fund-id-reserved = is what the revenue of the surplus is called: choose another id
problem-fund-not-first-day = is not the first day of a month: the fund counts from the next month on
problem-fund-parts-missing = is missing: write at least one [[fund.part]] with percent, to and by
problem-fund-parts-sum = the percentages of the parts sum to { $shown }: they have to sum to 100
problem-fund-percent-missing = is missing: write its share, percent = "40"
problem-fund-percent-wrong = is not a share: write percent above 0, up to 100
problem-fund-social-stray = has no meaning for a part that goes to no member: take it out
problem-fund-to-missing = is missing: write who gets it, to = "consumers"
problem-interest-rate-missing = is missing: write rate_percent = "2.75", or the voted budget = "167.54"
problem-interest-rate-wrong = is not a rate: write percent from 0 to 100, for example "2.75"
problem-interest-year-missing = is missing: write the year of the capital, year = 2025
problem-internal-energy-missing = has no internal_energy: shared energy costs nothing until it has a price
problem-interval-changes = changes for the past too: every day of this community is computed anew
problem-interval-unknown = is not an interval of sharing: write 15, 30 or 60
problem-is-null = is null: leave it out
problem-item-missing = is missing: write item = "internal_energy"
problem-key-kind-missing = is missing: write kind = "prorata" or kind = "static"
problem-key-kind-unknown = is not known: write one of { $known }, or several of them as rounds
problem-key-late = begins on { $key }, and points take part from { $first } on: until then nothing is shared
problem-key-missing = is missing: without a key nothing is shared
problem-key-not-computed = is none of the keys that { $country } knows ({ $known }): its operator will not compute it
problem-key-series-missing = is missing: name the imported key, series = "acc"
problem-key-takes-files = is none of the keys that { $country } knows ({ $known }): its operator takes it as { $name }, with the files that `ecoop export keys` writes
problem-kind-not-of-regime = is not that of { $name }, which is "{ $kind }": take kind or regime out
problem-latitude-missing = stands alone: write latitude = "45.6" beside it
problem-longitude-missing = stands alone: write longitude = "3.1" beside it
problem-market-member-unknown = names `{ $id }`, who is not a member: write the id of a [[member]]
problem-market-members-alone = stands alone: write market_g_per_kwh, the factor of all other members' supply, beside it
problem-market-negative = has a negative factor: write grams of CO2e per kWh, 0 or more
problem-market-source-alone = stands alone: write market_g_per_kwh, the factor of the supply that members buy, beside it
problem-member-id-missing = is missing: write id = "m-001"
problem-member-kind-missing = is missing: write kind = "household"
problem-member-kind-stray = has no meaning here: only { $known } may differ by kind
problem-member-kinds-wrong = is not a list of kinds of members: write some of { $known }
problem-member-unknown = is not a member of { $community }: write a [[member]] with this id, or another one
problem-members-missing = is missing: the community has no members yet
problem-name-empty = has an empty name: write names with points between them
problem-named-point-absent = { $point } takes no part in this community while the key counts: write its [[metering_point]] or take it out
problem-no-day = is a { $kind } here: write a day such as "2026-01-01"
problem-no-decimal = is a { $kind } here: write a decimal number such as "0.1150"
problem-no-decimals = is a { $kind } here: write a table such as {"{"} "FR-0001" = "1.5" {"}"}
problem-no-flag = is a { $kind } here: write true or false
problem-no-lists = is a { $kind } here: write a list of lists such as [["FR-0001"], ["FR-0002"]]
problem-no-numbers = is a { $kind } here: write a list of whole numbers from { $min } to { $max }
problem-no-rate-from = , from { $day } none
problem-no-table = is a { $kind } here: write a table, [{ $key }]
problem-no-tables = is a { $kind } here: write a list of tables, [[{ $key }]]
problem-no-text = is a { $kind } here: write a text in quotes
problem-no-texts = is a { $kind } here: write a list of texts such as ["import", "export"]
problem-no-weight = { $point } has no weight: it gets nothing of the shared energy
problem-no-whole = is a { $kind } here: write a whole number without quotes
problem-no-wholes = is a { $kind } here: write a table such as {"{"} "FR-0001" = 50 {"}"}
problem-not-a-day = is neither a day such as "2026-01-01" nor an instant with its offset such as "2026-01-01T00:00:00+01:00"
problem-not-a-foreign-id = an id has 1 to { $max } of these: letters without accents, digits and signs, no spaces and no quotes; no `.` at its start
problem-not-a-month = is not a month: write it like "2026-06"
problem-not-a-name = a name has 1 to { $max } letters on one line
problem-not-an-id = an id has 1 to { $max } of these: letters without accents, digits, `-`, `_` and `.`; no `.` at its start
problem-not-an-object = a document is an object here, not a { $kind }
problem-not-decimal = is not a decimal number: write it with a point, for example "0.1150"
problem-not-json = { $reason }: this is not JSON
problem-not-of-regime = does not belong to { $name }: take it out, or write kind in place of regime
problem-not-on-the-globe = is not on the globe: write degrees from -{ $most } to { $most }
problem-not-toml = { $reason }: this is not TOML
problem-not-whole = is not a whole number from { $min } to { $max }
problem-one-table-of-many = is one of several: write its name in two brackets, [[{ $key }]]
problem-only-feeds-in = { $point } only feeds in: its share always stays surplus
problem-operator-unit-stray = has no meaning without mode = "authoritative": write it, or take the unit out
problem-order-missing = is missing: write who comes first, order = [["FR-0001"], ["FR-0002", "FR-0003"]]
problem-paid-in-missing = is missing: write the month of the statements that pay it, paid_in = "2026-06"
problem-participation-too-large = the participations of this point would add up to { $sum } % from { $from }: at most { $free } % are free here
problem-point-id-missing = is missing: write what the operator calls it, id = "FR-0001"
problem-point-member-missing = is missing: write whose it is, member = "m-001"
problem-power-wrong = is not a power: write kW above 0, contract_kw = "9"
problem-price-change = , from { $day } { $value } per kWh
problem-price-counts = is missing: { $value } per kWh counts{ $changes }{ $source }
problem-price-implausible = lies outside of what a { $field } in { $currency } mostly is, { $low } to { $high }: was it meant per MWh or in hundredths? If it is right, write unusual = true beside it
problem-price-missing = is missing: write { $right } = "0.1150"
problem-price-negative = is negative: who would pay gets money
problem-price-of-other-kind = { $item } has no such price: write { $right }
problem-producer-unknown = is not a member of { $community }: write the id of the producing member
problem-quantity-beside-series = cannot be priced beside price_series: which interval would be free? write a fixed price
problem-quantity-negative = is negative: write kWh per month, 0 or more
problem-regime-none = { $country } names no keys on { $day }: write kind = "prorata" or another kind
problem-regime-unknown = is no key of { $country } on { $day }: write one of { $known }
problem-rounds-beside-kind = stands beside kind: write one round as kind, or several as rounds
problem-rounds-beside-regime = stands beside regime, which is one round: take one of them out
problem-row-of-country = {" "}({ $country } { $key }, { $source })
problem-rule-wrong = { $reason }
problem-scope-differs = is { $source } where the grid's factor is { $scope }: they count different things, and their difference would be no figure of avoided CO2; write factors of one scope, or leave out source_scope
problem-scope-missing = is missing: write scope = "life_cycle" or scope = "direct"
problem-series-empty = { $series } holds no coefficients while the key counts: `ecoop apply --community ID ACC..._15_....txt` brings its file; until then the consumption decides
problem-series-gaps = { $name } has no value for { $days }: what it prices then has no price
problem-series-of-pairs = { $series } has a file for each plant: write pairs = true
problem-series-without-pairs = { $series } has one file for all plants: take pairs out
problem-shared-already = would change what version { $version } of the key has shared from { $at } on: let the new version begin at { $last } or later, or, where what was shared is to be corrected, write corrects = { $version } and adopted_by
problem-shared-by-others = { $name }: version { $version } of the key has shared the energy from { $from } on by other values of { $series }; it is shared anew
problem-source-above-grid = is above the grid's: sharing would be shown as causing emissions
problem-standard-vat-is-zero = the standard category S has a rate above 0: write "E" (exempt), "Z" (zero rate) or "O" (outside of VAT)
problem-stands-twice = stands twice in this file, with different contents: keep one of them
problem-stays-withdrawn = was withdrawn and stays so: write valid_to = "forever" to bring it back
problem-stray-of-item = has no meaning for { $item }: take it out
problem-stray-of-kind = has no meaning with kind = "{ $kind }": take it out, or write another kind
problem-surplus-taken = the revenue of the surplus goes to `{ $fund }` already at that time: end one of them with valid_to
problem-time-of-day-wrong = is not a time of day: write hours and minutes in steps of five, "07:00"
problem-timezone-fixed = is { $was } and days were registered in it: register a new community
problem-timezone-missing = is missing: write its IANA zone, timezone = "Europe/Paris"
problem-timezone-unknown = { $reason }
problem-too-deep = stands too deep: at most { $max } tables and lists in each other
problem-too-large = is larger than { $mib } MiB: write several of them
problem-twice-here = stands twice here: keep one of them
problem-unit-renamed = is called { $key } now and counts kWh: write { $key } = "{ $value }"
problem-unit-unknown = is not a unit of energy here: write "0.000001" (kWh), "0.001" (a Wh) or "1" (a kWh)
problem-valid-from-missing = is missing: write the first local day, valid_from = "2026-01-01"
problem-valid-to-before-from = lies before valid_from: write a later day, or the same to withdraw the row
problem-vat-change = , from { $day } { $value } %
problem-vat-counts = is missing: { $value } % counts{ $changes }{ $source }
problem-vat-exempt-assumed = counts as exempt: write vat_category = "E", "Z" or "O" to say why
problem-vat-fraction = is less than one percent: write "20" for 20 %. If it is right, write unusual = true beside it
problem-vat-missing = is missing: write the rate of VAT, vat_percent = "20"
problem-vat-of-category = category { $category } has no VAT: write 0, or vat_category = "S"
problem-vat-wrong = is not a rate: write percent from 0 to 100, for example "20"
problem-version-overlaps = lies before the valid_to that this file states for the version before it: let one end where the other begins, or leave that valid_to out
problem-weekdays-wrong = is not a list of days: write some of { $known }
problem-weight-not-whole = the weight of { $name } is not a whole number: weights count in relation to each other, so 12.5 and 87.5 are 125 and 875
problem-weighted-point-absent = { $point } takes no part in this community while the key counts: write its [[metering_point]] or take its weight out
problem-weights-missing = is missing: write weights = {"{"} "FR-0001" = 50 {"}"}
problem-weights-without-kind = is missing: weights and unassigned belong to kind = "static"
problem-word-unknown = is not known: write one of { $known }
problem-word-unknown-near = is not known: is `{ $near }` meant? Known are { $known }
problem-year-implausible = lies outside of the years 1990 to 2199: check the year
problem-year-twice = stands twice in this file: keep one of them

# What is said to whoever asks for what cannot be done.
refused-as-of-not-an-instant = --as-of { $text }: not an instant; write it like 2026-06-01T12:00:00Z
refused-bill-without-lines = { $month } of `{ $community }` has no statement lines: no price was in force and no fee; write a [[tariff]] first
refused-communities-none = community `{ $community }`: none is registered yet; begin with `ecoop apply FILE.toml`
refused-community-unknown = community `{ $community }` is not registered; there are { $known }
refused-country-code-wrong = country: `{ $country }` is not two capital letters (ISO 3166), such as FR
refused-day-not-bill-held = the last figures of { $day } of `{ $community }` are held back by a check, so { $month } is not billed; correct what it shows, then compute the day anew by `ecoop run all --community { $community } --from { $day } --to` the day after:{ $rows }
refused-day-nothing-computed = { $day }: nothing is computed
refused-day-open = { $day }: { $parts }
refused-days-empty = --from { $from } --to { $to }: no day lies between; --to is exclusive
refused-days-nothing-computed = { $first } to { $last }: nothing is computed
refused-days-wrong-way = --to { $to }: not after --from { $from }; write the day after the last
refused-file-of-other = { $name } speaks of `{ $other }`, not of `{ $community }`
refused-folder-wrong = --out { $folder }: not a folder
refused-interval-without-key-file = `{ $community }` shares in intervals of { $minutes } minutes, and key files have steps of 15 or 30
refused-intervals-absent = { $n } not there
refused-intervals-held = { $n } held
refused-intervals-provisional = { $n } provisional
refused-job-unknown = `{ $job }` is no job; write `all` or one of { $known }
refused-line-unknown = there is no statement line `{ $line }`; `ecoop report --format json` lists lines with their line_id
refused-lines-more = and { $n } more
refused-list-next = {", "}
refused-month-not-computed = { $month } of `{ $community }` is not computed: there are no readings of it, or an earlier version of the program computed it; take readings in by `ecoop ingest`, or compute it anew by `ecoop run all --from --to`
refused-month-open = { $month } of `{ $community }` cannot be billed yet: { $open } of its { $count } intervals are still open; take the missing readings in by `ecoop ingest`, or say in the allocation key what counts when the deadline has passed (`missing_consumption`, `missing_production`: "zero" or "estimate"), then `ecoop run all`:{ $lines }
refused-month-unpriced = { $month } of `{ $community }` cannot be billed yet: { $days } days wait for a price that is not known; take its series in by `ecoop apply --series`, or write a price without one
refused-no-source-stopped = { $name } is not stopped, and no other source does: nothing is lost
refused-nothing-computed = nothing is computed yet; `ecoop run all` does it
refused-nothing-implausible = no reading of { $point } was put aside as implausible; `ecoop lake info` lists what was put aside
refused-nothing-is-lost = { $source } has lost nothing that could be given up: { $why }
refused-nothing-published-by = --as-of { $text }: nothing was published by then
refused-only-the-operator = only who runs the installation may do this
refused-operation-missing = what does the operator call the operation? write --operation ACC00000001
refused-operation-wrong = --operation { $name }: it is ACC and digits, such as ACC00000001
refused-operator-decides-nothing = no key of `{ $community }` has mode = "authoritative" from { $from } to { $to }: nobody else's results count then
refused-point-takes-no-part = { $name }: { $point } takes no part in `{ $community }` from { $from } to { $to }: write its [[metering_point]] first
refused-preset-names-no-kind = { $key }: `{ $value }` names no kind: write kind= and one of { $known }
refused-preset-pairs-stray = { $key }: `{ $value }`: only kind=supplied has pairs
refused-preset-part-wrong = { $key }: `{ $part }` is not kind=WORD or pairs=true
refused-proposes-nothing = { $name } proposes no { $table }
refused-readings-none = there are no readings of `{ $community }` from { $from } to { $to }
refused-row-currency-unknown = { $key }: `{ $value }` is not a known ISO 4217 code
refused-row-day-wrong = { $field }: `{ $text }` is not a day: write 2026-01-01, or nothing
refused-row-fields-wrong = { $n } fields: write { $header }
refused-row-header-wrong = the header of a file of regimes is { $header }
refused-row-key-unknown = key: `{ $key }` is not known: timezone, currency, interval_minutes, mode, vat_percent.SEGMENT.KIND, excise.SEGMENT.KIND, excise_percent.SEGMENT.KIND, sharing.NAME, participation.NAME, calendar.NAME
refused-row-kind-unknown = key: `{ $key }`: `{ $word }` is not one of { $known }
refused-row-not-bounds = { $key }: `{ $value }` does not say between which amounts, such as 0.0001..2
refused-row-not-percent = { $key }: `{ $value }` is not percent from 0 to 100, such as 5.5
refused-row-not-power = { $key }: `{ $value }` is not a power in kW with at most three decimals, such as 36
refused-row-not-price = { $key }: `{ $value }` is not an amount per kWh with at most six decimals, such as 0.02998
refused-row-not-whole = { $key }: `{ $value }` is not a whole number
refused-row-of-file = { $name }:{ $line }: { $what }
refused-row-overlaps = valid_from: `{ $key }` has a row from { $from } at the same time: let one end where the other begins
refused-row-overlaps-first = valid_from: `{ $key }` has a row from the beginning at the same time: let one end where the other begins
refused-row-source-missing = source: is missing: say where the value stands
refused-row-timezone-unknown = { $key }: `{ $value }` is not a time zone: write its IANA name, such as Europe/Paris
refused-row-to-before-from = valid_to: `{ $day }` lies before valid_from: it is the day after the last
refused-row-word-unknown = { $key }: `{ $value }` is not one of { $known }
refused-run-is-another = --run { $run }: the statement of { $month } is of run { $now } now; look at it again by `--dry-run`
refused-series-name-missing = { $name }: name the series that it holds, --series spot; a key file is named ACC..._15_01112024_30112024.txt
refused-series-owner-missing = whose is this file? write --community ID
refused-series-owner-unknown = community `{ $community }` is not registered: apply its file first
refused-series-too-fine = { $name } has values every { $minutes } minutes, and `{ $community }` shares in intervals of { $interval }: send one value for each
refused-set-not-kept = --as-of { $text }: what was published then is no longer kept; `ecoop run all --as-of { $text } --out DIR` computes it again. All of the last quarter-hour is kept, and of the last week: { $nights }
refused-source-ambiguous = { $name } is the end of several names; write one of { $known }
refused-source-not-stopped = { $name } is not stopped; these do: { $known }
refused-values-missing-from-to = { $point }, { $direction }: { $n } values missing from { $first } to { $last }
refused-values-missing-on = { $point }, { $direction }: { $n } values missing on { $day }
