//! The messages of a JSON file that does not hold one a line: an array of them, or messages over several lines.

/// Tells byte by byte where one value ends and the next begins. It judges nothing: what is no value is cut at the next
/// comma or line end, and its decoder refuses it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Splitter {
    value: Option<Open>,
    /// Whether the brackets around all values were opened.
    in_array: bool,
}

/// A value that has begun.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// Braces and brackets that are not closed; 0 for what is neither an object, an array nor a string.
    depth: u32,
    in_string: bool,
    is_escaped: bool,
}

/// What a byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Between values.
    Outside,
    /// Of a value that goes on.
    Inside,
    /// The last of a value.
    Last,
    /// The first after a value.
    After,
}

impl Splitter {
    /// Whether a value has begun and not ended.
    pub fn is_open(self) -> bool {
        self.value.is_some()
    }

    /// Takes the next byte.
    pub fn step(&mut self, byte: u8) -> Step {
        match self.value {
            None => self.outside(byte),
            Some(open) => self.inside(open, byte),
        }
    }

    fn outside(&mut self, byte: u8) -> Step {
        match byte {
            // White space, separators, and the bytes of a mark of UTF-8.
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xef | 0xbb | 0xbf => return Step::Outside,
            b'[' if !self.in_array => {
                self.in_array = true;
                return Step::Outside;
            }
            b']' => return Step::Outside,
            _ => {}
        }
        let depth = u32::from(matches!(byte, b'{' | b'['));
        self.value = Some(Open { depth, in_string: byte == b'"', is_escaped: false });
        Step::Inside
    }

    fn inside(&mut self, mut open: Open, byte: u8) -> Step {
        let was_bare = open.depth == 0 && !open.in_string;
        if was_bare && matches!(byte, b',' | b'\n' | b']') {
            self.value = None;
            return Step::After;
        }
        match byte {
            _ if open.is_escaped => open.is_escaped = false,
            b'\\' if open.in_string => open.is_escaped = true,
            b'"' => open.in_string = !open.in_string,
            _ if open.in_string => {}
            b'{' | b'[' => open.depth += 1,
            b'}' | b']' if open.depth > 0 => open.depth -= 1,
            _ => {}
        }
        let ends = !was_bare && open.depth == 0 && !open.in_string;
        self.value = (!ends).then_some(open);
        if ends { Step::Last } else { Step::Inside }
    }
}

/// Whether a text holds JSON values that are not one a line.
pub(super) fn are_over_lines(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    if text.starts_with(b"[") {
        return true;
    }
    if !text.starts_with(b"{") {
        return false;
    }
    let mut splitter = Splitter::default();
    let mut lines = text.split(|b| *b == b'\n');
    let first = lines.next().unwrap_or_default();
    let ends = first.iter().any(|byte| splitter.step(*byte) == Step::Last);
    // A broken first message is followed by another one at the start of a line.
    let next = lines.find(|line| !line.trim_ascii().is_empty());
    !ends && next.is_some_and(|line| !line.starts_with(b"{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let (mut splitter, mut values, mut open) = (Splitter::default(), Vec::new(), Vec::new());
        for byte in text.bytes() {
            match splitter.step(byte) {
                Step::Outside => {}
                Step::Inside => open.push(byte),
                Step::Last => {
                    open.push(byte);
                    values.push(String::from_utf8(std::mem::take(&mut open)).unwrap());
                }
                Step::After => values.push(String::from_utf8(std::mem::take(&mut open)).unwrap()),
            }
        }
        values.extend((!open.is_empty()).then(|| String::from_utf8(open).unwrap()));
        values
    }

    #[test]
    fn values_are_told_apart() {
        assert_eq!(split("[{\"a\":1},{\"b\":[2,3]}]"), ["{\"a\":1}", "{\"b\":[2,3]}"]);
        assert_eq!(split("{\n \"a\": \"}\\\"{\"\n}\n{\n}\n"), ["{\n \"a\": \"}\\\"{\"\n}", "{\n}"]);
        assert_eq!(split("\u{feff}[1, null, \"x,y\", {}]"), ["1", "null", "\"x,y\"", "{}"]);
        assert_eq!(split("[{\"a\":1}"), ["{\"a\":1}"]);
        assert_eq!(split("[{\"a\":1"), ["{\"a\":1"]);
        assert_eq!(split("[]"), Vec::<String>::new());
        assert_eq!(split("{}{}"), ["{}", "{}"]);
    }

    #[test]
    fn messages_over_several_lines_are_known_by_their_first_ones() {
        let check = |text: &str, want| assert_eq!(are_over_lines(text.as_bytes()), want, "{text}");
        check("[{}]", true);
        check("{\n  \"a\": 1\n}\n", true);
        check("{\"a\":1}\n{\"a\":2}\n", false);
        check("{\"a\":1", false);
        // The first message was cut; those after it are one a line.
        check("{\"a\":\n{\"a\":2}\n", false);
        check("id,value\n{\n", false);
    }
}
