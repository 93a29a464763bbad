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

# Erreurs.
error-400-title = Cette adresse est illisible.
error-400-text = Une partie n'est pas ce que la page attend. Plutôt que d'en montrer une autre, nous ne montrons rien.
error-403-title = Vous ne pouvez pas voir cette page.
error-403-text = Elle appartient à d'autres. Si elle devait être à vous, demandez au conseil de votre communauté.
error-404-title = Cette page n'existe pas.
error-404-text = L'adresse est peut-être mal tapée, ou la communauté a un autre nom. La liste des communautés les montre toutes.
error-500-title = Quelque chose s'est mal passé de notre côté.
error-500-text = Vos données sont en sécurité{"\u00A0"}; rien n'a été changé. Réessayez dans un moment{"\u00A0"}; si cela dure, dites-le à qui tient ce site, avec l'heure.
error-503-title = Le site démarre ou est très occupé.
error-503-text = Réessayez dans un moment.
error-damaged-title = Ces chiffres sont retenus{"\u00A0"}: un fichier est abîmé.
error-damaged-text = Le fichier «{"\u00A0"}{ $file }{"\u00A0"}» n'est pas tel qu'il a été écrit, et rien n'en est additionné. La personne qui tient le site est prévenue.
error-number = Erreur { $status }
error-back = Vers la liste des communautés
error-wrong-period = «{"\u00A0"}p{"\u00A0"}» est la période{"\u00A0"}: day (jour), week (semaine) ou month (mois).
error-wrong-day = «{"\u00A0"}d{"\u00A0"}» est un jour du calendrier, comme 2026-06-29.
error-wrong-language = «{"\u00A0"}lang{"\u00A0"}» est une des langues { $languages }.
error-wrong-publication = «{"\u00A0"}after{"\u00A0"}» est le numéro d'une publication.
error-wrong-field = Aucune page ne connaît «{"\u00A0"}{ $field }{"\u00A0"}». Elles connaissent p, d et lang.
error-wrong-twice = «{"\u00A0"}{ $field }{"\u00A0"}» s'y trouve deux fois.
error-now = La communauté telle qu'elle est maintenant
error-429-title = Trop de pages sont tenues à jour d'ici.
error-429-text = Chaque page ouverte attend de nouveaux chiffres, et il n'y en a qu'un certain nombre par adresse. Fermez-en quelques-unes, puis rechargez celle-ci{"\u00A0"}; elle montre de toute façon ce qui est connu maintenant.
