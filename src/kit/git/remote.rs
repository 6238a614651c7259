//! Addresses of repositories, and the token's way to the forge and to no other host.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};
use crate::kit::secret::Secret;

/// How a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By http or https.
    Http,
    /// By ssh.
    Ssh,
    /// A folder of this machine.
    Folder,
}

/// The address of a git repository, checked: it holds no password, is no option of git and names no transport that is a
/// program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    address: String,
    way: Way,
}

impl Remote {
    /// Parses an address or a folder, which may be relative to `directory`.
    ///
    /// # Errors
    /// A text that says what is wrong with it.
    pub fn parse(text: &str, directory: &Path) -> Result<Self, String> {
        let this = |way, address: &str| {
            Ok(Self {
                address: address.trim_end_matches('/').to_owned(),
                way,
            })
        };
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err("an address is one line of text".to_owned());
        }
        if text.starts_with('-') {
            return Err(format!(
                "'{text}' looks like an option; write ./{text} for a folder of that name"
            ));
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return match (scheme, Url::parse(text)) {
                ("file", Ok(url)) => match url.to_file_path() {
                    Ok(path) => this(Way::Folder, &path.to_string_lossy()),
                    Err(()) => Err(format!("'{text}' is no folder of this machine")),
                },
                ("http" | "https", Ok(url)) if !url.username().is_empty() || url.password().is_some() => Err(
                    "the address holds a user or a password; leave them out and set FOUNDATION_TOKEN"
                        .to_owned(),
                ),
                ("http" | "https", Ok(url)) if url.query().is_some() || url.fragment().is_some() => {
                    Err(format!("'{text}' is no address of a repository"))
                }
                ("http" | "https", Ok(url)) if url.has_host() => this(Way::Http, text),
                ("ssh", Ok(url)) if url.password().is_some() => {
                    Err("the address holds a password; use a key".to_owned())
                }
                ("ssh", Ok(url)) if url.host_str().is_some_and(|host| !host.starts_with('-')) => {
                    this(Way::Ssh, text)
                }
                (_, _) => Err(format!(
                    "'{text}' is no https, http or ssh address, and no folder"
                )),
            };
        }
        if text.contains("::") {
            return Err(format!(
                "'{text}' names a transport that is a program; write an https, http or ssh address, or a folder"
            ));
        }
        // `user@host:path`, as git reads it: a colon before the first slash.
        if let Some((host, _)) = text.split_once(':').filter(|(host, _)| !host.contains('/')) {
            let name = host.rsplit('@').next().unwrap_or(host);
            return if name.is_empty() || name.starts_with('-') || !host.contains('@') {
                Err(format!(
                    "'{text}' is no https, http or ssh address, and no folder"
                ))
            } else {
                this(Way::Ssh, text)
            };
        }
        let folder = directory.join(text);
        let folder = folder.canonicalize().unwrap_or(folder);
        this(Way::Folder, &folder.to_string_lossy())
    }

    /// The address, as git gets it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How it is reached.
    #[must_use]
    pub fn way(&self) -> Way {
        self.way
    }

    /// The folder, where it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        (self.way == Way::Folder).then(|| Path::new(&self.address))
    }

    /// What a submodule's address means in this repository: `../x` is a neighbour of it, as git reads it.
    ///
    /// Folders of the machine are taken only below `root`, which is none for a repository that came over the network: what
    /// a repository names must not reach what its author could not.
    ///
    /// # Errors
    /// A text that says why the address is not taken.
    pub fn submodule(&self, url: &str, root: Option<&Path>) -> Result<Self, String> {
        let relative = url.starts_with("./") || url.starts_with("../");
        let address = if relative {
            self.neighbour(url)?
        } else {
            url.to_owned()
        };
        let remote = Self::parse(&address, Path::new("/"))?;
        match (remote.folder(), root) {
            (None, _) => Ok(remote),
            (Some(folder), Some(root)) if relative && folder.starts_with(root) => Ok(remote),
            (Some(_), _) => Err(format!("'{url}' is a folder of this machine")),
        }
    }

    fn neighbour(&self, url: &str) -> Result<String, String> {
        let mut base = self.address.as_str();
        let mut rest = url;
        loop {
            if let Some(after) = rest.strip_prefix("./") {
                rest = after;
            } else if let Some(after) = rest.strip_prefix("../") {
                rest = after;
                base = match base.rfind('/') {
                    Some(at) if !base[..at].ends_with(['/', ':']) && at > 0 => &base[..at],
                    _ => return Err(format!("'{url}' leads out of the forge")),
                };
            } else {
                break;
            }
        }
        if rest.is_empty() || rest.split('/').any(|part| part == "..") {
            return Err(format!("'{url}' is no address of a repository"));
        }
        Ok(format!("{base}/{rest}"))
    }
}

/// What git may use to reach the forge: the token and a private certificate authority, both for that server alone.
#[derive(Debug)]
pub struct Access {
    scope: Option<String>,
    header: Option<Secret>,
    /// The certificate authority beside the public ones.
    pub ca_file: Option<PathBuf>,
}

impl Access {
    /// The access this run has. Without a known forge (a terminal) the token is for the server that `remote` names.
    ///
    /// # Errors
    /// Configuration, when the token cannot be a token.
    pub fn of(context: &Context, remote: &Remote) -> Result<Self> {
        let scope = match (&context.server, remote.way) {
            (Some(server), _) => Some(format!("{server}/")),
            (None, Way::Http) => Url::parse(remote.address())
                .ok()
                .map(|url| format!("{}/", url.origin().ascii_serialization())),
            (None, Way::Ssh | Way::Folder) => None,
        };
        let header = match &context.token {
            Some(token) if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) => {
                return Err(Failure::config("the token holds blanks or control characters")
                    .hint("set FOUNDATION_TOKEN to the token alone"));
            }
            Some(token) => {
                // Registered by itself as well: git's traces and proxies show this form, not the token's.
                let basic = Secret::new(
                    STANDARD.encode(format!("x-access-token:{}", token.expose())),
                    &context.masks,
                );
                Some(Secret::new(
                    format!("Authorization: Basic {}", basic.expose()),
                    &context.masks,
                ))
            }
            None => None,
        };
        Ok(Self {
            scope,
            header,
            ca_file: context.ca_file.clone(),
        })
    }

    /// The `Authorization` header's value for an address, if the token is for that server.
    #[must_use]
    pub fn authorization(&self, remote: &Remote) -> Option<&str> {
        let header = self.header.as_ref()?;
        remote
            .address()
            .starts_with(self.scope.as_deref()?)
            .then(|| header.expose().trim_start_matches("Authorization: "))
    }

    /// Git's settings, to be handed over in its environment: neither a process list nor a file shows them.
    pub fn settings(&self) -> impl Iterator<Item = (String, &str)> {
        let scope = self.scope.as_deref().unwrap_or_default();
        let key = move |name: &str| format!("http.{scope}.{name}");
        let ca_file = self.ca_file.as_deref().and_then(Path::to_str);
        // A redirect would carry the header to wherever it leads.
        let settings = [
            (key("followRedirects"), Some("false")),
            (key("extraHeader"), self.header.as_ref().map(Secret::expose)),
            (key("sslCAInfo"), ca_file),
        ];
        settings
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .filter(move |_| !scope.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Remote, String> {
        Remote::parse(text, Path::new("/here"))
    }

    #[test]
    fn addresses_and_folders_are_told_apart() {
        for (text, way, address) in [
            ("https://h/o/n.git", Way::Http, "https://h/o/n.git"),
            ("http://h:3000/o/n/", Way::Http, "http://h:3000/o/n"),
            ("ssh://git@h:2222/o/n.git", Way::Ssh, "ssh://git@h:2222/o/n.git"),
            ("git@h:o/n.git", Way::Ssh, "git@h:o/n.git"),
            ("file:///srv/n.git", Way::Folder, "/srv/n.git"),
            ("/srv/n.git", Way::Folder, "/srv/n.git"),
            ("n.git", Way::Folder, "/here/n.git"),
            ("./-n.git", Way::Folder, "/here/./-n.git"),
        ] {
            let remote = parse(text).expect(text);
            assert_eq!((remote.way(), remote.address()), (way, address), "{text}");
        }
    }

    #[test]
    fn hostile_addresses_are_refused() {
        for text in [
            "",
            "-x",
            "--upload-pack=touch x",
            "ext::sh -c id",
            "fd::7",
            "https://u:p@h/n",
            "https://token@h/n",
            "git://h/n",
            "ssh://-oProxyCommand=id/x",
            "git@-oProxyCommand=id:x",
            "host:path",
            "https://h/n\nx",
            "https://h/n?x=y",
            "ssh://u:p@h/n",
            "https://",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn submodules_are_neighbours_or_addresses_and_never_foreign_folders() {
        let forge = parse("https://h/sub/o/n.git").expect("an address");
        let at = |url: &str| forge.submodule(url, None).map(|remote| remote.address);
        assert_eq!(at("../m.git").as_deref(), Ok("https://h/sub/o/m.git"));
        assert_eq!(at("../../p/m").as_deref(), Ok("https://h/sub/p/m"));
        assert_eq!(at("./../m").as_deref(), Ok("https://h/sub/o/m"));
        assert_eq!(at("https://other/m").as_deref(), Ok("https://other/m"));
        for url in [
            "/srv/m",
            "file:///srv/m",
            "../../../../../x",
            "--upload-pack=id",
            "ext::id",
            "../a/../../b",
            "m",
            "../",
        ] {
            assert!(at(url).is_err(), "{url}");
        }
        let folder = parse("/srv/git/o/n.git").expect("a folder");
        let at = |url: &str| {
            folder
                .submodule(url, Some(Path::new("/srv/git")))
                .map(|remote| remote.address)
        };
        assert_eq!(at("../m.git").as_deref(), Ok("/srv/git/o/m.git"));
        assert_eq!(at("../../p/m.git").as_deref(), Ok("/srv/git/p/m.git"));
        for url in [
            "../../../m.git",
            "../../../../etc",
            "/srv/git/o/m.git",
            "file:///srv/git/o/m.git",
        ] {
            assert!(at(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_token_goes_to_the_forge_only_and_is_masked_as_sent() {
        let pairs = [
            ("GITHUB_SERVER_URL", "https://h/sub"),
            ("FOUNDATION_TOKEN", "canary-token"),
        ];
        let context = Context::from_env(pairs.into_iter().collect(), Path::new("/")).expect("a context");
        let own = parse("https://h/sub/o/n.git").expect("an address");
        let access = Access::of(&context, &own).expect("access");
        assert!(access.authorization(&own).is_some());
        for other in [
            "https://h.evil/sub/o/n",
            "http://h/sub/o/n",
            "https://h/subway/o/n",
            "/srv/n",
        ] {
            assert_eq!(access.authorization(&parse(other).expect(other)), None, "{other}");
        }
        let settings: Vec<_> = access.settings().map(|(name, _)| name).collect();
        assert_eq!(
            settings,
            [
                "http.https://h/sub/.followRedirects",
                "http.https://h/sub/.extraHeader"
            ]
        );
        let sent = STANDARD.encode("x-access-token:canary-token");
        assert_eq!(context.masks.apply(&format!("<{sent}>")), "<***>");
        assert!(!format!("{access:?}").contains(&sent));
    }
}
