use super::*;

/// A community with the point X of one holder, by dated rows of (first day, last day exclusive or nothing, percent).
fn with_x(id: &str, country: &str, rows: &[(&str, &str, u32)]) -> String {
    let mut text = community(id, country);
    text += "[[member]]\nid = \"m\"\nkind = \"household\"\nholder = \"anna\"\n";
    for (from, to, percent) in rows {
        text += "[[metering_point]]\nid = \"X\"\nmember = \"m\"\ndirections = [\"import\"]\nconsent = \"c-1\"\n";
        text += &format!("valid_from = \"{from}\"\nparticipation_percent = {percent}\n");
        if !to.is_empty() {
            text += &format!("valid_to = \"{to}\"\n");
        }
    }
    text
}

#[test]
fn factors_of_all_communities_fit_at_every_instant() {
    let mut applied = Applied::of(&with_x("k1", "FR", &[("2026-01-01", "", 60), ("2026-03-01", "", 30)]));
    // Until March only 40 are free, then 70.
    assert_names(
        &applied.refusal(&with_x("k2", "FR", &[("2026-02-01", "", 70)])),
        &["130 %", "2026-01-31T23:00:00Z", "at most 40 %"],
    );
    assert_names(
        &applied.refusal(&with_x("k2", "FR", &[("2026-03-01", "", 71)])),
        &["101 %", "2026-02-28T23:00:00Z", "at most 70 %"],
    );
    applied.apply(&with_x("k2", "FR", &[("2026-02-01", "2026-03-01", 40), ("2026-03-01", "", 70)]));
    // Another dated row in between, on a point that is full from March on.
    assert_names(&applied.refusal(&with_x("k3", "FR", &[("2026-04-01", "2026-05-01", 1)])), &["101 %", "at most 0 %"]);
    assert_names(
        &applied.refusal(&with_x("k1", "FR", &[("2026-04-01", "2026-05-01", 31)])),
        &["101 %", "2026-03-31T22:00:00Z", "at most 30 %"],
    );
}

#[test]
fn a_row_that_is_withdrawn_frees_its_time_and_one_that_goes_on_again_takes_it() {
    let mut applied = Applied::of(&with_x("k1", "FR", &[("2026-01-01", "", 80), ("2026-03-01", "", 20)]));
    assert_names(&applied.refusal(&with_x("k2", "FR", &[("2026-04-01", "", 100)])), &["120 %", "at most 80 %"]);
    applied.apply(&with_x("k1", "FR", &[("2026-03-01", "2026-03-01", 20)]));
    applied.apply(&with_x("k2", "FR", &[("2026-04-01", "", 100)]));
    // Brought back, it stands beside what has taken its time.
    let back = with_x("k1", "FR", &[("2026-03-01", "forever", 20)]);
    assert_names(&applied.refusal(&back), &["120 %", "2026-03-31T22:00:00Z", "at most 0 %"]);
}

#[test]
fn a_point_takes_part_in_no_more_communities_than_its_country_lets_it() {
    let mut applied = Applied::default();
    for id in ["k1", "k2", "k3", "k4", "k5"] {
        applied.apply(&with_x(id, "AT", &[("2026-01-01", "", 10)]));
    }
    let said = applied.refusal(&with_x("k6", "AT", &[("2026-02-01", "", 10)]));
    assert_names(&said, &["6 communities", "2026-01-31T23:00:00Z", "AT", "in 5", "mehrfachteilnahme"]);
    // From when another has ended.
    applied.apply(&with_x("k5", "AT", &[("2026-01-01", "2026-02-01", 10)]));
    applied.apply(&with_x("k6", "AT", &[("2026-02-01", "", 10)]));
    // A country without a limit has none.
    let mut french = Applied::default();
    for id in ["k1", "k2", "k3", "k4", "k5", "k6"] {
        french.apply(&with_x(id, "FR", &[("2026-01-01", "", 10)]));
    }
}
