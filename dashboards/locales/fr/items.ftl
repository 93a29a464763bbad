# Lignes des relevés
item-internal-energy = énergie de la communauté
item-free-energy = énergie gratuite
item-minimum-amount = montant minimal
item-minimum-energy = quantité minimale
item-community-fee = frais de la communauté
item-monthly-fee = abonnement mensuel
item-grid-benefit = avantage réseau
item-surplus-revenue = recette du surplus
item-surplus-sale = surplus vendu
item-fund-share = part du fonds
item-capital-interest = intérêts du capital
item-production-credit = énergie donnée
item-excise = accise
item-vat = TVA
