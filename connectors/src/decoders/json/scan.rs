//! The short way: one pass over the common shape of a message, in plain ASCII without escapes and without nested
//! values. Whatever looks different, right or wrong, is left to the parser.

use super::super::field::Field;
use super::message::{Message, energy};

/// Reads a message of the common shape. `None` says nothing about the message.
pub(super) fn scan(text: &str) -> Option<Message<'_>> {
    let mut scanner = Scanner { text, at: 0 };
    let mut message = Message::default();
    scanner.space();
    scanner.expect(b'{')?;
    loop {
        scanner.space();
        let key = scanner.string()?;
        scanner.space();
        scanner.expect(b':')?;
        scanner.space();
        let field = Field::parse(key.get(1..key.len() - 1)?);
        // Other fields are skipped; the envelope `{"schema", "payload"}` holds objects, which end the short way.
        let value = match (field, scanner.peek()?) {
            (Some(Field::EnergyKwh), b'[') => scanner.curve(&mut message)?,
            _ => scanner.scalar()?,
        };
        if field.is_some_and(|f| !message.set(f, value)) {
            return None;
        }
        scanner.space();
        match scanner.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    scanner.space();
    // An empty message may be an envelope, which the parser knows.
    (scanner.at == text.len() && !message.is_empty()).then_some(message)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A string of printable ASCII without escapes, with its quotes.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.expect(b'"')?;
        loop {
            match self.next()? {
                b'"' => return self.text.get(start..self.at),
                b'\\' | 0..=0x1f | 0x80.. => return None,
                _ => {}
            }
        }
    }

    fn scalar(&mut self) -> Option<&'a str> {
        match self.peek()? {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b'n' => self.word("null"),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> Option<&'a str> {
        let found = self.text.get(self.at..self.at + word.len())?;
        self.at += word.len();
        (found == word).then_some(found)
    }

    /// A number by the grammar of JSON: no leading zeros, digits on both sides of the point.
    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek()?;
        let whole = self.digits();
        if whole == 0 || (first == b'0' && whole > 1) {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return None;
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return None;
            }
        }
        self.text.get(start..self.at)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// An array of scalars, each read as an energy.
    fn curve(&mut self, message: &mut Message<'a>) -> Option<&'a str> {
        let start = self.at;
        message.curve = Some(Vec::with_capacity(100));
        self.expect(b'[')?;
        self.space();
        if self.peek()? == b']' {
            self.at += 1;
        } else {
            loop {
                self.space();
                message.push(energy(self.scalar()?));
                self.space();
                match self.next()? {
                    b',' => {}
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.text.get(start..self.at)
    }
}
