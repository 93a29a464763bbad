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
headline-nothing = Il n'y a pas encore de relevés pour cette période.
lead-used = Elle a consommé { $used }, dont { $shared } d'électricité partagée entre ses membres.
lead-produced = Elle a produit { $produced }.
lead-saved = Ils ont économisé environ { $amount } par rapport à leurs fournisseurs.
lead-cost = Ils ont payé environ { $amount } de plus qu'à leurs fournisseurs.
lead-nothing = Dès que les compteurs envoient leurs relevés, les chiffres apparaissent ici d'eux-mêmes.
status-provisional = provisoire
status-final = définitif

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
trust-provisional = Ces chiffres sont provisoires{"\u00A0"}: ils peuvent changer quand des relevés tardifs arrivent.
trust-final = Ces chiffres sont définitifs.
trust-missing = { $count ->
    [one] Un point de mesure manque de relevés pendant cette période.
   *[other] { $n } points de mesure manquent de relevés pendant cette période.
} Les intervalles concernés restent provisoires.
trust-missing-none = Aucun point de mesure ne manque de relevés pendant cette période.
trust-held-title = Le dernier calcul est retenu
trust-held = Le contrôle «{"\u00A0"}{ $check }{"\u00A0"}» a trouvé des lignes qui enfreignent sa règle{"\u00A0"}; les chiffres du calcul précédent sont donc montrés. Les autres communautés ne sont pas touchées.
trust-damaged-title = Un fichier de ces chiffres est abîmé
trust-damaged = Le fichier «{"\u00A0"}{ $file }{"\u00A0"}» n'est pas tel qu'il a été écrit{"\u00A0"}; ses chiffres sont retenus jusqu'à sa remise en état. Les chiffres qui n'en dépendent pas ne sont pas touchés.
