# Le mois en texte pour un terminal.
report-title = { $community }, { $month }
report-answer = { $count ->
    [0] Aucun membre n'a encore de ligne pour { $month }.
    [one] Un membre paie { $amount } pour { $month }.
   *[other] { $n } membres paient { $amount } en tout pour { $month }.
}
report-credits = Les montants précédés d'un signe moins sont versés au membre.
report-provisional = PROVISOIRE : les lignes marquées * peuvent encore changer. Des relevés manquent ou peuvent encore arriver.
report-final = Définitif.
report-complete = Données complètes jusqu'à { $until }.
report-complete-unknown = Les données ne sont encore complètes pour aucune période.
report-missing = { $count ->
    [one] Un point de mesure manque de relevés ce mois-ci.
   *[other] { $n } points de mesure manquent de relevés ce mois-ci.
}
report-total = total
report-all = Tous les membres
report-net = hors taxe
report-vat = TVA
report-how = Comment c'est calculé : une ligne hors taxe est son énergie exacte fois son prix, arrondie une seule fois, au plus proche. La TVA est une ligne par membre, catégorie et taux : la somme des lignes hors taxe fois le taux, arrondie une seule fois. Les prix sont par kWh, hors TVA. « ecoop trace LIGNE » ouvre une ligne jusqu'à ses relevés.

# Les résultats d'un gestionnaire à côté de notre propre calcul.
reconcile-title = { $community }, du { $from } au { $to } : les résultats du gestionnaire de réseau à côté de notre propre calcul, en kWh
reconcile-none = Rien ne diffère.
reconcile-not-closing = { $count ->
    [one] Un intervalle ne boucle pas : des relevés ou des résultats manquent, ou leurs sommes ne concordent pas. Demandez au gestionnaire ce qui manque.
   *[other] { $n } intervalles ne bouclent pas : des relevés ou des résultats manquent, ou leurs sommes ne concordent pas. Demandez au gestionnaire ce qui manque.
}
reconcile-different-rule = { $count ->
    [one] Un intervalle a été réparti selon une autre règle que la clé : ses résultats sont complets et leurs sommes concordent, mais l'écart dépasse l'arrondi.
   *[other] { $n } intervalles ont été répartis selon une autre règle que la clé : leurs résultats sont complets et leurs sommes concordent, mais l'écart dépasse l'arrondi.
}
reconcile-rounding = { $count ->
    [one] Un intervalle ne diffère que par l'arrondi. Il n'y a rien à faire.
   *[other] { $n } intervalles ne diffèrent que par l'arrondi. Il n'y a rien à faire.
}
reconcile-waiting = { $count ->
    [one] Un intervalle attend encore des relevés ou les résultats du gestionnaire.
   *[other] { $n } intervalles attendent encore des relevés ou les résultats du gestionnaire.
}
reconcile-interval = { $at } : { $cause } ; gestionnaire moins calcul, sur toutes les parts : { $sum }
reconcile-cause-open = ne boucle pas
reconcile-cause-rule = autre règle
reconcile-unknown = inconnu
reconcile-share = { $point } : gestionnaire { $operator }, calcul { $computed }
reconcile-others = { $count ->
    [one] un autre
   *[other] { $n } autres
}
reconcile-more = { $count ->
    [one] Un autre intervalle : « --format csv » les donne tous.
   *[other] { $n } autres intervalles : « --format csv » les donne tous.
}
reconcile-how = Là où les résultats bouclent, ils sont facturés exactement comme le gestionnaire les a envoyés. Un intervalle qui ne boucle pas est provisoire et montre notre propre calcul en attendant.

# Tel que facturé et tel que connu aujourd'hui.
billed-as-of = Tel que connu le { $instant }.
billed-nothing = Rien de ce mois n'a été facturé.
billed-bill = Facture { $number } du { $instant } : { $amount }.
billed-correction = Correction, facture { $number } du { $instant } : { $amount }.
billed-billed = facturé
billed-known = connu
billed-difference = différence
billed-drafts = Préparé pour la prochaine facture :
billed-credit = avoir
billed-charge = nouveau
billed-from = { $item }, de { $producer }
billed-of-credit-note = { $item } (avoir)
billed-price = prix
billed-kwh = kWh
billed-amount = montant
billed-not-kept = Ce qui était calculé alors n'est plus conservé ; les factures le sont pour toujours.

# Une proposition sur le passé
proposal-title = Proposition pour { $community }, du { $from } au { $to }
proposal-nothing-stored = Rien n'est enregistré : c'est ce qui se serait passé.
proposal-shared = kWh partagés
proposal-shared-after = avec la proposition
proposal-difference = différence
proposal-cost = coût { $currency }
proposal-gain = gain
proposal-shared-all = Partagé en tout : { $before }, avec la proposition { $after }.
proposal-count = { $gain } y gagneraient, { $lose } y perdraient, { $same } ne verraient aucune différence.
proposal-how = Le coût est hors taxe : l'énergie partagée avec les frais de la communauté, l'énergie du fournisseur, moins ce que rapportent les installations du membre. Les valeurs estimées sont laissées de côté des deux côtés.
proposal-unpriced = Les montants ne sont pas montrés, car une partie de l'énergie n'a pas de prix : ajoutez un [[tariff]] pour internal_energy, supplier_energy et surplus_sale (« ecoop apply »).

# Ce qui est versé aux membres, et les cagnottes
payouts-title = Versé aux membres (avoirs)
payouts-production = énergie partagée
payouts-surplus = surplus
payouts-funds = fonds
payouts-interest = intérêts
payouts-vat = TVA
payouts-total = total
payouts-rounding = Compte d'arrondi : { $amount } pour l'énergie de { $name }, ce que les membres paient au-delà de son avoir.
payouts-books = Comptabilité : débit { $debit }, crédit { $credit }.
pots-title = Cagnottes et leurs parts
pots-part = { $pot } : { $percent } pour { $to } : { $amount }
pots-kept = ({ $amount } conservés, personne ne pouvant les recevoir)
pots-to-producers = les producteurs
pots-to-consumers = les consommateurs
pots-to-members = les membres
pots-to-social = son objet
pots-by-allocated-energy = selon l'énergie partagée reçue
pots-by-given-energy = selon l'énergie cédée
pots-by-surplus-energy = selon le surplus
pots-by-equal = à parts égales
pots-by-capital = selon le capital
pots-by-revenue = selon le produit de la vente de chacun

# Lignes des relevés
item-internal-energy = énergie de la communauté
item-free-energy = énergie gratuite
item-minimum-energy = quantité minimale
item-community-fee = frais de la communauté
item-monthly-fee = abonnement mensuel
item-grid-benefit = avantage réseau
item-surplus-revenue = recette du surplus
item-surplus-sale = surplus vendu
item-fund-share = part du fonds
item-capital-interest = intérêts du capital
item-production-credit = énergie donnée
item-excise = accise
item-vat = TVA
