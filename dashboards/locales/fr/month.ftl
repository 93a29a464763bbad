# Le mois en texte pour un terminal.
report-title = { $community }, { $month }
report-answer = { $count ->
    [0] Aucun membre n'a encore de ligne pour { $month }.
    [one] Un membre paie { $amount } pour { $month }.
   *[other] { $n } membres paient { $amount } en tout pour { $month }.
}
report-credits = Les montants précédés d'un signe moins sont versés au membre.
report-provisional = PROVISOIRE : les lignes marquées * peuvent encore changer. Des relevés manquent ou peuvent encore arriver.
report-closed = Clos : plus rien de ces lignes n'est attendu.
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
report-energy = Les énergies sont en kWh, arrondies de sorte que le partagé et les fournisseurs forment toujours la consommation. Les montants viennent des énergies exactes, que «{"\u00A0"}--format csv{"\u00A0"}» et «{"\u00A0"}--format json{"\u00A0"}» donnent.
report-how = Comment c'est calculé : une ligne hors taxe est son énergie exacte fois son prix, arrondie une seule fois, au plus proche. La TVA est une ligne par membre, catégorie et taux : la somme des lignes hors taxe fois le taux, arrondie une seule fois. Les prix sont par kWh, hors TVA. « ecoop trace LIGNE » ouvre une ligne jusqu'à ses relevés.
