# Tel que facturé et tel que connu aujourd'hui.
billed-as-of = Tel que connu le { $instant }.
billed-nothing = Rien de ce mois n'a été facturé.
billed-bill = Facture { $number } du { $instant } : { $amount }.
billed-correction = Correction, facture { $number } du { $instant } : { $amount }.
billed-billed = facturé
billed-known = connu
billed-difference = différence
billed-drafts = Préparé pour la prochaine facture :
billed-credit = avoir
billed-charge = nouveau
billed-from = { $item }, de { $producer }
billed-of-credit-note = { $item } (avoir)
billed-price = prix
billed-kwh = kWh
billed-amount = montant
billed-not-kept = Ce qui était calculé alors n'est plus conservé ; les factures le sont pour toujours.
billed-energy = Les énergies sont arrondies. Les montants viennent des énergies exactes, que «{"\u00A0"}--format json{"\u00A0"}» donne.
