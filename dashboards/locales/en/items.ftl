# Lines of statements
item-internal-energy = community energy
item-free-energy = free energy
item-minimum-amount = minimum amount
item-minimum-energy = minimum quantity
item-community-fee = community fee
item-monthly-fee = monthly fee
item-grid-benefit = grid benefit
item-surplus-revenue = surplus revenue
item-surplus-sale = surplus sold
item-fund-share = share of the fund
item-capital-interest = interest on capital
item-production-credit = energy given
item-excise = excise
item-vat = VAT
