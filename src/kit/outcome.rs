//! Outcomes, failures and the exit codes of every binary.

use std::error::Error;
use std::fmt;

/// What a run's exit code says. One table for all binaries; documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All that was asked for was done, and it is good.
    Good = 0,
    /// The thing checked is bad: findings, a failed build, a backup that does not restore.
    Bad = 1,
    /// Wrong input or configuration: the caller has to change something.
    Config = 2,
    /// The environment failed (a tool, the network, the forge, a disk): a retry may help.
    Environment = 3,
    /// Refused for safety.
    Refused = 4,
}

impl Exit {
    /// The process exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// How a run ended that did what it was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Good,
    /// Exit code 1: what was checked is bad. The report has said why.
    Bad,
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Good => Self::Good,
            Outcome::Bad => Self::Bad,
        }
    }
}

/// Why a run could not do what it was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Wrong input or configuration (exit 2).
    Config,
    /// The environment failed (exit 3).
    Environment,
    /// Refused for safety (exit 4).
    Refused,
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Config => Self::Config,
            Kind::Environment => Self::Environment,
            Kind::Refused => Self::Refused,
        }
    }
}

/// A failure: what happened, to what, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    hint: Option<String>,
}

/// The result of anything that can fail.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            source: None,
            hint: None,
        }
    }

    /// Wrong input or configuration.
    pub fn config(what: impl Into<String>) -> Self {
        Self::new(Kind::Config, what)
    }

    /// The environment failed.
    pub fn environment(what: impl Into<String>) -> Self {
        Self::new(Kind::Environment, what)
    }

    /// Refused for safety.
    pub fn refused(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused, what)
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds what the reader can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The advice, if there is any.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Failure {
    /// What happened, with the chain of causes behind it, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let mut source = self.source();
        let mut said = self.what.clone();
        while let Some(error) = source {
            let text = error.to_string();
            // Many libraries repeat their cause in their own text; saying it twice helps nobody.
            if !said.contains(&text) {
                write!(f, ": {text}")?;
            }
            said = text;
            source = error.source();
        }
        Ok(())
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|error| error as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_codes_are_the_documented_table() {
        let codes = [
            Exit::Good,
            Exit::Bad,
            Exit::Config,
            Exit::Environment,
            Exit::Refused,
        ]
        .map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_failure_says_its_causes_once() {
        let failure = Failure::environment("cannot read a.txt").because(std::io::Error::other("disk gone"));
        assert_eq!(failure.to_string(), "cannot read a.txt: disk gone");
        assert_eq!(Exit::from(failure.kind()), Exit::Environment);
    }
}
