//! A sentence of which a part may be a link.

use askama::Template;

/// Pieces of text in their order.
#[derive(Template)]
#[template(path = "part/sentence.html")]
pub(crate) struct Sentence {
    pieces: Vec<Piece>,
}

struct Piece {
    text: String,
    /// Where it leads.
    url: Option<String>,
}

impl Sentence {
    /// Without a link.
    pub fn plain(text: String) -> Self {
        Self { pieces: vec![Piece { text, url: None }] }
    }

    /// In which an amount leads to what it is made of.
    pub fn linking(text: String, amount: &str, url: &str) -> Self {
        let Some((before, after)) = text.split_once(amount) else { return Self::plain(text) };
        let piece = |text: &str, url: Option<&str>| Piece { text: text.to_owned(), url: url.map(str::to_owned) };
        Self { pieces: vec![piece(before, None), piece(amount, Some(url)), piece(after, None)] }
    }

    /// One that is an amount and nothing else.
    pub fn amount(amount: String, url: &str) -> Self {
        Self { pieces: vec![Piece { text: amount, url: Some(url.to_owned()) }] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_amount_of_a_sentence_is_a_link() {
        let check = |sentence: Sentence, want: &str| assert_eq!(sentence.render().unwrap(), want);
        let link = "It is <a class=\"amount\" href=\"/a?b&#38;c\">5.00 €</a> &#60;net&#62;.";
        check(Sentence::linking("It is 5.00 € <net>.".into(), "5.00 €", "/a?b&c"), link);
        check(Sentence::linking("It is nothing.".into(), "5.00 €", "/a"), "It is nothing.");
    }
}
