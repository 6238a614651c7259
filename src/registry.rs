//! The one list of the actions. `tests/boundary.rs` holds folders, binaries, workflows and README tables to it.

/// One action of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The name people use: the folder `actions/<name>`, the module and the status `foundation/<name>`.
    pub name: &'static str,
    /// Whether a reusable workflow of that name exists. `checkout` has none: it is a step of the others.
    pub workflow: bool,
}

impl Action {
    /// The name of the action's binary.
    #[must_use]
    pub fn binary(&self) -> String {
        format!("foundation-{}", self.name)
    }
}

/// Every action, in the order people meet them.
pub const ACTIONS: &[Action] = &[
    Action {
        name: "checkout",
        workflow: false,
    },
    Action {
        name: "lint",
        workflow: true,
    },
    Action {
        name: "semantic-release",
        workflow: true,
    },
];

/// The binary of the maintainers' command.
pub const MAINTAINER_BINARY: &str = "foundation";
