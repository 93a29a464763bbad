# Énergie et argent.
sums-title = Énergie et argent
sums-production = Production
sums-consumption = Consommation
sums-shared = Électricité partagée
sums-residual = Complément (fournisseur)
sums-surplus = Surplus
sums-unknown = pas de prix connu
how-energy = L'énergie est la somme des relevés de chaque intervalle. L'électricité partagée est ce que la clé de répartition en vigueur à la date de l'intervalle a donné aux membres{"\u00A0"}; le reste de la consommation est le complément des fournisseurs, le reste de la production est le surplus.
how-rounding = Les chiffres affichés sont arrondis de façon à s'additionner{"\u00A0"}: production, consommation et électricité partagée par elles-mêmes, le reste par différence.
how-tariff = { $figure }{"\u00A0"}: énergie de chaque intervalle au tarif de sa date, hors TVA, arrondie seulement ici.
how-price = { $figure }{"\u00A0"}: énergie au prix de référence de { $price } par kWh.
how-derived = Le montant de la production est l'électricité partagée plus le surplus{"\u00A0"}; celui de la consommation est l'électricité partagée plus le complément. Les frais et la TVA sont sur les décomptes des membres.
how-unknown = { $figure }{"\u00A0"}: aucun prix n'est enregistré pour { $energy }, donc aucun montant n'est montré.
