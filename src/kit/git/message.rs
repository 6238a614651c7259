//! What a commit object says, decoded as `git log` does and as Node reads that.

use encoding_rs::Encoding;

/// A commit object, as far as it is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The author's name.
    pub author_name: String,
    /// The author's e-mail address.
    pub author_email: String,
    /// When it was committed, in seconds since 1970; 0 where that is no number.
    pub time: i64,
    /// The message, up to the first NUL byte. Bytes that are no text became U+FFFD.
    pub message: String,
}

/// The value of a header line, such as `author`.
fn header<'a>(raw: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let head = raw.windows(2).position(|two| two == b"\n\n").unwrap_or(raw.len());
    raw[..head]
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b" "))
}

/// The committer's time of a commit object, in seconds since 1970; 0 where that is no number, as git has it.
#[must_use]
pub fn time(raw: &[u8]) -> i64 {
    let Some(line) = header(raw, "committer") else {
        return 0;
    };
    let after = line.iter().rposition(|&byte| byte == b'>').map_or(0, |at| at + 1);
    let digits: Vec<u8> = line[after..]
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take_while(u8::is_ascii_digit)
        .collect();
    std::str::from_utf8(&digits)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// The object names in the `parent` lines of a commit object.
pub fn parents(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split(|&byte| byte == b'\n')
        .skip(1)
        .map_while(|line| line.strip_prefix(b"parent "))
}

/// The object name in the `tree` line of a commit object.
#[must_use]
pub fn tree(raw: &[u8]) -> Option<&[u8]> {
    raw.strip_prefix(b"tree ")?.split(|&byte| byte == b'\n').next()
}

/// Bytes as text, by the commit's `encoding` header. An encoding that is not known, or bytes that are not in it, leave the
/// bytes as they are, as git does.
fn decode(bytes: &[u8], encoding: Option<&[u8]>) -> String {
    let plain = || String::from_utf8_lossy(bytes).into_owned();
    let Some(label) = encoding else {
        return plain();
    };
    let name = String::from_utf8_lossy(label)
        .to_ascii_lowercase()
        .replace('_', "-");
    if matches!(name.as_str(), "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1") {
        // The label means windows-1252 on the web, and the real one in git.
        return bytes.iter().map(|&byte| char::from(byte)).collect();
    }
    match Encoding::for_label(label) {
        Some(encoding) if encoding != encoding_rs::UTF_8 => encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map_or_else(plain, |text| text.into_owned()),
        Some(_) | None => plain(),
    }
}

/// Reads a commit object.
#[must_use]
pub fn parse(raw: &[u8]) -> Parsed {
    let encoding = header(raw, "encoding");
    let author = header(raw, "author").unwrap_or_default();
    let open = author.iter().position(|&byte| byte == b'<');
    let close = author.iter().rposition(|&byte| byte == b'>');
    let (name, email) = match (open, close) {
        (Some(open), Some(close)) if open < close => (&author[..open], &author[open + 1..close]),
        (_, _) => (author, &b""[..]),
    };
    let message = raw
        .windows(2)
        .position(|two| two == b"\n\n")
        .map_or(&b""[..], |at| &raw[at + 2..]);
    let message = message.split(|&byte| byte == 0).next().unwrap_or_default();
    Parsed {
        author_name: decode(name.trim_ascii(), encoding),
        author_email: decode(email.trim_ascii(), encoding),
        time: time(raw),
        message: decode(message, encoding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(headers: &str, message: &[u8]) -> Vec<u8> {
        let mut raw = format!(
            "tree t\nparent a\nparent b\nauthor A U <a@b> 5 +0000\ncommitter C <c@d> 1704067200 +0000\n{headers}\n"
        )
        .into_bytes();
        raw.extend(message);
        raw
    }

    #[test]
    fn a_commit_is_read() {
        let raw = commit("", b"feat: one\n\nencoding latin1\n");
        let parsed = parse(&raw);
        assert_eq!(parsed.author_name, "A U");
        assert_eq!(parsed.author_email, "a@b");
        assert_eq!(parsed.time, 1_704_067_200);
        assert_eq!(parsed.message, "feat: one\n\nencoding latin1\n");
        assert_eq!(parents(&raw).collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(tree(&raw), Some(&b"t"[..]));
    }

    #[test]
    fn encodings_are_those_of_git_log() {
        let text = |headers: &str, bytes: &[u8]| parse(&commit(headers, bytes)).message;
        assert_eq!(text("encoding ISO-8859-1\n", b"gr\xf6\xdfe \x85"), "größe \u{85}");
        assert_eq!(text("encoding windows-1252\n", b"\x85"), "…");
        assert_eq!(text("encoding Shift_JIS\n", b"\x93\xfa\x96\x7b"), "日本");
        // No such encoding, or bytes that are not in it: the bytes as they are, and then what Node makes of them.
        assert_eq!(text("encoding klingon\n", b"\xffa"), "\u{fffd}a");
        assert_eq!(text("encoding Shift_JIS\n", b"a\x81"), "a\u{fffd}");
        assert_eq!(text("", b"\xff\xfe\x99feat"), "\u{fffd}\u{fffd}\u{fffd}feat");
    }

    #[test]
    fn damaged_commits_are_read_as_far_as_they_go() {
        for raw in [
            &b""[..],
            b"\n\n",
            b"tree",
            b"author\ncommitter x> y",
            b"committer <> 99999999999999999999 +0000",
        ] {
            assert_eq!(parse(raw).time, 0);
        }
        assert_eq!(parse(&commit("", b"a\0BREAKING CHANGE: b")).message, "a");
        assert_eq!(parse(&commit("", b"")).message, "");
    }
}
