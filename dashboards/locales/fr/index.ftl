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
index-zero = Rien consommé et rien produit aujourd'hui.
index-produced = { $produced } produits aujourd'hui, rien de consommé.
index-held-today = Rien d'aujourd'hui n'a encore pu être partagé.
index-size = { $country }, { $members ->
    [one] un membre
   *[other] { $m } membres
}, { $points ->
    [one] un point de mesure
   *[other] { $p } points de mesure
}
index-held = Retenue
index-complete = Complet jusqu'à { $until }
