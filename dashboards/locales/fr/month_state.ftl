# Le chemin d'un mois jusqu'à sa facture.
state-raw = brut
state-provisional = provisoire
state-closed = clos
state-billed = facturé
state-corrected = corrigé
billing-billed = Facturé le { $day }
billing-not-billed = Pas encore facturé
billing-raw = Rien de ce mois n'a encore pu être partagé{"\u00A0"}: des relevés de la production manquent.
billing-provisional = Des relevés ou des prix de ce mois manquent ou peuvent encore arriver{"\u00A0"}; il pourra être facturé quand tous seront là.
billing-closed = Tous les relevés de ce mois sont là.
billing-closed-by-rule = Plus aucun relevé de ce mois n'est attendu. Ce qui n'est pas venu à temps est remplacé comme le veut la règle.
billing-until-billed = Tant qu'il n'est pas facturé, un relevé corrigé change les décomptes eux-mêmes.
billing-amount = La facture est de { $amount } en tout, TVA comprise.
billing-corrected = Corrigé le { $day }. La facture et ses corrections font { $amount } en tout, TVA comprise.
billing-nothing-open = Rien n'a changé depuis.
billing-open = { $count ->
    [one] Une correction de { $amount } pour un membre est préparée
   *[other] Des corrections de { $amount } en tout pour { $n } membres sont préparées
}{"\u00A0"}: un avoir de ce qui a été facturé et les nouvelles lignes. Elles vont sur la prochaine facture.
