# Carbon dioxide.
co2-title-avoided = Sharing avoided { $amount } of CO₂
co2-title-added = Sharing added { $amount } of CO₂
co2-inventory = The community's consumption caused { $amount } in all.
co2-inventory-covered = What has factors and data of the community's consumption caused { $amount }.
co2-set = Factors: { $set }, { $scope }.
co2-coverage = Factors and complete data for { $intervals } of the intervals and { $hours } of the hours; { $estimated } with estimated readings.
co2-uncertainty = The factors are uncertain by ± { $percent }.
co2-uncertainty-default = The factors are uncertain by ± { $percent }: the default for factors over the whole life, as their set names none.
co2-uncertainty-none = Their set does not say how uncertain the factors are.
co2-apart = Factors of different kinds count different things: these figures stand apart and are not added up.
co2-life-cycle = over the whole life of the plants
co2-direct = direct emissions only
co2-how = Avoided: shared energy of each interval x (factor of the grid - factor of the source), same scope on both sides; it can be negative. What a storage takes in avoids nothing until it is used, and what it gives counts at its plant only once. The total is reported apart from it: suppliers' part x factor of the grid + shared energy x factor of the source.
