# Quand.
when-today = Aujourd'hui, { $day }
when-until = { $when }, jusqu'à { $until }
when-week = Du { $week }
period-choice = Période
period-day = Jour
period-week = Semaine
period-month = Mois
period-previous = Avant{"\u00A0"}: { $period }
period-next = Après{"\u00A0"}: { $period }

# La réponse.
headline-share = { $share } de l'électricité de la communauté vient de sa propre production.
headline-suppliers = Toute l'électricité de la communauté vient de ses fournisseurs.
headline-production-only = La communauté a produit { $energy } et n'a rien consommé.
headline-zero = La communauté n'a rien consommé et rien produit.
headline-nothing = Il n'y a pas encore de relevés pour cette période.
headline-nothing-then = Il n'y a pas de relevés pour cette période.
headline-future = Cette période n'a pas encore commencé.
headline-held = Rien de cette période n'a encore pu être partagé.
lead-used = Elle a consommé { $used }, dont { $shared } d'électricité partagée entre ses membres.
lead-used-alone = Elle a consommé { $used }.
lead-produced = Elle a produit { $produced }.
lead-produced-nothing = Elle n'a rien produit.
lead-saved = Ils ont économisé environ { $amount } par rapport à leurs fournisseurs.
lead-cost = Ils ont payé environ { $amount } de plus qu'à leurs fournisseurs.
lead-nothing = Dès que les compteurs envoient leurs relevés, les chiffres apparaissent ici d'eux-mêmes.
lead-before = Les relevés de cette communauté commencent le { $day }.
lead-nothing-then = Si des relevés arrivent encore, les chiffres apparaissent ici.
status-provisional = provisoire

# Faits.
fact-saved = Économisé ensemble
fact-saved-note = par rapport au prix des fournisseurs
fact-cost = Payé en plus ensemble
fact-co2 = CO₂ évité
fact-co2-negative = CO₂ ajouté
fact-members = Membres
fact-points = Points de mesure

# Jusqu'où on peut s'y fier.
trust-title-complete = Données complètes jusqu'à { $until }
trust-title-unknown = Les données ne sont encore complètes pour aucune période
trust-provisional = Ces chiffres sont provisoires{"\u00A0"}: ils peuvent encore changer quand des relevés arrivent.
trust-closed = Cette période est close{"\u00A0"}: plus aucun relevé n'est attendu. Un relevé corrigé change encore ces chiffres.
trust-billed = Cette période est facturée. Ce qui est corrigé maintenant va sur la prochaine facture.
trust-missing = { $count ->
    [one] Dans certains intervalles, le relevé d'un point de mesure manque.
   *[other] Dans certains intervalles, les relevés de jusqu'à { $n } points de mesure manquent.
}
trust-missing-none = Aucun relevé d'un point de mesure ne manque pendant cette période.
reliance-held = { $count ->
    [one] Un intervalle n'est pas dans ces sommes{"\u00A0"}: des relevés de la production y manquent.
   *[other] { $n } intervalles ne sont pas dans ces sommes{"\u00A0"}: des relevés de la production y manquent.
}
reliance-absent = { $count ->
    [one] Un intervalle sans aucun relevé n'est pas dans ces sommes.
   *[other] { $n } intervalles sans aucun relevé ne sont pas dans ces sommes.
}
reliance-provisional = { $count ->
    [one] Un intervalle est dans les sommes sans toute sa consommation.
   *[other] { $n } intervalles sont dans les sommes sans toute leur consommation.
}
reliance-estimated = { $count ->
    [one] Dans un intervalle, ce qui n'est pas venu à temps est estimé.
   *[other] Dans { $n } intervalles, ce qui n'est pas venu à temps est estimé.
}
reliance-zeroed = { $count ->
    [one] Dans un intervalle, ce qui n'est pas venu à temps compte pour rien, comme le veut la règle.
   *[other] Dans { $n } intervalles, ce qui n'est pas venu à temps compte pour rien, comme le veut la règle.
}
trust-held-title = Le dernier calcul est retenu
trust-held = Le contrôle «{"\u00A0"}{ $check }{"\u00A0"}» a trouvé des lignes qui enfreignent sa règle{"\u00A0"}; les chiffres du calcul précédent sont donc montrés. Les autres communautés ne sont pas touchées.
trust-held-nothing = Le contrôle «{"\u00A0"}{ $check }{"\u00A0"}» a trouvé des lignes qui enfreignent sa règle{"\u00A0"}; il n'y a donc pas encore de chiffres à montrer. Les autres communautés ne sont pas touchées.
trust-damaged-title = Un fichier de ces chiffres est abîmé
trust-damaged = Le fichier «{"\u00A0"}{ $file }{"\u00A0"}» n'est pas tel qu'il a été écrit{"\u00A0"}; ses chiffres sont retenus jusqu'à sa remise en état. Les chiffres qui n'en dépendent pas ne sont pas touchés.
