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
