//! Addresses in the notes: commits, issues, people and the compare page.

use url::Url;

/// Where the repository is on its forge. Forgejo, Gitea and GitHub have the same shape of addresses below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The forge's address without a slash at its end, such as `https://forge.example.org`.
    pub host: String,
    /// The owner.
    pub owner: String,
    /// The name.
    pub name: String,
}

impl Repository {
    /// The web address behind a remote's, as Node semantic-release makes it: `https`, unless the remote says `http`; neither a
    /// user nor the port of ssh. None for a folder.
    #[must_use]
    pub fn from_remote(remote: &str) -> Option<Self> {
        let end = remote.len().saturating_sub(4);
        let remote = match remote.get(end..) {
            Some(suffix) if suffix.eq_ignore_ascii_case(".git") => &remote[..end],
            Some(_) | None => remote,
        };
        let url = match remote.split_once(':') {
            Some((host, path)) if !remote.contains("://") => {
                Url::parse(&format!("ssh://{host}/{}", path.trim_start_matches('/')))
            }
            Some(_) | None => Url::parse(remote),
        }
        .ok()?;
        if !matches!(url.scheme(), "http" | "https" | "ssh" | "git+ssh" | "git") {
            return None;
        }
        let scheme = if url.scheme() == "http" { "http" } else { "https" };
        let port = match url.port() {
            Some(port) if matches!(url.scheme(), "http" | "https") => format!(":{port}"),
            Some(_) | None => String::new(),
        };
        let (owner, name) = url.path().trim_matches('/').split_once('/')?;
        Some(Self {
            host: format!("{scheme}://{}{port}", url.host_str()?),
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// What stands before a commit's hash and an issue's number in this forge's addresses (release-notes-generator,
    /// `hosts-config`).
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self.host.split_once("://") {
            Some((_, "bitbucket.org")) => ("commits", "issue"),
            Some(_) | None => ("commit", "issues"),
        }
    }
}

/// Replaces each `{{name}}` that has a value.
pub(super) fn expand(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let found = after[2..].find("}}").and_then(|end| {
            let name = after[2..2 + end].trim_matches('~').trim();
            let value = values.iter().find(|(known, _)| *known == name)?;
            Some((value.1, end + 4))
        });
        if let Some((value, length)) = found {
            out.push_str(value);
            rest = &after[length..];
        } else {
            out.push_str("{{");
            rest = &after[2..];
        }
    }
    out.push_str(rest);
    out
}

/// A name as a part of an address: what would end the path is encoded. A slash stays: tags and names have them.
pub(super) fn part(text: &str) -> String {
    text.replace('%', "%25").replace('#', "%23").replace('?', "%3F")
}

/// An address that can stand in a Markdown link: whatever could end the link is encoded.
pub(super) fn tidy(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for byte in address.bytes() {
        match byte {
            0..=b' ' | 0x7F.. => encode(&mut out, byte),
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'\\' | b'`' | b'"' | b'\'' | b'|'
            | b'^' | b'*' | b'$' => encode(&mut out, byte),
            other => out.push(char::from(other)),
        }
    }
    out
}

fn encode(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(remote: &str) -> Option<String> {
        Repository::from_remote(remote).map(|found| format!("{} {} {}", found.host, found.owner, found.name))
    }

    #[test]
    fn remotes_become_web_addresses_as_in_node() {
        for (remote, wanted) in [
            (
                "https://forge.example.org/acme/demo.git",
                Some("https://forge.example.org acme demo"),
            ),
            ("http://u:p@h:3000/acme/demo", Some("http://h:3000 acme demo")),
            ("git@h:acme/demo.git", Some("https://h acme demo")),
            ("ssh://git@h:2222/acme/demo.GIT", Some("https://h acme demo")),
            ("https://h/sub/acme/demo", Some("https://h sub acme/demo")),
            ("/srv/git/demo.git", None),
            ("file:///srv/git/demo.git", None),
            ("", None),
            ("https://h/demo", None),
            ("é.git", None),
        ] {
            assert_eq!(made(remote).as_deref(), wanted, "{remote}");
        }
    }

    #[test]
    fn templates_take_what_they_know() {
        let values = [("host", "https://h"), ("id", "1")];
        assert_eq!(expand("{{host}}/{{x}}/{{~id}}{{", &values), "https://h/{{x}}/1{{");
    }

    #[test]
    fn no_address_ends_its_link() {
        assert_eq!(tidy("https://h/a b)`<é>"), "https://h/a%20b%29%60%3C%C3%A9%3E");
        assert_eq!(part("@a/x#1?%"), "@a/x%231%3F%25");
    }
}
