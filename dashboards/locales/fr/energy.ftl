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
chart-title-best = Le meilleur jour{"\u00A0"}: { $day }, { $share } de production propre
chart-title-none = La communauté n'a rien produit pendant cette période
chart-title-empty = Rien à dessiner pour l'instant
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
} (marque sous l'axe). Ce qui manque est laissé ouvert et ne compte jamais pour zéro.
chart-open-days = Touchez une barre pour ouvrir son jour.
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
    [0] pas encore là
    [one] manque{"\u00A0"}: un point de mesure est muet
   *[other] manque{"\u00A0"}: { $n } points de mesure sont muets
}
table-estimated = estimé
