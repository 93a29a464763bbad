# Dioxyde de carbone.
co2-title-avoided = Le partage a évité { $amount } de CO₂
co2-title-added = Le partage a ajouté { $amount } de CO₂
co2-inventory = La consommation de la communauté en a causé { $amount } en tout.
co2-inventory-covered = Ce qui, de la consommation de la communauté, a des facteurs et des données a causé { $amount }.
co2-set = Facteurs{"\u00A0"}: { $set }, { $scope }.
co2-coverage = Facteurs et données complètes pour { $intervals } des intervalles et { $hours } des heures{"\u00A0"}; { $estimated } avec des relevés estimés.
co2-uncertainty = Incertitude des facteurs{"\u00A0"}: ± { $percent }.
co2-uncertainty-default = Incertitude des facteurs{"\u00A0"}: ± { $percent }, valeur par défaut des facteurs sur toute la vie, car leur jeu n'en indique pas.
co2-uncertainty-none = Leur jeu n'indique pas l'incertitude des facteurs.
co2-apart = Des facteurs de nature différente comptent des choses différentes{"\u00A0"}: ces chiffres sont donnés à part et ne s'additionnent pas.
co2-life-cycle = sur toute la vie des installations
co2-direct = émissions directes seulement
co2-how = Évité{"\u00A0"}: électricité partagée de chaque intervalle x (facteur du réseau - facteur de la source), même périmètre des deux côtés{"\u00A0"}; il peut être négatif. Ce qu'un stockage absorbe n'évite rien avant d'être utilisé, et ce qu'il restitue n'est compté qu'une fois, à son installation. Le total est donné à part{"\u00A0"}: complément x facteur du réseau + électricité partagée x facteur de la source.
