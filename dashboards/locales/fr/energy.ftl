# Le flux.
flow-title = D'où vient l'électricité, où elle va
flow-production = Produit ici
flow-residual = Fournisseurs
flow-consumption = Consommé ici
flow-surplus = Surplus
flow-used = consommé { $total } = { $shared } partagés + { $residual } des fournisseurs
flow-made = produit { $total } = { $shared } partagés + { $surplus } de surplus
flow-unit = Tout en kWh.
flow-unbalanced-title = Ces chiffres ne s'additionnent pas
flow-unbalanced = La production, la consommation et leurs parts diffèrent de { $energy } kWh. Rien n'a été ajusté{"\u00A0"}; l'image n'est pas montrée tant que la cause n'est pas trouvée.

# Le graphique.
chart-title-most = De { $from } à { $to }, au moins la moitié de l'électricité venait de la communauté
chart-title-peak = La production a été la plus forte à { $time }{"\u00A0"}: { $power }
chart-title-peak-so-far = Jusqu'ici, la production a été la plus forte à { $time }{"\u00A0"}: { $power }
chart-title-best = Le meilleur jour{"\u00A0"}: { $day }, { $share } de production propre
chart-title-best-of-whole = Le meilleur des jours complets{"\u00A0"}: { $day }, { $share } de production propre
chart-title-none = La communauté n'a rien produit pendant cette période
chart-title-day = Puissance de chaque intervalle
chart-title-days = Énergie de chaque jour
chart-shared = partagé
chart-residual = fournisseurs
chart-surplus = surplus
chart-consumption = consommé
chart-night = nuit
chart-estimated = estimé
chart-missing-mark = relevés manquants
chart-now = maintenant { $time }
chart-missing = { $count ->
    [one] Une ligne de cette image manque de relevés
   *[other] { $n } lignes de cette image manquent de relevés
} (marque sous l'axe). Ce qui n'est pas venu n'est pas dans l'image.
chart-open-days = Touchez une barre pour ouvrir son jour.
chart-open-table = Chaque jour du tableau s'ouvre.
axis-kw = kW
axis-kwh = kWh
link-table = Tableau
link-csv = CSV
link-how = Comment est-ce calculé{"\u00A0"}?

# Tableaux.
table-time = Heure
table-day = Jour
table-production = Production
table-consumption = Consomm.
table-shared = Partagé
table-residual = Complém.
table-surplus = Surplus
table-unit = kWh, exacts
table-figure = Grandeur
table-missing = { $count ->
    [one] manque{"\u00A0"}: un point de mesure est muet
   *[other] manque{"\u00A0"}: { $n } points de mesure sont muets
}
table-before = avant le premier relevé
table-nothing = aucun relevé
table-not-yet = pas encore là
table-held = pas encore partagé
table-left-out = { $count ->
    [one] un intervalle laissé de côté
   *[other] { $n } intervalles laissés de côté
}
table-estimated = estimé
