# Une proposition sur le passé
proposal-title = Proposition pour { $community }, du { $from } au { $to }
proposal-nothing-stored = Rien n'est enregistré : c'est ce qui se serait passé.
proposal-shared = kWh partagés
proposal-shared-after = avec la proposition
proposal-difference = différence
proposal-cost = coût { $currency }
proposal-gain = gain
proposal-shared-all = Partagé en tout : { $before }, avec la proposition { $after }.
proposal-count = { $gain } y gagneraient, { $lose } y perdraient, { $same } ne verraient aucune différence.
proposal-how = Le coût est hors taxe : ce à quoi arrivent les décomptes du membre, avec les frais, les quantités et les parts de fonds, et ce que prend son fournisseur pour le reste, moins ce qui lui est dû. D'un mois essayé en partie, ce qui compte par mois compte en entier.
proposal-unpriced = Les montants ne sont pas montrés, car une partie de l'énergie n'a pas de prix : ajoutez un [[tariff]] pour internal_energy, supplier_energy et surplus_sale (« ecoop apply »).
