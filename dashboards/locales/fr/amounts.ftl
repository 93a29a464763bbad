# De quoi les montants sont faits.
amounts-title = De quoi les montants sont faits
amounts-lead = Chaque ligne est une énergie fois son prix. Une ligne n'est arrondie qu'ici{"\u00A0"}; les sommes sont celles des montants exacts.
amounts-none = Il n'y a pas encore de montant pour cette période.
amounts-net = Hors TVA.
amounts-of = { $energy } à { $price } par kWh
amounts-of-varying = { $energy } à des prix qui varient d'un intervalle à l'autre
amounts-of-unpriced = { $energy } sans prix
amounts-saved-title = Ce que le partage a économisé
amounts-saved-note = Ce que l'électricité partagée aurait coûté chez les fournisseurs, moins ce que les membres la paient ici{"\u00A0"}; hors TVA.
amounts-alone = la même énergie des fournisseurs
amounts-stored = payé pour ce qui est encore stocké
amounts-saved = économisé
amounts-billed = Les factures
amounts-drafted = Les corrections préparées
amounts-days = Jour par jour
amounts-back = Retour à la page de cette période
amounts-table = Ses intervalles un par un
