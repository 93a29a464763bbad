# Nombres, unités, dates.
unit-kwh = { $n }{"\u00A0"}kWh
unit-kw = { $n }{"\u00A0"}kW
unit-kg = { $n }{"\u00A0"}kg
percent = { $n }{"\u00A0"}%
percent-below = moins de { $n }{"\u00A0"}%
money-EUR = { $n }{"\u00A0"}€
money-SEK = { $n }{"\u00A0"}kr
money-TRY = { $n }{"\u00A0"}₺
money-other = { $n }{"\u00A0"}{ $currency }

date-long = { $weekday } { $day ->
    [1] 1er
   *[other] { $day }
} { $month } { $year }
date-weekday = { $weekday } { $day ->
    [1] 1er
   *[other] { $day }
} { $month }
date-short = { $day ->
    [1] 1er
   *[other] { $day }
} { $month }
date-month = { $month } { $year }
date-time = { $day } à { $time }
date-week = { $from } au { $to } { $year }
weekday-1 = lundi
weekday-2 = mardi
weekday-3 = mercredi
weekday-4 = jeudi
weekday-5 = vendredi
weekday-6 = samedi
weekday-7 = dimanche
weekday-short-1 = lun.
weekday-short-2 = mar.
weekday-short-3 = mer.
weekday-short-4 = jeu.
weekday-short-5 = ven.
weekday-short-6 = sam.
weekday-short-7 = dim.
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre

country-FR = France
country-IT = Italie
country-SE = Suède
country-TR = Turquie
country-AT = Autriche
country-ES = Espagne
