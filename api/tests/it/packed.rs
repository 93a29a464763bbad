//! What is packed with the program.

use crate::program::{ecoop, refused};

#[test]
fn each_command_has_a_page_of_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    ecoop(folder.path(), &["manual", "."]);
    let page = |name: &str| std::fs::read_to_string(folder.path().join(format!("{name}.1")));
    let help = ecoop(folder.path(), &["help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   ")) // what is said goes on
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.contains(&"serve") && !commands.contains(&"manual"), "{help}");
    for command in commands {
        assert!(page(&format!("ecoop-{command}")).is_ok(), "{command}");
    }
    assert!(page("ecoop-serve").unwrap().contains("\\-\\-standby"));
    assert!(page("ecoop").unwrap().contains("ecoop\\-serve(1)") && page("ecoop-lake-info").is_ok());
    assert!(refused(folder.path(), &["manual", "not-there"]).contains("not-there"));
}
