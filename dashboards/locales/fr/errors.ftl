# Ce qui est dit des documents : un problème ou un avertissement, après sa place, son champ et sa valeur.
problem-adopted-by-missing = manque : dites qui a adopté cette version, adopted_by = "assembly of 2026-05-01"
problem-adopted-by-recorded = manque : dites qui a adopté cette version, adopted_by = "assembly of 2026-05-01" ; "{ $text }" est enregistré
problem-amount-digits = a plus que les { $digits } chiffres après la virgule de { $currency }
problem-band-name-missing = manque : nommez-la, name = "peak"
problem-below-a-value = est sous `{ $key }`, qui est une valeur ici : gardez-en un
problem-budget-beside-rate = est à côté de rate_percent : écrivez ce qui a été voté, un taux ou un budget
problem-budget-wrong = n'est pas un montant à distribuer : écrivez 0 ou plus, avec les chiffres de la monnaie
problem-cannot-be-read = ne peut pas être lu
problem-cap-negative = est négatif : un plafond est 0 kWh ou plus
problem-capital-member-missing = manque : écrivez à qui est ce capital, member = "m-001"
problem-capital-member-unknown = { $member } n'est pas membre de { $community } : écrivez un [[member]] avec cet id
problem-capital-missing = manque : écrivez le montant détenu, capital = "500"
problem-capital-negative = est négatif : écrivez le montant détenu, 0 ou plus
problem-caps-several = un tour a un seul plafond : écrivez cap, cap_percent ou cap_kwh
problem-communities-too-many = participerait à { $n } communautés à partir de { $from }, et { $country } permet à un point de participer à { $most } ({ $source })
problem-community-id-missing = manque : écrivez ce qui figure dans les adresses, id = "village-fr"
problem-community-missing = manque : écrivez la [community] avec son id
problem-community-name-missing = manque : écrivez name = "Village"
problem-consent-missing = est déjà enregistré, et le reprendre ici demande l'accord de son titulaire : écrivez consent = "ID de l'accord enregistré"
problem-correction-adopted-by-missing = manque : qui a adopté cette correction de ce qui a été partagé ?
problem-corrects-nothing = nomme une version qui n'a rien partagé dans ce temps : rien n'est corrigé
problem-country-changes = était { $was } : les règles et les taux usuels changent avec lui
problem-country-missing = manque : écrivez son code ISO 3166, country = "FR"
problem-country-row-ends = manque, et { $country } n'a pas de ligne pour cela à partir du { $day } : écrivez-le, ou valid_to = "{ $day }"
problem-country-unknown = n'est pas un code de pays d'ISO 3166 : écrivez deux majuscules, par exemple "FR"
problem-currency-fixed = est { $was } et des prix y ont été enregistrés : enregistrez une nouvelle communauté
problem-currency-missing = manque : écrivez son code ISO 4217, currency = "EUR"
problem-currency-of-others = n'est pas la monnaie de { $country } : si la communauté compte en { $currency }, écrivez unusual = true à côté
problem-currency-unknown = n'est pas connu : écrivez son code ISO 4217, par exemple "EUR", "SEK" ou "TRY"
problem-decimal-digits = a plus de chiffres qu'on n'en garde : au plus { $scale } chiffres après le point
problem-decimal-too-large = est trop grand : écrivez un nombre plus petit
problem-directions-differ = diffèrent de celles que ce fichier donne avant pour le même point
problem-directions-missing = manque : écrivez directions = ["import"]
problem-directions-wrong = n'est pas ce qu'un point mesure : écrivez ["import"], ["export"] ou ["import", "export"]
problem-efficiency-without-storage = est celui d'un stockage, qui prend et donne : écrivez directions = ["import", "export"], ou retirez-le
problem-efficiency-wrong = n'est pas un rendement : écrivez un pourcentage au-dessus de 0, au plus 100
problem-entry-digits = { $name } : a plus de chiffres qu'on n'en garde
problem-entry-not-decimal = { $name } : n'est pas un nombre décimal
problem-entry-too-large = { $name } : est trop grand
problem-excise-is-percent = manque : l'accise de { $country } est { $value } % du prix de l'énergie ici ({ $key }, { $source }) : écrivez price_per_kwh
problem-excise-row-missing = manque : il n'y a pas de ligne de { $country } pour cela le { $day } : écrivez price_per_kwh = "0.02998"
problem-factor-missing = manque : écrivez des grammes de CO2e par kWh, { $key } = "56.2"
problem-factor-negative = est négatif : écrivez des grammes de CO2e par kWh, 0 ou plus
problem-factor-set-missing = manque : nommez le jeu, la version et la source, factor_set = "entsoe-2019"
problem-field-unknown = n'est pas un champ ici : écrivez l'un de { $known }
problem-field-unknown-near = n'est pas un champ ici : est-ce `{ $near }` ? Sont connus { $known }
problem-fund-amount-missing = manque : écrivez le montant par mois, amount = "1000.00"
problem-fund-amount-negative = est négatif : un fonds distribue de l'argent, écrivez 0 ou plus
problem-fund-amount-stray = n'a pas de sens ici : le montant est le produit de la vente du surplus ; retirez-le
problem-fund-by-missing = manque : écrivez selon quoi elle est répartie, by = "equal"
problem-fund-from-missing = manque : écrivez qui paie, from = "incentive", "community" ou "surplus_sale"
problem-fund-id-missing = manque : nommez le fonds, id = "incentive"
problem-fund-id-reserved = est le nom du produit du surplus : choisissez un autre id
problem-fund-not-first-day = n'est pas le premier jour d'un mois : le fonds compte à partir du mois suivant
problem-fund-parts-missing = manque : écrivez au moins une [[fund.part]] avec percent, to et by
problem-fund-parts-sum = la somme des pourcentages des parts est { $shown } : elle doit être 100
problem-fund-percent-missing = manque : écrivez sa part, percent = "40"
problem-fund-percent-wrong = n'est pas une part : écrivez un pourcentage au-dessus de 0, jusqu'à 100
problem-fund-social-stray = n'a pas de sens pour une part qui ne va à aucun membre : retirez-le
problem-fund-to-missing = manque : écrivez qui la reçoit, to = "consumers"
problem-interest-rate-missing = manque : écrivez rate_percent = "2.75", ou le budget voté = "167.54"
problem-interest-rate-wrong = n'est pas un taux : écrivez un pourcentage de 0 à 100, par exemple "2.75"
problem-interest-year-missing = manque : écrivez l'année du capital, year = 2025
problem-internal-energy-missing = n'a pas d'internal_energy : l'énergie partagée ne coûte rien tant qu'elle n'a pas de prix
problem-interval-changes = change aussi pour le passé : chaque jour de cette communauté est recalculé
problem-interval-unknown = n'est pas un intervalle de partage : écrivez 15, 30 ou 60
problem-is-null = est null : retirez-le
problem-item-missing = manque : écrivez item = "internal_energy"
problem-key-kind-missing = manque : écrivez kind = "prorata" ou kind = "static"
problem-key-kind-unknown = n'est pas connu : écrivez l'un de { $known }, ou plusieurs comme rounds
problem-key-late = commence le { $key }, et des points participent dès le { $first } : jusque-là rien n'est partagé
problem-key-missing = manque : sans clé rien n'est partagé
problem-key-not-computed = n'est aucune des clés que { $country } connaît ({ $known }) : son gestionnaire ne la calculera pas
problem-key-series-missing = manque : nommez la clé importée, series = "acc"
problem-key-takes-files = n'est aucune des clés que { $country } connaît ({ $known }) : son gestionnaire la prend comme { $name }, avec les fichiers que `ecoop export keys` écrit
problem-kind-not-of-regime = n'est pas celui de { $name }, qui est "{ $kind }" : retirez kind ou regime
problem-latitude-missing = est seule : écrivez latitude = "45.6" à côté
problem-longitude-missing = est seule : écrivez longitude = "3.1" à côté
problem-market-member-unknown = nomme `{ $id }`, qui n'est pas membre : écrivez l'id d'un [[member]]
problem-market-members-alone = est seul : écrivez market_g_per_kwh, le facteur de la fourniture de tous les autres membres, à côté
problem-market-negative = a un facteur négatif : écrivez des grammes de CO2e par kWh, 0 ou plus
problem-market-source-alone = est seul : écrivez market_g_per_kwh, le facteur de la fourniture que les membres achètent, à côté
problem-member-id-missing = manque : écrivez id = "m-001"
problem-member-kind-missing = manque : écrivez kind = "household"
problem-member-kind-stray = n'a pas de sens ici : seuls { $known } peuvent différer par sorte de membre
problem-member-kinds-wrong = n'est pas une liste de sortes de membres : écrivez certains de { $known }
problem-member-unknown = n'est pas membre de { $community } : écrivez un [[member]] avec cet id, ou un autre
problem-members-missing = manque : la communauté n'a pas encore de membres
problem-name-empty = a un nom vide : écrivez des noms avec des points entre eux
problem-named-point-absent = { $point } ne participe pas à cette communauté tant que la clé compte : écrivez son [[metering_point]] ou retirez-le
problem-no-day = est { $kind } ici : écrivez un jour comme "2026-01-01"
problem-no-decimal = est { $kind } ici : écrivez un nombre décimal comme "0.1150"
problem-no-decimals = est { $kind } ici : écrivez une table comme {"{"} "FR-0001" = "1.5" {"}"}
problem-no-flag = est { $kind } ici : écrivez true ou false
problem-no-lists = est { $kind } ici : écrivez une liste de listes comme [["FR-0001"], ["FR-0002"]]
problem-no-numbers = est { $kind } ici : écrivez une liste de nombres entiers de { $min } à { $max }
problem-no-rate-from = , à partir du { $day } rien
problem-no-table = est { $kind } ici : écrivez une table, [{ $key }]
problem-no-tables = est { $kind } ici : écrivez une liste de tables, [[{ $key }]]
problem-no-text = est { $kind } ici : écrivez un texte entre guillemets
problem-no-texts = est { $kind } ici : écrivez une liste de textes comme ["import", "export"]
problem-no-weight = { $point } n'a pas de poids : il ne reçoit rien de l'énergie partagée
problem-no-whole = est { $kind } ici : écrivez un nombre entier sans guillemets
problem-no-wholes = est { $kind } ici : écrivez une table comme {"{"} "FR-0001" = 50 {"}"}
problem-not-a-day = n'est ni un jour comme "2026-01-01" ni un instant avec son décalage comme "2026-01-01T00:00:00+01:00"
problem-not-a-foreign-id = un id a de 1 à { $max } de ceux-ci : lettres sans accents, chiffres et signes, ni espaces ni guillemets ; pas de `.` au début
problem-not-a-month = n'est pas un mois : écrivez-le comme "2026-06"
problem-not-a-name = un nom a de 1 à { $max } lettres sur une ligne
problem-not-an-id = un id a de 1 à { $max } de ceux-ci : lettres sans accents, chiffres, `-`, `_` et `.` ; pas de `.` au début
problem-not-an-object = un document est un objet ici, pas { $kind }
problem-not-decimal = n'est pas un nombre décimal : écrivez-le avec un point, par exemple "0.1150"
problem-not-json = { $reason } : ce n'est pas du JSON
problem-not-of-regime = ne va pas avec { $name } : retirez-le, ou écrivez kind à la place de regime
problem-not-on-the-globe = n'est pas sur le globe : écrivez des degrés de -{ $most } à { $most }
problem-not-toml = { $reason } : ce n'est pas du TOML
problem-not-whole = n'est pas un nombre entier de { $min } à { $max }
problem-one-table-of-many = est un parmi plusieurs : écrivez son nom entre deux crochets, [[{ $key }]]
problem-only-feeds-in = { $point } ne fait qu'injecter : sa part reste toujours du surplus
problem-operator-unit-stray = n'a pas de sens sans mode = "authoritative" : écrivez-le, ou retirez l'unité
problem-order-missing = manque : écrivez qui vient d'abord, order = [["FR-0001"], ["FR-0002", "FR-0003"]]
problem-paid-in-missing = manque : écrivez le mois des relevés qui le paient, paid_in = "2026-06"
problem-participation-too-large = la somme des participations de ce point serait { $sum } % à partir de { $from } : au plus { $free } % sont libres ici
problem-point-id-missing = manque : écrivez comment le gestionnaire l'appelle, id = "FR-0001"
problem-point-member-missing = manque : écrivez à qui il est, member = "m-001"
problem-power-wrong = n'est pas une puissance : écrivez des kW au-dessus de 0, contract_kw = "9"
problem-price-change = , à partir du { $day } { $value } par kWh
problem-price-counts = manque : { $value } par kWh compte{ $changes }{ $source }
problem-price-implausible = est hors de ce qu'est d'ordinaire un { $field } en { $currency }, de { $low } à { $high } : était-ce par MWh ou en centimes ? S'il est juste, écrivez unusual = true à côté
problem-price-missing = manque : écrivez { $right } = "0.1150"
problem-price-negative = est négatif : qui paierait reçoit de l'argent
problem-price-of-other-kind = { $item } n'a pas un tel prix : écrivez { $right }
problem-producer-unknown = n'est pas membre de { $community } : écrivez l'id du membre producteur
problem-quantity-beside-series = ne peut pas avoir de prix à côté de price_series : quel intervalle serait gratuit ? écrivez un prix fixe
problem-quantity-negative = est négatif : écrivez des kWh par mois, 0 ou plus
problem-regime-none = { $country } ne nomme pas de clés le { $day } : écrivez kind = "prorata" ou une autre sorte
problem-regime-unknown = n'est pas une clé de { $country } le { $day } : écrivez l'une de { $known }
problem-rounds-beside-kind = est à côté de kind : écrivez un tour comme kind, ou plusieurs comme rounds
problem-rounds-beside-regime = est à côté de regime, qui est un seul tour : retirez l'un des deux
problem-row-of-country = {" "}({ $country } { $key }, { $source })
problem-rule-wrong = { $reason }
problem-scope-differs = est { $source } là où le facteur du réseau est { $scope } : ils comptent des choses différentes, et leur différence ne serait pas un chiffre de CO2 évité ; écrivez des facteurs d'un même périmètre, ou retirez source_scope
problem-scope-missing = manque : écrivez scope = "life_cycle" ou scope = "direct"
problem-series-empty = { $series } n'a pas de coefficients tant que la clé compte : `ecoop apply --community ID ACC..._15_....txt` apporte son fichier ; d'ici là la consommation décide
problem-series-gaps = { $name } n'a pas de valeur pour { $days } : ce qui en dépend n'a alors pas de prix
problem-series-of-pairs = { $series } a un fichier par centrale : écrivez pairs = true
problem-series-without-pairs = { $series } a un seul fichier pour toutes les centrales : retirez pairs
problem-shared-already = changerait ce que la version { $version } de la clé a partagé à partir de { $at } : que la nouvelle version commence à { $last } ou plus tard, ou, s'il faut corriger ce qui a été partagé, écrivez corrects = { $version } et adopted_by
problem-shared-by-others = { $name } : la version { $version } de la clé a partagé l'énergie à partir de { $from } selon d'autres valeurs de { $series } ; elle est partagée de nouveau
problem-source-above-grid = est au-dessus de celui du réseau : le partage paraîtrait causer des émissions
problem-standard-vat-is-zero = la catégorie normale S a un taux au-dessus de 0 : écrivez "E" (exonéré), "Z" (taux zéro) ou "O" (hors TVA)
problem-stands-twice = figure deux fois dans ce fichier, avec des contenus différents : gardez-en un
problem-stays-withdrawn = a été retiré et le reste : écrivez valid_to = "forever" pour le faire revenir
problem-stray-of-item = n'a pas de sens pour { $item } : retirez-le
problem-stray-of-kind = n'a pas de sens avec kind = "{ $kind }" : retirez-le, ou écrivez un autre kind
problem-surplus-taken = le produit du surplus va déjà à `{ $fund }` à ce moment : terminez l'un des deux par valid_to
problem-time-of-day-wrong = n'est pas une heure du jour : écrivez heures et minutes par pas de cinq, "07:00"
problem-timezone-fixed = est { $was } et des jours y ont été enregistrés : enregistrez une nouvelle communauté
problem-timezone-missing = manque : écrivez son fuseau IANA, timezone = "Europe/Paris"
problem-timezone-unknown = { $reason }
problem-too-deep = est trop profond : au plus { $max } tables et listes l'une dans l'autre
problem-too-large = est plus grand que { $mib } Mio : écrivez-en plusieurs
problem-twice-here = figure deux fois ici : gardez-en un
problem-unit-renamed = s'appelle { $key } maintenant et compte en kWh : écrivez { $key } = "{ $value }"
problem-unit-unknown = n'est pas une unité d'énergie ici : écrivez "0.000001" (kWh), "0.001" (un Wh) ou "1" (un kWh)
problem-valid-from-missing = manque : écrivez le premier jour local, valid_from = "2026-01-01"
problem-valid-to-before-from = est avant valid_from : écrivez un jour plus tard, ou le même pour retirer la ligne
problem-vat-change = , à partir du { $day } { $value } %
problem-vat-counts = manque : { $value } % compte{ $changes }{ $source }
problem-vat-exempt-assumed = compte comme exonéré : écrivez vat_category = "E", "Z" ou "O" pour dire pourquoi
problem-vat-fraction = est moins d'un pour cent : écrivez "20" pour 20 %. S'il est juste, écrivez unusual = true à côté
problem-vat-missing = manque : écrivez le taux de TVA, vat_percent = "20"
problem-vat-of-category = la catégorie { $category } n'a pas de TVA : écrivez 0, ou vat_category = "S"
problem-vat-wrong = n'est pas un taux : écrivez un pourcentage de 0 à 100, par exemple "20"
problem-version-overlaps = est avant le valid_to que ce fichier donne à la version précédente : que l'une finisse où l'autre commence, ou retirez ce valid_to
problem-weekdays-wrong = n'est pas une liste de jours : écrivez certains de { $known }
problem-weight-not-whole = le poids de { $name } n'est pas un nombre entier : les poids comptent les uns par rapport aux autres, donc 12,5 et 87,5 s'écrivent 125 et 875
problem-weighted-point-absent = { $point } ne participe pas à cette communauté tant que la clé compte : écrivez son [[metering_point]] ou retirez son poids
problem-weights-missing = manque : écrivez weights = {"{"} "FR-0001" = 50 {"}"}
problem-weights-without-kind = manque : weights et unassigned vont avec kind = "static"
problem-word-unknown = n'est pas connu : écrivez l'un de { $known }
problem-word-unknown-near = n'est pas connu : est-ce `{ $near }` ? Sont connus { $known }
problem-year-implausible = est hors des années 1990 à 2199 : vérifiez l'année
problem-year-twice = figure deux fois dans ce fichier : gardez-en un

# Ce qui est dit à qui demande ce qui ne peut pas être fait.
refused-as-of-not-an-instant = --as-of { $text } : n'est pas un instant ; écrivez-le comme 2026-06-01T12:00:00Z
refused-bill-without-lines = { $month } de `{ $community }` n'a aucune ligne de relevé : aucun prix ni aucuns frais n'étaient en vigueur ; écrivez d'abord un [[tariff]]
refused-communities-none = communauté `{ $community }` : aucune n'est encore enregistrée ; commencez par `ecoop apply FILE.toml`
refused-community-unknown = la communauté `{ $community }` n'est pas enregistrée ; il y a { $known }
refused-country-code-wrong = country : `{ $country }` n'est pas deux majuscules (ISO 3166), comme FR
refused-day-not-bill-held = les derniers chiffres du { $day } de `{ $community }` sont retenus par un contrôle, donc { $month } n'est pas facturé ; corrigez ce qu'il montre, puis recalculez le jour par `ecoop run all --community { $community } --from { $day } --to` le lendemain :{ $rows }
refused-day-nothing-computed = { $day } : rien n'est calculé
refused-day-open = { $day } : { $parts }
refused-days-empty = --from { $from } --to { $to } : aucun jour entre les deux ; --to n'est pas compris
refused-days-nothing-computed = du { $first } au { $last } : rien n'est calculé
refused-days-wrong-way = --to { $to } : n'est pas après --from { $from } ; écrivez le lendemain du dernier jour
refused-file-of-other = { $name } parle de `{ $other }`, pas de `{ $community }`
refused-folder-wrong = --out { $folder } : n'est pas un dossier
refused-interval-without-key-file = `{ $community }` partage par intervalles de { $minutes } minutes, et les fichiers de clés ont des pas de 15 ou 30
refused-intervals-absent = { $n } absents
refused-intervals-held = { $n } en attente
refused-intervals-provisional = { $n } provisoires
refused-job-unknown = `{ $job }` n'est pas un calcul ; écrivez `all` ou l'un de { $known }
refused-line-unknown = il n'y a pas de ligne de relevé `{ $line }` ; `ecoop report --format json` liste les lignes avec leur line_id
refused-lines-more = et { $n } de plus
refused-list-next = {", "}
refused-month-not-computed = { $month } de `{ $community }` n'est pas calculé : il n'y a pas de relevés, ou une version antérieure du programme l'a calculé ; faites entrer des relevés par `ecoop ingest`, ou recalculez-le par `ecoop run all --from --to`
refused-month-open = { $month } de `{ $community }` ne peut pas encore être facturé : { $open } de ses { $count } intervalles ne sont pas arrêtés ; faites entrer les relevés qui manquent par `ecoop ingest`, ou dites dans la clé de répartition ce qui compte après le délai (`missing_consumption`, `missing_production` : "zero" ou "estimate"), puis `ecoop run all` :{ $lines }
refused-month-unpriced = { $month } de `{ $community }` ne peut pas encore être facturé : { $days } jours attendent un prix qui n'est pas connu ; faites entrer sa série par `ecoop apply --series`, ou écrivez un prix sans série
refused-no-source-stopped = { $name } n'est pas à l'arrêt, ni aucune autre source : rien n'est perdu
refused-nothing-computed = rien n'est encore calculé ; `ecoop run all` le fait
refused-nothing-implausible = aucun relevé de { $point } n'a été mis de côté comme invraisemblable ; `ecoop lake info` montre ce qui l'a été
refused-nothing-is-lost = { $source } n'a rien perdu qu'on puisse abandonner : { $why }
refused-nothing-published-by = --as-of { $text } : rien n'était encore publié
refused-only-the-operator = seul qui gère l'installation peut faire cela
refused-operation-missing = comment le gestionnaire de réseau nomme-t-il l'opération ? écrivez --operation ACC00000001
refused-operation-wrong = --operation { $name } : c'est ACC et des chiffres, comme ACC00000001
refused-operator-decides-nothing = aucune clé de `{ $community }` n'a mode = "authoritative" du { $from } au { $to } : aucun résultat d'un autre ne compte alors
refused-point-takes-no-part = { $name } : { $point } ne participe pas à `{ $community }` du { $from } au { $to } : écrivez d'abord son [[metering_point]]
refused-preset-names-no-kind = { $key } : `{ $value }` ne nomme aucune sorte : écrivez kind= et l'un de { $known }
refused-preset-pairs-stray = { $key } : `{ $value }` : seul kind=supplied a des paires
refused-preset-part-wrong = { $key } : `{ $part }` n'est ni kind=MOT ni pairs=true
refused-proposes-nothing = { $name } ne propose aucun { $table }
refused-readings-none = il n'y a pas de relevés de `{ $community }` du { $from } au { $to }
refused-row-currency-unknown = { $key } : `{ $value }` n'est pas un code ISO 4217 connu
refused-row-day-wrong = { $field } : `{ $text }` n'est pas un jour : écrivez 2026-01-01, ou rien
refused-row-fields-wrong = { $n } champs : écrivez { $header }
refused-row-header-wrong = l'en-tête d'un fichier de régimes est { $header }
refused-row-key-unknown = key : `{ $key }` n'est pas connu : timezone, currency, interval_minutes, mode, vat_percent.SEGMENT.KIND, excise.SEGMENT.KIND, excise_percent.SEGMENT.KIND, sharing.NAME, participation.NAME, calendar.NAME
refused-row-kind-unknown = key : `{ $key }` : `{ $word }` n'est pas l'un de { $known }
refused-row-not-bounds = { $key } : `{ $value }` ne dit pas entre quels montants, comme 0.0001..2
refused-row-not-percent = { $key } : `{ $value }` n'est pas un pourcentage de 0 à 100, comme 5.5
refused-row-not-power = { $key } : `{ $value }` n'est pas une puissance en kW avec au plus trois décimales, comme 36
refused-row-not-price = { $key } : `{ $value }` n'est pas un montant par kWh avec au plus six décimales, comme 0.02998
refused-row-not-whole = { $key } : `{ $value }` n'est pas un nombre entier
refused-row-of-file = { $name }:{ $line } : { $what }
refused-row-overlaps = valid_from : `{ $key }` a une ligne à partir du { $from } en même temps : que l'une finisse où l'autre commence
refused-row-overlaps-first = valid_from : `{ $key }` a une ligne depuis le début en même temps : que l'une finisse où l'autre commence
refused-row-source-missing = source : manque : dites où la valeur est écrite
refused-row-timezone-unknown = { $key } : `{ $value }` n'est pas un fuseau horaire : écrivez son nom IANA, comme Europe/Paris
refused-row-to-before-from = valid_to : `{ $day }` est avant valid_from : c'est le lendemain du dernier jour
refused-row-word-unknown = { $key } : `{ $value }` n'est pas l'un de { $known }
refused-run-is-another = --run { $run } : le relevé de { $month } est maintenant du calcul { $now } ; regardez-le encore par `--dry-run`
refused-series-name-missing = { $name } : nommez la série qu'il contient, --series spot ; un fichier de clés se nomme ACC..._15_01112024_30112024.txt
refused-series-owner-missing = à qui est ce fichier ? écrivez --community ID
refused-series-owner-unknown = la communauté `{ $community }` n'est pas enregistrée : appliquez d'abord son fichier
refused-series-too-fine = { $name } a des valeurs toutes les { $minutes } minutes, et `{ $community }` partage par intervalles de { $interval } : envoyez une valeur pour chacun
refused-set-not-kept = --as-of { $text } : ce qui était publié alors n'est plus conservé ; `ecoop run all --as-of { $text } --out DIR` le recalcule. Est conservé tout le dernier quart d'heure, et de la dernière semaine : { $nights }
refused-source-ambiguous = { $name } est la fin de plusieurs noms ; écrivez l'un de { $known }
refused-source-not-stopped = { $name } n'est pas à l'arrêt ; ceux-ci le sont : { $known }
refused-values-missing-from-to = { $point }, { $direction } : { $n } valeurs manquent du { $first } au { $last }
refused-values-missing-on = { $point }, { $direction } : { $n } valeurs manquent le { $day }
