# The frame of every page.
language-name = English
site-name = ecoop
all-communities = All communities
skip-to-content = Skip to the content
language-switch = Language
footer = Energies are exact to 0.000001{"\u00A0"}kWh below the surface; what you read is rounded. Every amount can be opened down to its readings.

# Where figures come from.
origin-demo = Simulated: load curves of the SimBench profiles and the CityLearn homes, laid on today's calendar. These are no real households.
origin-simulated = Simulated: telemetry sent by a generator. These are no real households.

# Errors.
error-400-title = This address cannot be read.
error-400-text = Part of it is not what the page expects. Nothing is shown rather than something else.
error-403-title = You cannot see this page.
error-403-text = It belongs to others. If it should be yours, ask the board of your community.
error-404-title = There is no such page.
error-404-text = The address may be mistyped, or the community has another name. The list of communities shows all there are.
error-500-title = Something went wrong on our side.
error-500-text = Your data are safe; nothing was changed. Try again in a moment; if it stays, tell whoever runs this site, with the time.
error-503-title = The site is just starting or very busy.
error-503-text = Try again in a moment.
error-damaged-title = These figures are held: a file is damaged.
error-damaged-text = The file “{ $file }” is not what was written, and nothing is summed from it. Whoever runs the site has been told.
error-number = Error { $status }
error-back = To the list of communities
error-wrong-period = “p” is the period: day, week or month.
error-wrong-day = “d” is a day of the calendar, as 2026-06-29.
error-wrong-language = “lang” is one of the languages { $languages }.
error-wrong-publication = “after” is the number of a publication.
error-wrong-field = No page knows “{ $field }”. They know p, d and lang.
error-wrong-twice = “{ $field }” stands there twice.
error-now = The community as it is now
error-429-title = Too many pages are kept up to date from here.
error-429-text = Each open page listens for new figures, and from one address only so many may. Close some of them, then load this one again; it shows what is known now all the same.
