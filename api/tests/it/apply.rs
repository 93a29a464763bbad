//! Communities as files, from the command line.

use super::program::{ecoop, refused};

#[test]
fn a_community_as_json_is_the_same_as_in_toml_and_problems_speak_the_language_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let json = r#"{
        "community": { "id": "a", "name": "A", "country": "FR" },
        "member": [{ "id": "m", "kind": "household" }],
        "metering_point": [{ "id": "P", "member": "m", "directions": ["import"], "valid_from": "2026-01-01" }]
    }"#;
    std::fs::write(folder.join("a.json"), json).unwrap();
    assert_eq!(ecoop(folder, &["apply", "a.json"]), "a: 5 changed, 0 as they were\n");
    let toml = "[community]\nid = \"a\"\nname = \"A\"\ncountry = \"FR\"\n[[member]]\nid = \"m\"\nkind = \"household\"\n\
                [[metering_point]]\nid = \"P\"\nmember = \"m\"\ndirections = [\"import\"]\nvalid_from \
                = \"2026-01-01\"\n";
    std::fs::write(folder.join("a.toml"), toml).unwrap();
    assert_eq!(ecoop(folder, &["apply", "a.toml"]), "a: 0 changed, 5 as they were\n");

    std::fs::write(folder.join("b.json"), json.replace("\"household\"", "\"castle\"")).unwrap();
    let said = refused(folder, &["apply", "b.json"]);
    assert!(said.contains("b.json:/member/0/kind: member.kind = \"castle\": is not known: write one of"), "{said}");
    let said = refused(folder, &["apply", "b.json", "--lang", "fr"]);
    assert!(said.contains("member.kind = \"castle\": n'est pas connu\u{a0}: écrivez l'un de `household`"), "{said}");
    std::fs::write(folder.join("c.toml"), toml.replace("kind =", "kidn =")).unwrap();
    let said = refused(folder, &["apply", "c.toml", "--lang", "fr"]);
    assert!(said.contains("c.toml:7: member.kidn") && said.contains("est-ce `kind`"), "{said}");
}
