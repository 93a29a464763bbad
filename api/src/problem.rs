//! What went wrong, for every door: a kind that each door has its own number for, and messages with a code and
//! arguments, whose words stand in `dashboards/locales/*/errors.ftl`.

mod document;
mod failure;
mod message;
pub mod refused;

use engine::ErrorKind;

pub use document::{Place, Problem};
pub use failure::Failure;
pub(crate) use message::messages;
pub use message::{Arg, Message};

/// Who can mend it, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was asked cannot be done as it was asked.
    Invalid,
    /// What was asked for is not there.
    NotFound,
    /// Who asks may not.
    Forbidden,
    /// Somebody else was faster.
    Conflict,
    /// What is around us failed; trying again may help.
    Unavailable,
    /// A defect of ours.
    Internal,
}

/// What each door answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub kind: Kind,
    pub http_status: u16,
    pub sqlstate: &'static str,
    pub grpc_code: u8,
    pub exit_code: u8,
}

/// The one table of answers, in the order of the kinds.
const ANSWERS: [Answer; 6] = [
    Answer { kind: Kind::Invalid, http_status: 422, sqlstate: "22023", grpc_code: 3, exit_code: 1 },
    Answer { kind: Kind::NotFound, http_status: 404, sqlstate: "02000", grpc_code: 5, exit_code: 1 },
    Answer { kind: Kind::Forbidden, http_status: 403, sqlstate: "42501", grpc_code: 7, exit_code: 1 },
    Answer { kind: Kind::Conflict, http_status: 409, sqlstate: "40001", grpc_code: 10, exit_code: 1 },
    Answer { kind: Kind::Unavailable, http_status: 503, sqlstate: "58000", grpc_code: 14, exit_code: 1 },
    Answer { kind: Kind::Internal, http_status: 500, sqlstate: "XX000", grpc_code: 13, exit_code: 1 },
];

impl Kind {
    /// What each door answers to it.
    pub fn answer(self) -> Answer {
        ANSWERS[self as usize]
    }
}

impl From<ErrorKind> for Kind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::User => Self::Invalid,
            ErrorKind::Environment | ErrorKind::Damaged => Self::Unavailable,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Internal => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use dashboards::locale::Locale;

    use super::*;
    use crate::registry::say;

    #[test]
    fn each_kind_has_one_answer() {
        let kinds = [Kind::Invalid, Kind::NotFound, Kind::Forbidden, Kind::Conflict, Kind::Unavailable, Kind::Internal];
        for kind in kinds {
            let answer = kind.answer();
            assert_eq!(answer.kind, kind);
            assert!(answer.sqlstate.len() == 5 && (1..=16).contains(&answer.grpc_code), "{answer:?}");
        }
        let exits: BTreeSet<u8> = ANSWERS.iter().map(|a| a.exit_code).collect();
        assert_eq!(exits, BTreeSet::from([1]), "2 is usage and 78 a bad configuration, which the command line tells");
        assert_eq!(Kind::from(ErrorKind::Conflict).answer().http_status, 409);
    }

    /// Keys of a file of words with their variables.
    fn words(text: &str) -> BTreeMap<String, BTreeSet<String>> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| {
                let (key, words) = line.split_once(" = ").unwrap();
                let variables = words.split("{ $").skip(1).filter_map(|rest| rest.split_once(" }"));
                (key.to_owned(), variables.map(|(name, _)| name.to_owned()).collect())
            })
            .collect()
    }

    #[test]
    fn every_code_has_words_in_each_language_and_no_words_are_without_a_code() {
        let all = || say::CODES.iter().chain(refused::CODES);
        let codes: BTreeMap<String, BTreeSet<String>> = all()
            .map(|(code, arguments)| ((*code).to_owned(), arguments.iter().map(|a| (*a).to_owned()).collect()))
            .collect();
        assert_eq!(codes.len(), all().count(), "a code stands twice");
        assert_eq!(words(include_str!("../../dashboards/locales/en/errors.ftl")), codes);
        assert_eq!(words(include_str!("../../dashboards/locales/fr/errors.ftl")), codes);
        for language in Locale::all() {
            let words = language.words();
            for (code, arguments) in all() {
                let arguments = arguments.iter().map(|a| (*a, Arg::from("~"))).collect();
                let text = Message::new(code, arguments).text(&words);
                assert!(!text.is_empty() && !text.contains(code) && !text.contains('$'), "{code}: {text}");
            }
        }
    }

    #[test]
    fn a_message_speaks_the_language_of_its_reader() {
        let message = say::not_whole(1, 60);
        assert_eq!(message.to_string(), "is not a whole number from 1 to 60");
        let french = Locale::parse("fr").unwrap().words();
        assert_eq!(message.text(&french), "n'est pas un nombre entier de 1 à 60");
    }

    #[test]
    fn a_refusal_lists_its_reasons_on_lines_of_their_own() {
        let parts = Arg::Said(vec![refused::intervals_held(3), refused::list_next(), refused::intervals_absent(5)]);
        let lines = Arg::Lines(vec![refused::day_open("2026-06-02", parts), refused::lines_more(7)]);
        let failure = Failure::from(refused::month_open("2026-06", "village", 8, 2880, lines));
        assert_eq!(failure.kind(), Kind::Invalid);
        let english = failure.to_string();
        assert!(english.ends_with("`ecoop run all`:\n  2026-06-02: 3 held, 5 not there\n  and 7 more"), "{english}");
        let french = failure.text(&Locale::parse("fr").unwrap().words());
        assert!(french.ends_with("\n  2026-06-02 : 3 en attente, 5 absents\n  et 7 de plus"), "{french}");
    }
}
