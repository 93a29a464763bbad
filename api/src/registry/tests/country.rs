use super::*;

fn of(country: &str) -> (String, String, u32) {
    let applied = Applied::of(&community("c", country));
    let c = &applied.registry().communities["c"];
    (c.timezone.clone(), c.currency.clone(), c.interval_minutes)
}

#[test]
fn a_community_starts_as_its_country_is() {
    assert_eq!(of("FR"), ("Europe/Paris".into(), "EUR".into(), 15));
    assert_eq!(of("SE"), ("Europe/Stockholm".into(), "SEK".into(), 15));
    assert_eq!(of("AT"), ("Europe/Vienna".into(), "EUR".into(), 15));
    assert_eq!(of("TR"), ("Europe/Istanbul".into(), "TRY".into(), 60));
    let none = Applied::default().refusal(&community("c", "CH"));
    assert_names(&none, &["community.timezone"]);
}

#[test]
fn rows_of_the_installation_go_before_those_of_the_program() {
    let mut applied = Applied::default();
    applied.regimes("CH,timezone,Europe/Zurich,,,ours\nCH,currency,CHF,,,ours\nFR,interval_minutes,30,,,ours\n");
    applied.apply(&community("ch", "CH"));
    applied.apply(&community("fr", "FR"));
    assert_eq!(applied.registry().communities["ch"].currency, "CHF");
    assert_eq!(applied.registry().communities["fr"].interval_minutes, 30);
}
