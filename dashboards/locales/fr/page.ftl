# Le cadre de chaque page.
language-name = Français
site-name = ecoop
all-communities = Toutes les communautés
skip-to-content = Aller au contenu
language-switch = Langue
footer = Sous la surface, les énergies sont exactes à 0,000001{"\u00A0"}kWh{"\u00A0"}; ce que vous lisez est arrondi. Chaque montant s'ouvre jusqu'à ses relevés.

# D'où viennent les chiffres.
origin-demo = Simulation{"\u00A0"}: courbes de charge des profils SimBench et des foyers CityLearn, posées sur le calendrier d'aujourd'hui. Ce ne sont pas de vrais foyers.
origin-simulated = Simulation{"\u00A0"}: télémesures envoyées par un générateur. Ce ne sont pas de vrais foyers.

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
how-unknown = { $figure }{"\u00A0"}: aucun prix n'est enregistré pour cette période, donc aucun montant n'est montré.

# Faits.
fact-saved = Économisé ensemble
fact-saved-note = par rapport au prix des fournisseurs
fact-cost = Payé en plus ensemble
fact-co2 = CO₂ évité
fact-co2-negative = CO₂ ajouté
fact-members = Membres
fact-points = Points de mesure

# Dioxyde de carbone.
co2-title-avoided = Le partage a évité { $amount } de CO₂
co2-title-added = Le partage a ajouté { $amount } de CO₂
co2-inventory = La consommation de la communauté en a causé { $amount } en tout.
co2-set = Facteurs{"\u00A0"}: { $set }, { $scope }.
co2-coverage = Facteurs et données complètes pour { $intervals } des intervalles et { $hours } des heures{"\u00A0"}; { $estimated } avec des relevés estimés.
co2-uncertainty = Incertitude des facteurs{"\u00A0"}: ± { $percent }.
co2-uncertainty-default = Incertitude des facteurs{"\u00A0"}: ± { $percent }, valeur par défaut des facteurs sur toute la vie, car leur jeu n'en indique pas.
co2-uncertainty-none = Leur jeu n'indique pas l'incertitude des facteurs.
co2-apart = Des facteurs de nature différente comptent des choses différentes{"\u00A0"}: ces chiffres sont donnés à part et ne s'additionnent pas.
co2-life-cycle = sur toute la vie des installations
co2-direct = émissions directes seulement
co2-how = Évité{"\u00A0"}: électricité partagée de chaque intervalle x (facteur du réseau - facteur de la source), même périmètre des deux côtés{"\u00A0"}; il peut être négatif. Ce qu'un stockage absorbe n'évite rien avant d'être utilisé, et ce qu'il restitue n'est compté qu'une fois, à son installation. Le total est donné à part{"\u00A0"}: complément x facteur du réseau + électricité partagée x facteur de la source.

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

# Le chemin d'un mois jusqu'à sa facture.
state-raw = brut
state-provisional = provisoire
state-settled = réglé
state-billed = facturé
state-corrected = corrigé
billing-billed = Facturé le { $day }
billing-not-billed = Pas encore facturé
billing-raw = Rien de ce mois n'a encore pu être partagé{"\u00A0"}: des relevés de la production manquent.
billing-provisional = Des relevés ou des prix de ce mois manquent ou peuvent encore arriver{"\u00A0"}; il pourra être facturé quand tous seront là.
billing-settled = Tous les relevés de ce mois sont là. Tant qu'il n'est pas facturé, un relevé corrigé change les décomptes eux-mêmes.
billing-amount = La facture est de { $amount } en tout, TVA comprise.
billing-corrected = Corrigé le { $day }. La facture et ses corrections font { $amount } en tout, TVA comprise.
billing-nothing-open = Rien n'a changé depuis.
billing-open = { $count ->
    [one] Une correction de { $amount } pour un membre est préparée
   *[other] Des corrections de { $amount } en tout pour { $n } membres sont préparées
}{"\u00A0"}: un avoir de ce qui a été facturé et les nouvelles lignes. Elles vont sur la prochaine facture.

# La liste des communautés.
index-title = Communautés
index-headline = { $count ->
    [0] Aucune communauté n'est encore installée.
    [one] Une communauté partage son électricité ici.
   *[other] { $n } communautés partagent leur électricité ici.
}
index-empty = Décrivez-en une dans un fichier et donnez-le à ecoop apply.
index-share = { $share } de production propre aujourd'hui, { $shared } partagés.
index-nothing = Pas encore de relevés aujourd'hui.
index-size = { $country }, { $members ->
    [one] un membre
   *[other] { $m } membres
}, { $points ->
    [one] un point de mesure
   *[other] { $p } points de mesure
}
index-held = Retenue par un contrôle
index-complete = Complet jusqu'à { $until }

# Erreurs.
error-400-title = Cette adresse est illisible.
error-400-text = Une partie n'est pas ce que la page attend. Repartez de la liste des communautés.
error-403-title = Vous ne pouvez pas voir cette page.
error-403-text = Elle appartient à d'autres. Si elle devait être à vous, demandez au conseil de votre communauté.
error-404-title = Cette page n'existe pas.
error-404-text = L'adresse est peut-être mal tapée, ou la communauté a un autre nom. La liste des communautés les montre toutes.
error-500-title = Quelque chose s'est mal passé de notre côté.
error-500-text = Vos données sont en sécurité{"\u00A0"}; rien n'a été changé. Réessayez dans un moment{"\u00A0"}; si cela dure, dites-le à qui tient ce site, avec l'heure.
error-503-title = Le site démarre ou est très occupé.
error-503-text = Réessayez dans un moment.
error-number = Erreur { $status }
error-back = Vers la liste des communautés
