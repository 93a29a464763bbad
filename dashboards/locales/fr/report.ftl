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
